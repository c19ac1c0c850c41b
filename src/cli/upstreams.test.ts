import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { ManualClock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { HttpRefused } from '../upstreams/transports/wire-faults.ts';
import type { UpstreamSettings } from '../upstreams/upstream.ts';
import type { Io } from './io.ts';
import { run } from './run.ts';
import { mendOf } from './upstreams/mend-of.ts';

const root = mkdtempSync(join(tmpdir(), 'veto-upstreams-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const CONFIG = `# the team's gateway
version: 1
gateways:
  default:
    upstreams: [files] # more to come
    policies: [policies.yaml]
  other:
    upstreams: [files]
    policies: [policies.yaml]
upstreams:
  # documents
  files:
    command: node
    args: ['server.js', "."]
    env: { TOKEN: "env:ABSENT_TOKEN" }
`;

function setUp(config = CONFIG) {
  const folder = mkdtempSync(join(root, 'case-'));
  writeFileSync(join(folder, 'veto.yaml'), config, { mode: 0o640 });
  writeFileSync(join(folder, 'policies.yaml'), 'version: 1\ndefault: allow\npolicies: []\n');
  let written = { out: '', err: '' };
  const clock = new ManualClock();
  const io: Io = {
    input: Readable.from([]),
    output: new PassThrough(),
    random: () => 0.5,
    out: (text) => (written.out += text),
    err: (text) => (written.err += text),
    colour: false,
    env: {},
    folder,
    clock,
    user: 'tester',
    stay: () => () => undefined,
    signal: new AbortController().signal,
  };
  const veto = async (...argv: string[]) => {
    written = { out: '', err: '' };
    const code = await run(argv, io);
    return { code, ...written };
  };
  const read = () => readFileSync(join(folder, 'veto.yaml'), 'utf8');
  return { folder, clock, veto, read };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('veto upstreams list', () => {
  it('shows what is configured, without needing the secrets', async () => {
    const { veto } = setUp();
    expect(await veto('upstreams', 'list')).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^NAME +TRANSPORT .*\nfiles +stdio +node server\.js \. +auto +principal +default,other\n$/,
      ),
    });
    const { out } = await veto('upstreams', 'list', '--json');
    expect(JSON.parse(out)).toMatchObject([{ name: 'files', gateways: ['default', 'other'] }]);
  });
});

describe('veto upstreams add and remove', () => {
  it('changes only what it says', async () => {
    const { veto, read, folder } = setUp();
    const added = ['--header', 'Authorization=Bearer env:T', '--gateway', 'default', '--gateway', 'other'];
    expect(await veto('upstreams', 'add', 'db', '--url', 'https://db.example.com/mcp', ...added)).toMatchObject({
      code: 0,
      err: '',
    });
    const expected = CONFIG.replaceAll('[files]', '[files, db]');
    const entry = '  db:\n    url: https://db.example.com/mcp\n    headers:\n      Authorization: Bearer env:T\n';
    expect(read()).toBe(expected + entry);
    expect(statSync(join(folder, 'veto.yaml')).mode & 0o777).toBe(0o640);
    expect(await veto('upstreams', 'remove', 'db')).toMatchObject({ code: 0 });
    expect(read()).toBe(CONFIG);
  });

  it('tells machines on one line of JSON', async () => {
    const { veto } = setUp();
    const added = await veto('upstreams', 'add', 'db', '--json', '--url', 'https://db.example.com/mcp');
    expect(JSON.parse(added.out)).toEqual({ added: 'db', config: 'veto.yaml', gateways: ['default'] });
    const removed = await veto('upstreams', 'remove', 'db', '--json');
    expect(JSON.parse(removed.out)).toEqual({ removed: 'db', config: 'veto.yaml' });
  });

  it('takes everything after `--` as the command', async () => {
    const { veto, read } = setUp();
    await veto('upstreams', 'add', 'more', '--root', './docs', '--', 'npx', '-y', 'server', '--json');
    expect(read()).toContain(
      '  more:\n    command: npx\n    args:\n      - -y\n      - server\n      - --json\n    roots:\n',
    );
  });

  it.each([
    [['add', 'files', '--', 'x'], /there is an upstream `files` already/],
    [['add', 'db'], /give either `--url` or/],
    [['add', 'db', '--url', 'http://127.0.0.1:1', '--', 'x'], /give either `--url` or/],
    [['add', 'db', '--url', 'ftp://x'], /nothing was changed[^]*veto\.yaml:\d+:\d+: /],
    [['add', 'Bad Name', '--', 'x'], /nothing was changed[^]*`Bad Name`/],
    [['add', 'db', '--gateway', 'nope', '--', 'x'], /the gateway `nope` is not in the configuration/],
    [['add', 'db', '--header', 'X', '--url', 'http://127.0.0.1:1'], /`X` is no pair/],
    [['add', 'db', '--header', 'Authorization=secret', '--url', 'http://127.0.0.1:1'], /secret in plain text/],
    [['remove', 'nope'], /there is no upstream `nope`/],
    [['remove', 'files'], /nothing was changed/],
    [['test', 'nope'], /`ABSENT_TOKEN` is not set|there is no upstream `nope`/],
    [['restart', 'nope'], /there is no upstream `nope`; the configuration has `files`/],
    [['tools', '--timeout', '0'], /number of milliseconds/],
  ])('refuses %j with exit code 2, and changes nothing', async (argv, why) => {
    const { veto, read } = setUp();
    const { code, err } = await veto('upstreams', ...argv);
    expect(err).toMatch(why);
    expect(code).toBe(2);
    expect(read()).toBe(CONFIG);
  });

  it.each([
    ['odd blanks', CONFIG.replace('command: node', 'command:   node').replace('[files] #', '[ files ]   #')],
    ['lists line by line', CONFIG.replaceAll('upstreams: [files]', 'upstreams:\n      - files')],
    ['no line end', CONFIG.trimEnd()],
    ['upstreams before gateways', CONFIG.replace(/(gateways:[^]*)(upstreams:\n {2}#[^]*)/, '$2$1')],
    ['Windows line ends', CONFIG.replaceAll('\n', '\r\n')],
  ])('keeps %s', async (_, config) => {
    const { veto, read } = setUp(config);
    expect(await veto('upstreams', 'add', 'db', '--gateway', 'other', '--', 'x')).toMatchObject({ code: 0, err: '' });
    const lines = read().split('\n');
    const kept = lines.filter((line) => !/^ *(?:db:|command: x|- db)\r?$/.test(line)).join('\n');
    expect(kept.replace(', db', '').trimEnd()).toBe(config.trimEnd());
    expect(parse(read())).toMatchObject({
      gateways: { default: { upstreams: ['files'] }, other: { upstreams: ['files', 'db'] } },
      upstreams: { files: { command: 'node' }, db: { command: 'x' } },
    });
    await veto('upstreams', 'remove', 'db');
    expect(read().trimEnd()).toBe(config.trimEnd());
  });

  it.each([
    ['upstreams on one line', CONFIG.replace(/upstreams:\n {2}#[^]*/, 'upstreams: { files: { command: node } }\n')],
    ['no YAML', 'version: [1'],
  ])('leaves a file alone that it cannot change safely: %s', async (_, config) => {
    const { veto, read } = setUp(config);
    const { code, err } = await veto('upstreams', 'add', 'db', '--', 'x');
    expect(err).toMatch(/does not change safely; add this by hand:\nupstreams:\n {2}db:\n {4}command: x/);
    expect([code, read()]).toEqual([2, config]);
  });

  it('says so in one sentence when there is no file', async () => {
    const { veto, folder } = setUp();
    rmSync(join(folder, 'veto.yaml'));
    const { code, err } = await veto('upstreams', 'add', 'db', '--', 'x');
    expect([code, err]).toEqual([2, expect.stringMatching(/^`veto\.yaml` cannot be changed \(ENOENT[^\n]+\n$/)]);
  });

  it('waits for another command that changes the file, and leaves nothing behind', async () => {
    const { veto, folder, clock, read } = setUp();
    const lock = join(folder, '.veto.yaml.lock');
    writeFileSync(lock, String(process.ppid));
    const wait = vi.spyOn(clock, 'after');
    const adding = veto('upstreams', 'add', 'db', '--', 'x');
    while (wait.mock.calls.length === 0) await nextTurn();
    expect(read()).toBe(CONFIG);
    rmSync(lock);
    clock.advance(100);
    expect(await adding).toMatchObject({ code: 0, err: '' });
    expect(read()).toContain('  db:\n');
    expect(readdirSync(folder).toSorted()).toEqual(['policies.yaml', 'veto.yaml']);
  });

  it('gives up waiting with the number of the process and the file', async () => {
    const { veto, folder, clock, read } = setUp();
    writeFileSync(join(folder, '.veto.yaml.lock'), String(process.ppid));
    const wait = vi.spyOn(clock, 'after');
    const adding = veto('upstreams', 'add', 'db', '--', 'x');
    while (wait.mock.calls.length === 0) await nextTurn();
    clock.advance(60_000);
    const says = new RegExp(`being changed by process ${process.ppid}, [^\n]*remove \`[^\n]*\\.veto\\.yaml\\.lock\``);
    expect(await adding).toMatchObject({ code: 2, err: expect.stringMatching(says) });
    expect(read()).toBe(CONFIG);
  });

  it('takes over from a process that is gone', async () => {
    const { veto, folder, read } = setUp();
    writeFileSync(join(folder, '.veto.yaml.lock'), String(2 ** 31 - 1));
    expect(await veto('upstreams', 'add', 'db', '--', 'x')).toMatchObject({ code: 0, err: '' });
    expect(read()).toContain('  db:\n');
  });
});

