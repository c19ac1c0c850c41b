import { evaluateCall } from '../policy/evaluate.ts';
import { readCalls, requirePolicies } from './policy-files.ts';
import { EXIT, jsonText } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

/** Answers are written so many at a time: a write for each costs more than the decision. */
const LINES_AT_ONCE = 64;

/** `veto evaluate --calls F.jsonl [--policy P.yaml]`: decides calls in bulk without forwarding, one JSON line each. */
export function evaluateCalls(options: { calls: string; policy: readonly string[] }, io: PolicyIo): number {
  const { policy } = requirePolicies(options.policy, io);
  let lines: string[] = [];
  for (const question of readCalls(options.calls, io, policy)) {
    lines.push(jsonText(evaluateCall(policy, question)));
    if (lines.length < LINES_AT_ONCE) continue;
    io.out(lines.join('\n'));
    lines = [];
  }
  if (lines.length > 0) io.out(lines.join('\n'));
  return EXIT.fine;
}
