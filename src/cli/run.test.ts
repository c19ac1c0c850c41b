import { PassThrough, Readable } from 'node:stream';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { sha256 } from '../core/canonical-json.ts';
import type { JsonObject } from '../core/json.ts';
import { VERSION } from '../core/version.ts';
import { appendOnce } from '../store/sqlite/append-once.ts';
import type { Io } from './io.ts';
import { COMMANDS } from './commands.ts';
import { printable } from './output.ts';
import { readDuration, readMoment } from './read-time.ts';
import { run } from './run.ts';

const root = mkdtempSync(join(tmpdir(), 'veto-cli-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

function setUp() {
  const folder = mkdtempSync(join(root, String(made++)));
  const clock = new ManualClock();
  const abort = new AbortController();
  let written = { out: '', err: '' };
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
    signal: abort.signal,
  };
  const veto = async (...argv: string[]) => {
    written = { out: '', err: '' };
    const code = await run(argv, io);
    return { code, ...written };
  };
  const json = async (...argv: string[]): Promise<JsonObject[]> => {
    const { out } = await veto(...argv, '--json');
    return out
      .trim()
      .split('\n')
      .filter(Boolean)
      .flatMap((line) => [JSON.parse(line) as JsonObject | JsonObject[]].flat());
  };
  return { folder, clock, abort, veto, json, written: () => written };
}

describe('veto', () => {
  it('shows version and help', async () => {
    const { veto } = setUp();
    expect(await veto('--version')).toEqual({ code: 0, out: `${VERSION}\n`, err: '' });
    expect(await veto('--help')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/keys[^]*audit[^]*Examples:/) as unknown,
    });
    for (const command of ['keys', 'audit']) {
      expect(await veto(command, '--help')).toMatchObject({
        code: 0,
        out: expect.stringContaining('Examples:') as unknown,
      });
    }
  });

  it.each([
    [['kyes'], /unknown command 'kyes'[^]*keys/],
    [['keys', 'create'], /missing required argument 'name'/],
    [['keys', 'create', 'a', '--expires', 'soon'], /`soon` is not a length of time; write `90s`/],
    [['keys', 'create', 'a', '--kind', 'robot'], /Allowed choices are user, agent, service/],
    [['keys', 'revoke', 'nobody'], /there is no key `nobody`/],
    [['keys', 'list', '--config', 'absent.yaml'], /absent\.yaml:1:1: the file cannot be read/],
    [['audit', 'query', '--since', 'x'], /cannot be used|is not a time/],
    [['audit', 'query', '--limit', '-1'], /whole number/],
    [['audit', 'verify'], /audit\.db` cannot be used/],
    [['stdio', '--url', 'ftp://x'], /no address of a gateway/],
    [['stdio', '--url', 'http://u:p@127.0.0.1:1'], /carries a name or a password/],
    [['stdio', '--url', 'http://127.0.0.1:1', '--config', 'veto.yaml'], /exclude each other/],
    [['stdio', '--url', 'http://127.0.0.1:1'], /`VETO_API_KEY` is not set; set it, or give `--key`/],
    [['stdio', '--url', 'http://127.0.0.1:1', '--key', 'file:absent'], /`absent` cannot be found/],
    [['stdio', '--url', 'http://127.0.0.1:1', '--key', 'a b'], /characters that no key has/],
  ])('answers %j with exit code 2 and one reason', async (argv, reason) => {
    const { code, err } = await setUp().veto(...argv);
    expect(err).toMatch(reason);
    expect(err).not.toMatch(/ {4}at /);
    expect(code).toBe(2);
  });
});

describe('examples', async () => {
  const paths = (command: Command): string[][] => {
    const deeper = command.commands.flatMap(paths).map((path) => [command.name(), ...path]);
    return command.commands.length === 0 ? [[command.name()]] : [[command.name()], ...deeper];
  };
  const loaded = await Promise.all(COMMANDS.map(async (entry) => (await entry.load())(() => async () => undefined)));
  it.each(loaded.flatMap(paths).map((path) => path.join(' ')))('are in the help of `veto %s`', async (path) => {
    const { code, out } = await setUp().veto(...path.split(' '), '--help');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^Examples?:\n(?:.*\n)*?.*\\bveto ${path}\\b`, 'm'));
  });
});

