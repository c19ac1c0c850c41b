import { defineConfig } from 'vitest/config';
import { TotalsReporter } from './scripts/totals-reporter.ts';

/** Generous: properties take seconds where two cores are shared with other work. */
const UNIT_TIMEOUT_MS = 60_000;
const SYSTEM_TIMEOUT_MS = 60_000;
const CHECK_TIMEOUT_MS = 300_000;

// Groups run one after the other: checks and unit tests first, so that processes and sockets have the machine.
export default defineConfig({
  test: {
    reporters: [process.env['CI'] ? 'default' : 'dot', new TotalsReporter(process.cwd())],
    setupFiles: ['./test/setup.ts'],
    passWithNoTests: false,
    allowOnly: false,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/**/*.test.ts'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'checks',
          include: ['test/checks/**/*.test.ts'],
          testTimeout: CHECK_TIMEOUT_MS,
          sequence: { groupOrder: 0 },
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'unit',
          testTimeout: UNIT_TIMEOUT_MS,
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/tidy.test.ts', 'test/tidy/**/*.test.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', 'test/checks/**', 'test/tidy.test.ts', 'test/tidy/**'],
          testTimeout: SYSTEM_TIMEOUT_MS,
          hookTimeout: SYSTEM_TIMEOUT_MS,
          sequence: { groupOrder: 2 },
          maxWorkers: 2,
        },
      },
    ],
  },
});
