import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const INSTALL_MS_MAX = 240_000;
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT/;

const hasCommand = existsSync('src/cli/veto.ts');
const hasApi = existsSync('src/index.ts');
const folder = mkdtempSync(join(tmpdir(), 'veto-package-'));
const version = (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version; // ours
const tarball = join(folder, `veto-mcp-gateway-${version}.tgz`);
const consumer = join(folder, 'consumer');

let packed: readonly string[] = [];
let offline: string | null = null;

function run(command: string, args: readonly string[], cwd: string): { code: number; stdout: string; output: string } {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
  const done = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: INSTALL_MS_MAX });
  if (done.error) throw done.error;
  return { code: done.status ?? 1, stdout: done.stdout, output: `${done.stdout}${done.stderr}` };
}

function must(command: string, args: readonly string[], cwd: string): string {
  const { code, stdout, output } = run(command, args, cwd);
  if (code !== 0) throw new Error(`\`${command} ${args.join(' ')}\` ended with ${code}:\n${output}`);
  return stdout;
}

beforeAll(() => {
  must(process.execPath, ['scripts/build.ts'], process.cwd());
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  must('npm', args, process.cwd());
  packed = must('tar', ['-tzf', tarball], folder)
    .trim()
    .split('\n')
    .map((name) => name.replace(/^package\//, ''));
  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const installed = run('npm', ['install', ...flags, tarball], consumer);
  if (installed.code !== 0 && OFFLINE.test(installed.output)) offline = installed.output;
  else expect(installed.code, installed.output).toBe(0);
}, INSTALL_MS_MAX);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the published package', () => {
  it('contains the code, the licence and the documents, and nothing else', () => {
    const strange = packed.filter(
      (name) =>
        !/^(?:dist|schema|examples)\//.test(name) &&
        !['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'].includes(name),
    );
    expect(strange).toEqual([]);
    expect(packed).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'dist/core/clock.js', 'dist/core/clock.d.ts']),
    );
  });

  it('contains no tests and no sources', () => {
    expect(packed.filter((name) => /\.test\.|-conformance\.|start-demo|(?<!\.d)\.ts$/.test(name))).toEqual([]);
  });

  it('imports only packages that it depends on', () => {
    const code = packed.filter((name) => name.endsWith('.js')).map((name) => readFileSync(name, 'utf8'));
    expect(code.filter((text) => /from ['"]vitest|from ['"]fast-check/.test(text))).toEqual([]);
  });

  it.skipIf(!hasCommand)('says its version', (context) => {
    context.skip(offline !== null, 'the registry cannot be reached');
    expect(must(join(consumer, 'node_modules/.bin/veto'), ['--version'], consumer).trim()).toBe(version);
  });

  it.skipIf(!hasCommand)('shows its help', (context) => {
    context.skip(offline !== null, 'the registry cannot be reached');
    expect(must(join(consumer, 'node_modules/.bin/veto'), ['--help'], consumer)).toMatch(/usage/i);
  });

  it.skipIf(!hasApi)('can be imported', (context) => {
    context.skip(offline !== null, 'the registry cannot be reached');
    const script = "const api = await import('veto-mcp-gateway'); console.log(Object.keys(api).length > 0);";
    expect(must(process.execPath, ['--input-type=module', '-e', script], consumer).trim()).toBe('true');
  });

  it.skipIf(!hasApi)('passes publint', () => {
    const { code, output } = run('publint', ['run', tarball, '--strict'], process.cwd());
    expect(code === 0 ? '' : output).toBe('');
  });

  it.skipIf(!hasApi)('has types that resolve', () => {
    const { code, output } = run('attw', [tarball, '--profile', 'esm-only', '--no-emoji'], process.cwd());
    expect(code === 0 ? '' : output).toBe('');
  });
});