describe('veto keys', () => {
  it('creates a key that is shown once and stored as a hash', async () => {
    const { veto, json, folder } = setUp();
    const created = await veto(
      'keys',
      'create',
      'laptop',
      '--principal',
      'alice',
      '--group',
      'dev',
      '--group',
      'ops',
      '--expires',
      '30d',
    );
    expect(created.code).toBe(0);
    const key = created.out.trim();
    expect(key).toMatch(/^veto_[0-9a-f]{16}_[\w-]{43}$/);
    const [listed] = await json('keys', 'list');
    expect(listed).toMatchObject({
      name: 'laptop',
      gateway: 'default',
      state: 'live',
      principal: { id: 'alice', groups: ['dev', 'ops'] },
    });
    const table = await veto('keys', 'list');
    expect(table.out).toMatch(
      /^ID +NAME .*\n[0-9a-f]{16} +laptop +default +alice +dev,ops +live +2026-11-22 10:00:00Z +2026-12-22/,
    );
    const db = new DatabaseSync(join(folder, 'veto-data', 'registry.db'));
    const rows = JSON.stringify(db.prepare('SELECT * FROM api_key').all());
    db.close();
    expect(rows).toContain(sha256(key));
    expect(rows + JSON.stringify(await json('audit', 'query'))).not.toContain(key.slice(22));
  });

  it("keeps administrators' keys apart, and rotates and revokes them by the same commands", async () => {
    const { veto, json, folder } = setUp();
    await veto('keys', 'create', 'laptop');
    const created = await veto('keys', 'create', 'laptop', '--admin', '--principal', 'alice');
    expect([created.code, created.err]).toEqual([0, expect.stringMatching(/key `laptop` for the control plane/)]);
    const key = created.out.trim();
    expect(key).toMatch(/^veto_admin_[0-9a-f]{16}_[\w-]{43}$/);
    expect(await json('keys', 'list')).toMatchObject([{ gateway: 'default' }, { gateway: '', name: 'laptop' }]);
    expect((await veto('keys', 'list')).out).toMatch(/laptop +\(control plane\) +alice/);
    expect((await veto('keys', 'revoke', 'laptop')).err).toMatch(/several keys are named `laptop`; use an id/);
    const rotated = await veto('keys', 'rotate', key.slice(11, 27));
    expect(rotated.out.trim()).toMatch(/^veto_admin_/);
    expect((await veto('keys', 'revoke', rotated.out.slice(11, 27))).code).toBe(0);
    const db = new DatabaseSync(join(folder, 'veto-data', 'registry.db'));
    const tables = ['api_key', 'admin_key'].map((table) => db.prepare(`SELECT * FROM ${table}`).all());
    db.close();
    expect(tables.map((rows) => rows.length)).toEqual([1, 2]);
    expect(JSON.stringify(tables[1])).toContain(sha256(key));
    expect(JSON.stringify(tables) + JSON.stringify(await json('audit', 'query'))).not.toContain(key.slice(28));
    expect(tables[1]?.every((row) => row['revoked_at_ms'] !== null)).toBe(true);
  });

  it.each([
    [['--gateway', 'default'], /opens no gateway/],
    [['--kind', 'agent'], /an agent cannot be an administrator/],
  ])("makes no administrator's key with %j", async (more, says) => {
    const { veto } = setUp();
    const { code, err } = await veto('keys', 'create', 'x', '--admin', ...more);
    expect([code, err]).toEqual([2, expect.stringMatching(says)]);
    expect((await veto('keys', 'list')).out).toMatch(/there are no keys/);
  });

  it.each([
    [[''], /the name of the key is empty/],
    [['  '], /the name of the key is empty/],
    [['a\u001b[2J'], /the name of the key has the character `U\+001B`/],
    [['a\u202eb'], /`U\+202E`/],
    [['a'.repeat(257)], /has 257 characters; give one of at most 256/],
    [['x', '--principal', ''], /the name of the principal is empty/],
    [['x', '--group', ''], /the name of a group is empty/],
    [['x', '--role', 'a\n'], /the name of a role has the character `U\+000A`/],
  ])('makes no key with the names %j', async (more, says) => {
    const { veto, json } = setUp();
    expect(await veto('keys', 'create', ...more)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(says) as unknown,
    });
    expect(await json('keys', 'list')).toEqual([]);
  });

  it('refuses a name twice, a gateway that does not exist, and remote stores', async () => {
    const { veto, folder } = setUp();
    await veto('keys', 'create', 'laptop');
    expect(await veto('keys', 'create', 'laptop')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/has a live key `laptop`/) as unknown,
    });
    expect((await veto('keys', 'create', 'laptop', '--gateway', 'other')).code).toBe(0);
    writeFileSync(join(folder, 'veto.yaml'), 'version: 1\nstore: ./elsewhere\n');
    expect(await veto('keys', 'create', 'x', '--gateway', 'nope')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no gateway `nope`/) as unknown,
    });
    expect((await veto('keys', 'list')).out).toMatch(/there are no keys/);
    expect((await veto('keys', 'list', '--store', 'veto-data')).out).toMatch(/laptop/);
  });

  it('shows declared keys without their texts', async () => {
    const { json, folder } = setUp();
    const declared = 'keys:\n  - { name: ci, secret: "env:VETO_ABSENT_KEY", principal: { id: robot } }\n';
    writeFileSync(join(folder, 'veto.yaml'), `version: 1\n${declared}`);
    expect(await json('keys', 'list')).toMatchObject([
      { id: 'config:ci', name: 'ci', state: 'declared', principal: { id: 'robot' } },
    ]);
  });

  it('rotates with a period of grace and revokes', async () => {
    const { veto, json, clock } = setUp();
    await veto('keys', 'create', 'laptop', '--principal', 'alice');
    const [rotated] = await json('keys', 'rotate', 'laptop', '--grace', '1h');
    expect(rotated).toMatchObject({
      name: 'laptop',
      principal: { id: 'alice' },
      key: expect.stringMatching(/^veto_/) as unknown,
    });
    expect(await json('keys', 'list')).toHaveLength(2);
    expect(await veto('keys', 'revoke', 'laptop')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/several keys/) as unknown,
    });
    clock.advance(3_600_000);
    expect(await json('keys', 'list')).toMatchObject([{ id: rotated?.['id'] }]);
    expect((await veto('keys', 'revoke', 'laptop')).code).toBe(0);
    expect(await json('keys', 'list')).toEqual([]);
    expect(await json('keys', 'list', '--all')).toMatchObject([{ state: 'revoked' }, { state: 'revoked' }]);
  });

  it('records what it did', async () => {
    const { veto, json } = setUp();
    await veto('keys', 'create', 'laptop');
    await veto('keys', 'rotate', 'laptop');
    await veto('keys', 'revoke', 'laptop');
    const records = await json('audit', 'query', '--kind', 'admin');
    expect(records.map((one) => one['code'])).toEqual(['key.created', 'key.rotated', 'key.revoked']);
    expect(records[0]).toMatchObject({ principal: 'local:tester', gateway: 'default', detail: { name: 'laptop' } });
  });
});

