import { lint } from '../policy/lint.ts';
import { requirePolicies } from './policy-files.ts';
import { EXIT, jsonText } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

/** `veto policy lint FILE…`: rules that never decide, patterns that a spelling defeats. Exit 1 when there is any. */
export function lintPolicies(paths: readonly string[], { json }: { json: boolean }, io: PolicyIo): number {
  const { policy, files } = requirePolicies(paths, io);
  const warnings = lint(policy, files);
  if (json) io.out(jsonText({ warnings }));
  else {
    for (const { file, line, column, kind, what, mend } of warnings)
      io.out(`${file}:${line}:${column}: ${kind}: ${what}; ${mend}`);
    io.out(`${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}`);
  }
  return warnings.length === 0 ? EXIT.fine : EXIT.finding;
}
