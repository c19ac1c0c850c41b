import { mutateCall, type Mutant } from '../policy/mutate.ts';
import { mutateRules } from '../policy/mutate-rules.ts';
import type { Question } from '../policy/policy.ts';
import { questionOf } from '../policy/question-of.ts';
import { TEST_CLOCK_MS } from '../policy/run-tests.ts';
import { readCalls, requirePoliciesAndTests } from './policy-files.ts';
import { EXIT, jsonText } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

/**
 * `veto policy mutate FILE… [--calls F.jsonl]`: respells the calls of the tests (or of a file) and tells which
 * spellings are let further than the original; changes the rules and tells which changes no test notices. Exit 1 when
 * there is any of either.
 */
export function mutateCalls(
  paths: readonly string[],
  options: { json: boolean; calls?: string | undefined },
  io: PolicyIo,
): number {
  const { policy, files } = requirePoliciesAndTests(paths, io);
  const written = files.flatMap(({ document }) =>
    (document.tests ?? []).map((test) => io.observe(questionOf(test.call, { nowMs: TEST_CLOCK_MS }), policy)),
  );
  const questions = options.calls === undefined ? written : readCalls(options.calls, io, policy);
  const observed = {
    decide: (question: Question) => policy.decide(io.observe({ ...question, findings: [] }, policy)),
    hash: policy.hash,
    notes: policy.notes,
    listing: (question: Question) => policy.listing(question),
    explain: (question: Question) => policy.explain(question),
    declaredTypes: (server: string | null, tool: string) => policy.declaredTypes(server, tool),
  };
  const mutants = questions.flatMap((question, i) =>
    mutateCall(observed, question).map((mutant) => ({ call: i + 1, ...mutant })),
  );
  const loosened = mutants.filter((mutant) => mutant.loosened);
  const rules = written.length === 0 ? null : mutateRules(files, io.environment, (...seen) => io.observe(...seen));
  if (options.json) io.out(jsonText({ calls: questions.length, mutants, rules }));
  else {
    for (const mutant of mutants) io.out(describe(mutant));
    for (const { rule, at, change } of rules?.unnoticed ?? [])
      io.out(`UNNOTICED  the rule \`${rule}\` ${change} (${at}): no test fails`);
    if (rules) io.out(`${rules.mutants} changes of rules: ${rules.unnoticed.length} are noticed by no test`);
    io.out(
      `${questions.length} calls respelt: ${loosened.length} spellings loosen the outcome, ` +
        `${mutants.length - loosened.length} tighten it`,
    );
  }
  return loosened.length === 0 && (rules?.unnoticed ?? []).length === 0 ? EXIT.fine : EXIT.finding;
}

function describe(mutant: Mutant & { call: number }): string {
  const word = mutant.loosened ? 'LOOSER' : 'stricter';
  const where = mutant.at === '' ? '' : ` in \`${mutant.at}\``;
  const change = `${mutant.before} becomes ${mutant.after}`;
  return `${word}  call ${mutant.call}, ${mutant.trick}${where}: ${change}: ${JSON.stringify(mutant.arguments)}`;
}
