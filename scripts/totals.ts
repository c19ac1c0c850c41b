import type { AllowedSkip } from './allowed-skips.ts';

/** What became of one test. */
export interface TestOutcome {
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped' | 'pending';
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Reasons why the run failed that no test said by itself. */
  readonly complaints: readonly string[];
}

/**
 * Counts a run. A test that never ended counts as failed, so does each error outside any test. Without a single test
 * that passed or failed the run itself is a failure; `strict` (in CI) turns skips that are not listed into failures.
 */
export function count(
  outcomes: readonly TestOutcome[],
  errorsOutside: number,
  rules: { readonly strict: boolean; readonly allowed: readonly AllowedSkip[] },
): Totals {
  const inState = (state: TestOutcome['state']) => outcomes.filter((outcome) => outcome.state === state);
  const allowed = new Set(rules.allowed.map((skip) => skip.test));
  const skipped = inState('skipped');
  const refused = rules.strict ? skipped.filter((outcome) => !allowed.has(outcome.name)) : [];
  const passed = inState('passed').length;
  const complaints = refused.map(({ name }) => `skipped without leave: ${name} (scripts/allowed-skips.ts)`);
  let failed = inState('failed').length + inState('pending').length + errorsOutside + refused.length;
  if (passed + failed === 0) {
    failed = 1;
    complaints.push('no test ran');
  }
  return { passed, failed, skipped: skipped.length - refused.length, complaints };
}

/** The line that CI reads, alone on the last line of a run. */
export function totalsLine(totals: Totals): string {
  return `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`;
}
