import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// `npm run build`: src/ → dist/, the code of the published package. Declarations included, tests not.
const OUT = 'dist';
const COMMANDS = ['dist/cli/veto.js'];
/** Files beside the code that it reads at run time. */
const ASSETS = 'src/**/*.{wasm,sql,html,css,svg,yaml}';

/** `new URL('./writer.ts', import.meta.url)` names a worker; the compiler rewrites imports only. */
const WORKER = /(new URL\(\s*['"]\.{1,2}\/[^'"]+)\.ts(['"]\s*,\s*import\.meta\.url\s*\))/g;
/** Declarations keep `.ts` in what they import, which only some resolvers follow. */
const DECLARED_IMPORT = /((?:from|import\()\s*['"]\.{1,2}\/[^'"]+)\.ts(['"])/g;

function compile(): void {
  const run = spawnSync('tsc', ['-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (run.error) throw run.error;
  if (run.status !== 0) process.exit(run.status ?? 1);
}

function rewrite(glob: string, pattern: RegExp): void {
  for (const file of globSync(glob)) {
    const text = readFileSync(file, 'utf8');
    const rewritten = text.replaceAll(pattern, '$1.js$2');
    if (rewritten !== text) writeFileSync(file, rewritten);
  }
}

/** Every file that the compiled code names by a relative URL has to be there. */
function assertReachable(): void {
  for (const file of globSync(`${OUT}/**/*.js`)) {
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(
      /new URL\(\s*['"](\.[^'"]+)['"]\s*,\s*import\.meta\.url/g,
    )) {
      const target = join(file, '..', path);
      if (!existsSync(target)) throw new Error(`\`${file}\` names \`${path}\`, which the build does not contain`);
    }
  }
}

rmSync(OUT, { recursive: true, force: true });
compile();
rewrite(`${OUT}/**/*.js`, WORKER);
rewrite(`${OUT}/**/*.d.ts`, DECLARED_IMPORT);
for (const asset of globSync(ASSETS)) cpSync(asset, join(OUT, asset.slice('src/'.length)));
for (const command of COMMANDS.filter((file) => existsSync(file))) chmodSync(command, 0o755);
assertReachable();
