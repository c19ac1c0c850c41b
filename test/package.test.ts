import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const INSTALL_MS_MAX = 240_000;
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT/;

const typeRoots = join(createRequire(import.meta.url).resolve('@types/node/package.json'), '../..');
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
        !/^(?:dist|schema|examples|docs)\//.test(name) &&
        !/^(?:package\.json|LICENSE|(?:ARCHITECTURE|CHANGELOG|CONTRIBUTING|README|SECURITY|STYLE)\.md)$/.test(name),
    );
    expect(strange).toEqual([]);
    expect(packed).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'dist/core/clock.js', 'dist/core/clock.d.ts']),
    );
  });

  it('contains no tests and no sources', () => {
    const ours = packed.filter((name) => !name.startsWith('examples/'));
    expect(ours.filter((name) => /\.test\.|-conformance\.|start-demo|(?<!\.d)\.ts$/.test(name))).toEqual([]);
  });

  it('imports only packages that it depends on', () => {
    const code = packed.filter((name) => name.endsWith('.js')).map((name) => readFileSync(name, 'utf8'));
    expect(code.filter((text) => /from ['"]vitest|from ['"]fast-check/.test(text))).toEqual([]);
  });

  it('says its version', (context) => {
    context.skip(offline !== null, 'the registry cannot be reached');
    expect(must(join(consumer, 'node_modules/.bin/veto'), ['--version'], consumer).trim()).toBe(version);
  });

  it('shows its help', (context) => {
    context.skip(offline !== null, 'the registry cannot be reached');
    expect(must(join(consumer, 'node_modules/.bin/veto'), ['--help'], consumer)).toMatch(/usage/i);
  });

  it('can be imported', (context) => {
    context.skip(offline !== null, 'the registry cannot be reached');
    const script = "const api = await import('veto-mcp-gateway'); console.log(Object.keys(api).length > 0);";
    expect(must(process.execPath, ['--input-type=module', '-e', script], consumer).trim()).toBe('true');
  });

  it.for<[string, RegExp]>([
    ['evaluate.mjs', /^allow .*\nrequire_approval .*\ndeny .*pg_read_file.*\n$/],
    ['gateway.mjs', /^greet: greet: hello\nshout: (?!shout: hello).+\n$/],
  ])('runs its example %s', ([name, expected], context) => {
    context.skip(offline !== null, 'the registry cannot be reached');
    cpSync('examples/embedding', join(consumer, 'embedding'), { recursive: true });
    expect(must(process.execPath, [join('embedding', name)], consumer)).toMatch(expected);
  });

  it('has types that its examples keep to', (context) => {
    context.skip(offline !== null, 'the registry cannot be reached');
    cpSync('examples/embedding', join(consumer, 'embedding'), { recursive: true });
    const strict = [
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--skipLibCheck',
      'false',
    ];
    const node = ['--module', 'nodenext', '--target', 'es2024', '--types', 'node', '--typeRoots', typeRoots];
    const args = ['--noEmit', '--allowJs', '--checkJs', ...strict, ...node, join('embedding', 'evaluate.mjs')];
    const { code, output } = run('tsc', [...args, join('embedding', 'gateway.mjs')], consumer);
    expect(code === 0 ? '' : output).toBe('');
  });

  it('passes publint', () => {
    const { code, output } = run('publint', ['run', tarball, '--strict'], process.cwd());
    expect(code === 0 ? '' : output).toBe('');
  });

  it('has types that resolve', () => {
    const { code, output } = run('attw', [tarball, '--profile', 'esm-only', '--no-emoji'], process.cwd());
    expect(code === 0 ? '' : output).toBe('');
  });
});
