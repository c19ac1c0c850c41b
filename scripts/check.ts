import { spawnSync } from 'node:child_process';
import { CHECKS, runCheck } from './checks.ts';

// `npm run check`: types, lint, format and the tidy test, each said to be fine or printed with what it found.
let failed = 0;
for (const check of CHECKS) {
  const { code, output } = runCheck(check, process.cwd());
  if (code !== 0) failed += 1;
  console.log(code === 0 ? `${check.name}: fine` : `${check.name}: failed\n${output}`);
}
const tidy = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'test/tidy'], { stdio: 'inherit' });
process.exitCode = failed > 0 || tidy.status !== 0 ? 1 : 0;
