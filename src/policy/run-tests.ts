import type { Coverage } from './coverage.ts';
import { effectOf } from './evaluate.ts';
import type { Judge } from './judge.ts';
import type { ParsedFile } from './parse.ts';
import type { Question } from './policy.ts';
import { questionOf } from './question-of.ts';
import type { TestDocument } from './call-schema.ts';

export interface TestResult {
  readonly name: string;
  readonly at: string;
  readonly passed: boolean;
  /** What came out instead, one clause; empty when passed. */
  readonly why: string;
}

export interface TestRun {
  readonly results: readonly TestResult[];
  readonly coverage: readonly Coverage[];
}

/** Judges calls; the guards' findings are added by whoever composes guards and policy. */
export type Observe = (question: Question) => Question;

/** The clock of tests that do not say `context.at`: a Sunday noon, the same everywhere. */
export const TEST_CLOCK_MS = Date.UTC(2026, 10, 22, 12);

/** Runs the tests of all files against one policy, with the clock pinned. */
export function runTests(
  policy: Judge,
  files: readonly ParsedFile[],
  observe: Observe = (question) => question,
): TestRun {
  const results: TestResult[] = [];
  const questions: Question[] = [];
  for (const { source, document } of files) {
    (document.tests ?? []).forEach((test, i) => {
      const question = observe(questionOf(test.call, { nowMs: TEST_CLOCK_MS }));
      questions.push(question);
      const why = failureOf(policy, question, test);
      results.push({ name: test.name, at: `${source.file}:${source.lineOf(['tests', i])}`, passed: why === '', why });
    });
  }
  return { results, coverage: policy.coverage(questions) };
}

function failureOf(policy: Judge, question: Question, { expect }: TestDocument): string {
  const effect = effectOf(policy, question);
  if (effect !== expect.action)
    return `expected \`${expect.action}\`, came out \`${effect}\` by \`${policy.decide(question).rule}\``;
  const { rule } = policy.decide(question);
  if (expect.rule !== undefined && rule !== expect.rule)
    return `expected the rule \`${expect.rule}\`, it was \`${rule}\``;
  if (expect.listed === undefined) return '';
  // What was found in arguments is not known while listing; what was found in the definition is.
  const findings = question.findings.filter(({ at }) => at === '');
  const listed = policy.listing({ ...question, arguments: null, findings }) === 'maybe';
  return listed === expect.listed
    ? ''
    : `expected it ${expect.listed ? 'listed' : 'hidden'}, it is ${listed ? 'listed' : 'hidden'}`;
}
