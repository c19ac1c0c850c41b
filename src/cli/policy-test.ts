import { runTests } from '../policy/run-tests.ts';
import { requirePoliciesAndTests } from './policy-files.ts';
import { EXIT, jsonText } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

/** `veto policy test FILE…`: runs `tests:` with the clock pinned, and tells which rules no test reaches. */
export function testPolicies(paths: readonly string[], { json }: { json: boolean }, io: PolicyIo): number {
  const { policy, files } = requirePoliciesAndTests(paths, io);
  const { results, coverage } = runTests(policy, files, (question) => io.observe(question, policy));
  const failed = results.filter((result) => !result.passed);
  if (json) {
    io.out(jsonText({ passed: results.length - failed.length, failed: failed.length, results, coverage }));
    return failed.length === 0 ? EXIT.fine : EXIT.finding;
  }
  for (const { name, at, passed, why } of results) io.out(passed ? `ok    ${name}` : `FAIL  ${name} (${at}): ${why}`);
  for (const { rule, matched, unmatched, leaves } of coverage) {
    if (!matched) io.out(`the rule \`${rule}\` is never matched by a test`);
    else if (!unmatched) io.out(`the rule \`${rule}\` is matched by every test`);
    for (const leaf of leaves)
      io.out(`the rule \`${rule}\`: \`${leaf.at}\` is ${leaf.seen === 'never' ? 'never reached' : leaf.seen} in tests`);
  }
  const covered = coverage.filter(({ matched, unmatched }) => matched && unmatched).length;
  io.out(
    `${results.length - failed.length} passed, ${failed.length} failed; ${covered} of ${coverage.length} rules covered`,
  );
  return failed.length === 0 ? EXIT.fine : EXIT.finding;
}
