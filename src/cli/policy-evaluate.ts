import { evaluateCall } from '../policy/evaluate.ts';
import { readCalls, requirePolicies } from './policy-files.ts';
import { EXIT, jsonText } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

/** `veto evaluate --calls F.jsonl [--policy P.yaml]`: decides calls in bulk without forwarding, one JSON line each. */
export function evaluateCalls(options: { calls: string; policy: readonly string[] }, io: PolicyIo): number {
  const { policy } = requirePolicies(options.policy, io);
  for (const question of readCalls(options.calls, io, policy)) io.out(jsonText(evaluateCall(policy, question)));
  return EXIT.fine;
}
