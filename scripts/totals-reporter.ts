import { writeSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { ALLOWED_SKIPS } from './allowed-skips.ts';
import { count, totalsLine, type TestOutcome } from './totals.ts';

const STDOUT = 1;

/** Prints `N passed, N failed, N skipped` as the very last line of a run, whatever else is printed or goes wrong. */
export class TotalsReporter implements Reporter {
  readonly #root: string;
  #line = '0 passed, 1 failed, 0 skipped';

  constructor(root: string) {
    this.#root = root;
  }

  onInit(): void {
    process.once('exit', () => writeSync(STDOUT, `\n${this.#line}\n`));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const strict = process.env['CI'] !== undefined || process.env['VETO_CI'] !== undefined;
    const outcomes = modules.flatMap((module) => this.#outcomes(module));
    const totals = count(outcomes, unhandledErrors.length, { strict, allowed: ALLOWED_SKIPS });
    for (const complaint of totals.complaints) process.stderr.write(`${complaint}\n`);
    if (totals.failed > 0) process.exitCode = 1;
    this.#line = totalsLine(totals);
  }

  /** Every test of a file, and the file itself where it could not even be collected. */
  #outcomes(module: TestModule): TestOutcome[] {
    const file = relative(this.#root, module.moduleId);
    const tests = [...module.children.allTests()].map((test): TestOutcome => ({
      name: `${file} > ${test.fullName}`,
      state: test.result().state,
    }));
    const suites = [...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
    const broken = module.errors().length > 0 ? [file] : suites.map((suite) => `${file} > ${suite.fullName}`);
    return [...tests, ...broken.map((name): TestOutcome => ({ name, state: 'failed' }))];
  }
}
