import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** A tool that reads the whole repository and answers with its exit code. */
export interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Everything that is checked without running the product. `npm run check` and the tests run the same list. */
export const CHECKS: readonly Check[] = [
  { name: 'types', command: 'tsc', args: ['-p', '.'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings', '.'] },
  { name: 'format', command: 'prettier', args: ['--check', '--log-level', 'warn', '.'] },
];

/** Runs one check in the repository `root`. @returns its exit code and everything it wrote */
export function runCheck(check: Check, root: string): { readonly code: number; readonly output: string } {
  const bin = join(root, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  const run = spawnSync(check.command, check.args, {
    cwd: root,
    env,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (run.error) throw run.error;
  return { code: run.status ?? 1, output: `${run.stdout}${run.stderr}` };
}
