import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import type { Io } from './io.ts';
import { run } from './run.ts';

let home = '';
let folder = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'veto-home-'));
  folder = mkdtempSync(join(tmpdir(), 'veto-init-'));
});
afterEach(() => {
  rmSync(home, { recursive: true });
  rmSync(folder, { recursive: true });
});

function put(path: string, content: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
}

/** @param answer what a person types, on a terminal; null: there is none */
async function veto(argv: readonly string[], answer: string | null = null) {
  const written = { out: '', err: '' };
  const input = Object.assign(Readable.from(answer === null ? [] : [`${answer}\n`]), { isTTY: answer !== null });
  const output = new PassThrough();
  output.on('data', (chunk: Buffer) => (written.out += chunk.toString()));
  const io: Io = {
    out: (text) => (written.out += text),
    err: (text) => (written.err += text),
    input,
    output,
    random: () => 0,
    colour: false,
    env: { HOME: home },
    folder,
    clock: new ManualClock(),
    user: 'ada',
    stay: () => () => undefined,
    signal: new AbortController().signal,
  };
  return { code: await run(argv, io), ...written };
}

const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
const GITHUB = { command: 'npx', args: ['-y', '@modelcontextprotocol/server-github'], env: { GITHUB_TOKEN: 'ghs-1' } };

describe('veto init', () => {
  it('imports what clients have, and what it writes passes the checks', async () => {
    put(join(home, '.cursor/mcp.json'), { mcpServers: { GitHub: GITHUB } });
    put(join(home, '.gemini/settings.json'), { mcpServers: { gh: GITHUB } });
    put(join(folder, '.mcp.json'), { mcpServers: { notes: { command: 'notes', args: ['--root', 'x'] } } });
    const ran = await veto(['init']);
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(/^notes +read-only +Claude Code \(project\) +notes --root x$/m);
    expect(ran.out).toMatch(/^github +github +Cursor, Gemini CLI +npx -y @modelcontextprotocol\/server-github$/m);
    expect(ran.out).toMatch(/GITHUB_TOKEN +now `GITHUB_TOKEN` of `GitHub` in ~\/\.cursor\/mcp\.json/);
    expect(ran.out).toContain('veto serve');
    expect(read('veto.yaml') + read('policies.yaml') + ran.out).not.toContain('ghs-1');
    for (const argv of [['check'], ['test'], ['lint']]) {
      expect(await veto(['policy', ...argv, 'policies.yaml']), argv.join()).toMatchObject({ code: 0, err: '' });
    }
    expect(await veto(['upstreams', 'list'])).toMatchObject({ code: 0, err: '' });
  });

  it('writes a start for people without clients', async () => {
    const ran = await veto(['init']);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toContain('no servers to import were found');
    expect((await veto(['policy', 'test', 'policies.yaml'])).code).toBe(0);
    const argv = ['upstreams', 'add', 'notes', '--', 'npx', 'notes'];
    expect(await veto(argv)).toMatchObject({ code: 0, err: '' });
  });

  it('overwrites only when it is told to', async () => {
    put(join(folder, 'policies.yaml'), 'mine');
    const refused = await veto(['init']);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toMatch(/^`policies\.yaml` is here already; `--force` overwrites/);
    expect([read('policies.yaml'), readdirSync(folder)]).toEqual(['mine', ['policies.yaml']]);
    expect((await veto(['init', '--force'])).code).toBe(0);
    expect(read('policies.yaml')).not.toBe('mine');
  });

  it('asks on a terminal, and takes no for an answer', async () => {
    const no = await veto(['init'], 'n');
    expect(no).toMatchObject({ code: 1 });
    expect(no.out).toContain('write veto.yaml and policies.yaml here? [Y/n] nothing was written');
    expect(readdirSync(folder)).toEqual([]);
    expect(await veto(['init', '--yes'], 'n')).toMatchObject({ code: 0 });
  });

  it.each(['', 'y', 'YES'])('takes `%s` for yes', async (answer) => {
    expect(await veto(['init'], answer)).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual(['policies.yaml', 'veto.yaml']);
  });

  it('shows without writing', async () => {
    put(join(home, '.cursor/mcp.json'), { mcpServers: { GitHub: GITHUB, off: { ...GITHUB, disabled: true } } });
    put(join(home, '.codex/config.toml'), 'not [ toml');
    const { code, out } = await veto(['init', '--dry-run', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      written: false,
      servers: [{ name: 'github', clients: ['Cursor'], starter: 'github', project: false }],
      skipped: [{ name: 'off', why: 'it is switched off there' }],
      unreadable: [{ client: 'codex', file: '~/.codex/config.toml', why: 'it is not TOML' }],
      variables: [{ name: 'GITHUB_TOKEN', referred: false }],
    });
    expect(out).not.toContain('ghs-1');
    expect((await veto(['init', '--dry-run'])).out).toContain('GITHUB_TOKEN: env:GITHUB_TOKEN');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('lets a person choose clients, servers and starters', async () => {
    put(join(home, '.cursor/mcp.json'), { mcpServers: { a: GITHUB, b: { command: 'b' } } });
    put(join(home, '.codeium/windsurf/mcp_config.json'), { mcpServers: { c: { command: 'c' } } });
    const choices = ['--starter', 'everything', '--starter', 'a=read-only'];
    const { out } = await veto(['init', '--dry-run', '--json', '--from', 'cursor', ...choices]);
    expect(JSON.parse(out)).toMatchObject({
      servers: [
        { name: 'a', starter: 'read-only' },
        { name: 'b', starter: 'everything' },
      ],
    });
    const only = await veto(['init', '--dry-run', '--json', '--only', 'c']);
    expect(JSON.parse(only.out)).toMatchObject({ servers: [{ name: 'c' }] });
    const nothing = await veto(['init', '--dry-run', '--json', '--no-import']);
    expect(JSON.parse(nothing.out)).toMatchObject({ servers: [], skipped: [] });
  });

  it.each([
    [['--only', 'x'], 'there is no server `x` to import; found: `a`'],
    [['--starter', 'x=github'], '`--starter x=…` names no imported server'],
    [['--starter', 'a=filesystem'], 'the directories that `a` serves are not known'],
    [['--starter', 'none'], 'the starters are filesystem, github'],
    [['--from', 'emacs'], 'claude-code'],
  ])('refuses %j', async (argv, says) => {
    put(join(home, '.cursor/mcp.json'), { mcpServers: { a: GITHUB } });
    const ran = await veto(['init', ...argv]);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(says);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('lets no text of a client steer the terminal', async () => {
    put(join(home, '.cursor/mcp.json'), {
      mcpServers: { a: { command: 'x', args: ['\u001b[2J\u202e'] }, '\u001b[31m': {} },
    });
    expect((await veto(['init'])).out).not.toMatch(/[\u001b\u202e]/u);
  });
});
