import { spawnSync } from 'node:child_process';

// `npm run format`: writes what `npm run check` would otherwise complain about.
const run = spawnSync(process.execPath, ['node_modules/prettier/bin/prettier.cjs', '--write', '.'], {
  stdio: 'inherit',
});
process.exitCode = run.status ?? 1;
