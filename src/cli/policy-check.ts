import { describeProblem } from '../policy/problem.ts';
import { readPolicies } from './policy-files.ts';
import { EXIT } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

/** `veto policy check FILE…`: loads without starting; problems with their mend, else what was noticed. */
export function checkPolicies(paths: readonly string[], { json }: { json: boolean }, io: PolicyIo): number {
  const loaded = readPolicies(paths, io);
  if (json) {
    io.out(
      JSON.stringify(
        loaded.ok
          ? { ok: true, hash: loaded.policy.hash, rules: loaded.policy.rules.length, notes: loaded.policy.notes }
          : { ok: false, problems: loaded.problems },
      ),
    );
    return loaded.ok ? EXIT.fine : EXIT.finding;
  }
  if (!loaded.ok) {
    for (const problem of loaded.problems) io.err(describeProblem(problem));
    io.err(`${loaded.problems.length} ${loaded.problems.length === 1 ? 'problem' : 'problems'}; nothing was loaded`);
    return EXIT.finding;
  }
  for (const note of loaded.policy.notes) io.out(note);
  io.out(`${loaded.policy.rules.length} rules, hash ${loaded.policy.hash.slice(0, 16)}: fine`);
  return EXIT.fine;
}