describe('veto upstreams restart', () => {
  it('says so when no gateway runs', async () => {
    const { veto } = setUp();
    expect(await veto('upstreams', 'restart', 'files')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no gateway works/),
    });
  });
});

describe('mendOf', () => {
  const program = { command: 'x', era: 'auto' } as UpstreamSettings;
  const address = { command: null, era: 'modern' } as UpstreamSettings;
  it.each([
    [new Fault('upstream_closed', 'the process was not found (exit code 127)'), program, /install the program/],
    [new Fault('upstream_closed', 'the process exited with code 1'), program, /by hand/],
    [new Fault('upstream_timeout', 'late'), program, /start_timeout_ms/],
    [new Fault('upstream_protocol', 'what'), program, /speaks on stdout/],
    [new Fault('upstream_protocol', 'what'), address, /leave `era` out/],
    [new Fault('upstream_unreachable', 'http://x cannot be reached (ENOTFOUND)'), address, /host name/],
    [new Fault('upstream_unreachable', 'x', { cause: new HttpRefused(401, 'no') }), address, /under `headers`/],
    [new Fault('upstream_unreachable', 'x', { cause: new HttpRefused(500, 'no') }), address, /and its log/],
  ])('%s', (fault, settings, mend) => {
    expect(mendOf(fault, settings)).toMatch(mend);
  });
});
