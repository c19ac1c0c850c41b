import type { JsonObject } from '../core/json.ts';
import { evaluateCall, type Evaluation } from '../policy/evaluate.ts';
import { readCallLines, requirePolicies, type RejectedCall } from './policy-files.ts';
import { EXIT, jsonText } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

/** Answers are written so many at a time: a write for each costs more than the decision. */
const LINES_AT_ONCE = 64;
/** Complaints that are written; the rest are counted. */
const COMPLAINTS_MAX = 20;

/**
 * `veto evaluate --calls F.jsonl [--policy P.yaml]`: decides calls in bulk without forwarding, one JSON line each. A
 * line that is no call is answered as the gateway would, by a refusal, and named on standard error.
 * @returns 0, or 2 when a line was no call
 */
export function evaluateCalls(options: { calls: string; policy: readonly string[] }, io: PolicyIo): number {
  const { policy } = requirePolicies(options.policy, io);
  let rejected = 0;
  let lines: string[] = [];
  for (const read of readCallLines(options.calls, io, policy)) {
    if ('why' in read && ++rejected <= COMPLAINTS_MAX) io.err(read.why);
    lines.push(jsonText('why' in read ? refusal(read) : evaluateCall(policy, read)));
    if (lines.length < LINES_AT_ONCE) continue;
    io.out(lines.join('\n'));
    lines = [];
  }
  if (lines.length > 0) io.out(lines.join('\n'));
  if (rejected > COMPLAINTS_MAX) io.err(`${rejected - COMPLAINTS_MAX} more lines are no calls`);
  return rejected === 0 ? EXIT.fine : EXIT.usage;
}

const UNEXPLAINED: JsonObject = {};

function refusal({ code, why }: RejectedCall): Evaluation {
  return { decision: 'deny', code, rule: '(no call)', reason: why, findings: [], explanation: UNEXPLAINED };
}