function withRecords() {
  const world = setUp();
  const nowMs = world.clock.nowMs();
  for (let n = 0; n < 30; n++) {
    appendOnce(join(world.folder, 'veto-data'), {
      kind: n % 3 === 0 ? 'refusal' : 'intend',
      atMs: nowMs - (30 - n) * 60_000,
      callId: `c${n}`,
      gateway: 'default',
      principal: n % 2 === 0 ? 'alice' : 'bob',
      method: 'tools/call',
      server: 'files',
      target: n === 29 ? 'evil\u001b[2J\u202etxt' : 'read_file',
      ...(n % 3 === 0 ? { code: 'POLICY_DENIED', reason: 'no' } : {}),
    });
  }
  return { ...world, nowMs };
}

describe('veto audit', () => {
  it('shows the latest records, safe for a terminal', async () => {
    const { veto } = withRecords();
    const { out } = await veto('audit', 'tail', '-n', '2');
    expect(out.split('\n')).toHaveLength(3);
    expect(out).toContain('     29 2026-11-22 09:58:00.000Z  intend          alice         tools/call files/read_file');
    expect(out).toContain(String.raw`evil\u001b[2J\u202etxt`);
  });

  it('filters', async () => {
    const { json } = withRecords();
    const calls = async (...argv: string[]): Promise<unknown[]> =>
      (await json('audit', 'query', ...argv)).map((one) => one['callId']);
    expect(await calls('--since', '3m')).toEqual(['c27', 'c28', 'c29']);
    expect(await calls('--since', '5m', '--principal', 'bob', '--kind', 'refusal', 'settle')).toEqual(['c27']);
    expect(await calls('--code', 'POLICY_DENIED', '--newest-first', '--limit', '2')).toEqual(['c27', 'c24']);
    expect(await calls('--after', '28')).toEqual(['c28', 'c29']);
    expect(await calls('--call', 'c7')).toEqual(['c7']);
    expect(await calls('--server', 'none')).toEqual([]);
    expect(await calls('--until', '2026-11-22T09:31:00Z')).toEqual(['c0', 'c1']);
  });

  it('follows what another process appends, until it is stopped', async () => {
    const { veto, folder, clock, abort, written } = withRecords();
    const running = veto('audit', 'tail', '-n', '1', '--follow', '--principal', 'carol');
    const store = join(folder, 'veto-data');
    for (const callId of ['x1', 'x2']) {
      appendOnce(store, {
        kind: 'intend',
        atMs: clock.nowMs(),
        callId,
        gateway: 'default',
        principal: 'carol',
        target: callId,
      });
      for (let turn = 0; turn < 1_000 && !written().out.includes(callId); turn++) {
        clock.advance(200);
        await new Promise(setImmediate);
      }
    }
    abort.abort();
    const { code, out } = await running;
    expect([code, out.split('\n').length]).toEqual([0, 3]);
  });

  it('shows a record once that comes while others are being shown', async () => {
    const { veto, folder, clock, abort, written } = withRecords();
    const running = veto('audit', 'tail', '-n', '1', '--follow');
    const append = (callId: string): void =>
      appendOnce(join(folder, 'veto-data'), { kind: 'intend', atMs: 0, callId, gateway: 'default', target: callId });
    while (written().out === '') await new Promise(setImmediate);
    for (let n = 0; n < 150; n++) append(`many-${n}-`);
    let isLate = false;
    for (let turn = 0; turn < 50; turn++) {
      clock.advance(200);
      await new Promise(setImmediate);
      if (isLate || !written().out.includes('many-0-')) continue;
      isLate = true;
      append('late');
    }
    abort.abort();
    const { out } = await running;
    expect([isLate, out.split('late').length, out.split('many-149-').length]).toEqual([true, 2, 2]);
  });

  it('exports in a form that can be verified or one for people, and records that it did', async () => {
    const { veto, json, folder } = withRecords();
    const lines = (await veto('audit', 'export', '--principal', 'bob')).out.split('\n').slice(0, -1);
    expect(lines.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual(
      Array.from({ length: 15 }, (_, n) => 2 * n + 2),
    );
    const file = join(folder, 'out.csv');
    const exported = await veto('audit', 'export', '--format', 'csv', '--out', 'out.csv');
    expect(exported).toMatchObject({ code: 0, out: '31 records, up to number 31, are in `out.csv`\n' });
    expect([readFileSync(file, 'utf8').split('\r\n').length, statSync(file).mode & 0o777]).toEqual([33, 0o600]);
    expect(await veto('audit', 'export', '--out', 'out.csv')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/name a file that is not there yet/) as unknown,
    });
    const records = await json('audit', 'query', '--code', 'audit.exported');
    expect(records.map(({ principal, detail }) => [principal, detail])).toEqual([
      ['local:tester', { format: 'jsonl', upTo: 30, query: '{"principal":"bob"}' }],
      ['local:tester', { format: 'csv', upTo: 31, query: '{}' }],
    ]);
    expect((await veto('audit', 'verify')).code).toBe(0);
  });

  it('verifies, and says where the chain is broken', async () => {
    const { veto, folder } = withRecords();
    const intact = await veto('audit', 'verify');
    expect(intact).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^intact: 30 records, head 30:[0-9a-f]{64}\n/) as unknown,
    });
    const head = /30:[0-9a-f]{64}/.exec(intact.out)?.[0] ?? '';
    expect((await veto('audit', 'verify', '--head', head)).code).toBe(0);
    const forged = `30:${'0'.repeat(64)}`;
    expect(await veto('audit', 'verify', '--head', forged)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/broken at record 30: replaced/) as unknown,
    });
    const db = new DatabaseSync(join(folder, 'veto-data', 'audit.db'));
    db.exec(`DROP TRIGGER record_is_not_edited; DROP TRIGGER record_is_not_removed`);
    db.exec(`UPDATE record SET body = replace(body, 'bob', 'eve') WHERE seq = 12`);
    expect(await veto('audit', 'verify')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/broken at record 12: edited/) as unknown,
    });
    db.exec('DELETE FROM record WHERE seq >= 10');
    db.close();
    expect(await veto('audit', 'verify')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/broken at record 10: truncated/) as unknown,
    });
  });
});

describe('reading and showing', () => {
  it('reads lengths of time and moments', () => {
    expect([readDuration('90s'), readDuration('2w')]).toEqual([90_000, 1_209_600_000]);
    const nowMs = Date.UTC(2026, 10, 22, 10);
    expect(readMoment('1h', nowMs)).toBe(nowMs - 3_600_000);
    for (const text of ['2026-11-22T10:00:00Z', '2026-11-22T10:00', '2026-11-22T11:00:00+01:00']) {
      expect(readMoment(text, 0)).toBe(nowMs);
    }
    for (const text of ['', '1y', 'yesterday', '2026-13-01', '5'])
      expect(() => readMoment(text, 0)).toThrow(/is not a time/);
  });

  it('shows what a terminal would act on', () => {
    expect(printable('a\u0007\u009b31m\u200d\u2028\ud800ü\u{e0041}')).toBe(
      String.raw`a\u0007\u009b31m\u200d\u2028\ud800ü\udb40\udc41`,
    );
  });
});
