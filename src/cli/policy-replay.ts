import { replay, type Replay } from '../policy/replay.ts';
import { readCalls, requirePolicies } from './policy-files.ts';
import { EXIT, jsonText } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

export interface ReplayOptions {
  readonly json: boolean;
  /** Recorded calls, one JSON object a line. */
  readonly calls: string;
  /** The policy in force. */
  readonly before: string;
}

/** `veto policy replay NEW… --calls F --before POLICY`: which recorded decisions would change. Exit 1 when any. */
export function replayCalls(paths: readonly string[], options: ReplayOptions, io: PolicyIo): number {
  const before = requirePolicies([options.before], io).policy;
  const after = requirePolicies(paths, io).policy;
  const result = replay(before, after, readCalls(options.calls, io, after));
  if (options.json) io.out(jsonText(result));
  else for (const line of describe(result)) io.out(line);
  return result.changes.length === 0 ? EXIT.fine : EXIT.finding;
}

function describe({ calls, changes, byPrincipal }: Replay): string[] {
  const lines = changes.map(
    (change) =>
      `${change.direction}  call ${change.call}: ${change.principal} ${change.target}: ` +
      `${change.before} (${change.beforeRule}) becomes ${change.after} (${change.afterRule})`,
  );
  const affected = Object.entries(byPrincipal).map(([principal, count]) => `${principal} ${count}`);
  return [
    ...lines,
    `${changes.length} of ${calls} decisions change${affected.length > 0 ? `: ${affected.join(', ')}` : ''}`,
  ];
}
