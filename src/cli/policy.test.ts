import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import type { Io } from './io.ts';
import { run } from './run.ts';

const POLICY = `
default: deny
policies:
  - name: Read data
    match: { tool: read_file, arguments: { path: "^/data/" } }
    action: allow
  - name: Keep secrets
    match: { tool: read_file, arguments: { path: "secret" } }
    action: deny
tests:
  - name: data is readable
    call: { tool: read_file, arguments: { path: /data/a } }
    expect: { action: allow, rule: Read data, listed: true }
  - name: secrets are not
    call: { tool: read_file, arguments: { path: /data/SECRET } }
    expect: { action: deny, rule: Keep secrets }
`;

/** Runs a command on the real command line, in a folder of its own. */
async function veto(argv: readonly string[], given: Record<string, string>, input: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'veto-policy-'));
  for (const [name, text] of Object.entries(given)) writeFileSync(join(folder, name), text);
  const written = { out: '', err: '' };
  const io: Io = {
    out: (text) => (written.out += text),
    err: (text) => (written.err += text),
    input: Readable.from(input.map((text) => Buffer.from(text))),
    output: new PassThrough(),
    random: () => 0,
    colour: false,
    env: {},
    folder,
    clock: new ManualClock(),
    user: 'tester',
    stay: () => () => undefined,
    signal: new AbortController().signal,
  };
  try {
    const code = await run(argv, io);
    return { code, out: written.out.split('\n').slice(0, -1), err: written.err.split('\n').slice(0, -1) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const SQL = `
default: deny
policies:
  - name: only selects
    match: { tool: query, arguments: { sql: { type: sql, statements: [select] } } }
    action: allow
`;

const files = {
  'p.yaml': POLICY,
  'broken.yaml': 'policies:\n  - nam: x\n',
  'calls.jsonl': '{"tool":"read_file","arguments":{"path":"/data/a"},"principal":{"id":"alice"}}\n\n{"tool":"nope"}\n',
};

describe('veto policy', () => {
  it('checks', async () => {
    expect(await veto(['policy', 'check', 'p.yaml'], files)).toMatchObject({ code: 0, err: [] });
    const broken = await veto(['policy', 'check', 'broken.yaml'], files);
    expect(broken.code).toBe(1);
    expect(broken.err[0]).toContain('broken.yaml:2:5: ');
    expect(JSON.parse((await veto(['policy', 'check', '--json', 'broken.yaml'], files)).out[0] ?? '')).toMatchObject({
      ok: false,
    });
    expect(await veto(['policy', 'check', 'absent.yaml'], files)).toMatchObject({
      code: 2,
      err: ['`absent.yaml` cannot be read (ENOENT); check the path'],
    });
  });

  it('shows what can come of each tool', async () => {
    const tools = '{"name":"read_file"}\n{"name":"other","server":"s"}\n';
    const run = await veto(['policy', 'check', 'p.yaml', '--tools', 'tools.jsonl'], { ...files, 'tools.jsonl': tools });
    expect(run.code).toBe(0);
    expect(run.out).toContain('read_file: allow, deny');
    expect(run.out).toContain('other: deny (hidden)');
    expect((await veto(['policy', 'check', 'p.yaml', '--tools', 'bad'], { ...files, bad: '{}' })).code).toBe(2);
  });

  it('tests, with coverage', async () => {
    const run = await veto(['policy', 'test', 'p.yaml'], files);
    expect(run).toMatchObject({ code: 0 });
    expect(run.out.at(-1)).toBe('2 passed, 0 failed; 1 of 2 rules covered');
    const failing = await veto(['policy', 'test', 'f.yaml'], {
      'f.yaml': POLICY.replace('expect: { action: allow', 'expect: { action: deny'),
    });
    expect(failing.code).toBe(1);
    expect(failing.out[0]).toMatch(
      /^FAIL {2}data is readable \(f\.yaml:11\): expected `deny`, came out `allow` by `Read data`$/,
    );
    expect((await veto(['policy', 'test', 'broken.yaml'], files)).code).toBe(2);
  });

  it('tests with what stands beside the file, and with files that hold tests only', async () => {
    const [rules = '', tests = ''] = POLICY.split('tests:');
    const beside = { 'p.yaml': rules, 'p.test.yaml': `tests:${tests}` };
    const run = await veto(['policy', 'test', 'p.yaml'], beside);
    expect(run).toMatchObject({ code: 0 });
    expect(run.out.at(-1)).toBe('2 passed, 0 failed; 1 of 2 rules covered');
    expect(await veto(['policy', 'test', 'p.yaml', 'p.test.yaml'], beside)).toMatchObject({ code: 0, out: run.out });
    const wrong = await veto(['policy', 'test', 'p.yaml'], { ...beside, 'p.test.yaml': 'test: []' });
    expect(wrong.code).toBe(2);
    expect(wrong.err[0]).toContain('p.test.yaml:1:1: unknown key `test` in the file; write `tests`');
    const hash = async (...paths: string[]) => (await veto(['policy', 'check', ...paths], beside)).out.at(-1);
    expect(await hash('p.yaml')).toBe(await hash('p.yaml', 'p.test.yaml'));
  });

  it('explains', async () => {
    const call = '{"tool":"read_file","arguments":{"path":"/data/x/SECRET"}}';
    const run = await veto(['policy', 'explain', 'p.yaml', '--call', call], files);
    expect(run.code).toBe(1);
    expect(run.out[0]).toBe('deny by Keep secrets: denied by the rule `Keep secrets`');
    expect(run.out.join('\n')).toContain('would be allow but for Keep secrets');
    expect(run.out.join('\n')).toContain('true: match.arguments.path (`/data/x/SECRET` matches; view raw)');
    expect((await veto(['policy', 'explain', 'p.yaml', '--call', '{"tool":1}'], files)).code).toBe(2);
  });

  it('lints', async () => {
    const run = await veto(['policy', 'lint', '--json', 'p.yaml'], {
      'p.yaml': 'default: allow\npolicies:\n  - { name: a, match: { tool: "*" }, action: allow }\n',
    });
    expect(run.code).toBe(1);
    const { warnings } = JSON.parse(run.out[0] ?? '') as { warnings: { kind: string }[] };
    expect(warnings.map(({ kind }) => kind)).toEqual(['default-allow', 'allow-glob']);
  });

  it('mutates', async () => {
    const sound = await veto(['policy', 'mutate', 'p.yaml'], files);
    expect(sound.out.filter((line) => line.startsWith('LOOSER'))).toEqual([]);
    expect(sound.out.filter((line) => /UNNOTICED|changes of rules/.test(line))).toEqual([
      'UNNOTICED  the rule `Read data` without `match.tool` (p.yaml:4): no test fails',
      'UNNOTICED  the rule `Read data` without `match.arguments` (p.yaml:4): no test fails',
      'UNNOTICED  the rule `Keep secrets` without `match.tool` (p.yaml:7): no test fails',
      '8 changes of rules: 3 are noticed by no test',
    ]);
    const raw =
      'policies:\n  - { name: a, match: { tool: t, arguments: { q: { pattern: "^rm", views: raw } } }, action: deny }\n';
    const loose = await veto(['policy', 'mutate', 'raw.yaml', '--calls', 'c'], {
      'raw.yaml': raw,
      c: '{"tool":"t","arguments":{"q":"rm -rf /"}}',
    });
    expect(loose.code).toBe(1);
    expect(loose.out[0]).toBe('LOOSER  call 1, leading blank in `q`: deny becomes require_approval: {"q":" rm -rf /"}');
  });

  it('replays', async () => {
    const run = await veto(['policy', 'replay', 'n.yaml', '--before', 'p.yaml', '--calls', 'calls.jsonl'], {
      ...files,
      'n.yaml': 'default: deny\npolicies: []\n',
    });
    expect(run).toMatchObject({
      code: 1,
      out: [
        'stricter  1 call: alice read_file: allow (Read data) becomes deny ((default)); call 1',
        '1 of 2 decisions change',
      ],
    });
  });

  it('evaluates in bulk', async () => {
    const run = await veto(['evaluate', '--calls', 'calls.jsonl', '--policy', 'p.yaml'], files);
    expect(run.code).toBe(0);
    expect(run.out.map((line) => JSON.parse(line) as object)).toMatchObject([
      { decision: 'allow', code: null, rule: 'Read data', findings: [] },
      { decision: 'deny', code: 'POLICY_DENIED', rule: '(default)' },
    ]);
  });

  it('answers every line, also one that is no call, and says which', async () => {
    const lines = [
      '\ufeff{"tool":"a","tool":"b"}',
      '',
      ' \t',
      '{"tool":"read_file","args":{}}',
      '{}',
      '{"tool":"x"}\r',
    ];
    const argv = ['evaluate', '--json', '--calls', 'c', '--policy', 'p.yaml'];
    const run = await veto(argv, { ...files, c: lines.join('\n') });
    expect(run.err).toEqual([
      'c:1: an object names the same key twice; write one JSON object per line',
      'c:4: unknown key `args` in the call; write `arguments`',
      'c:5: the call names nothing; add `tool`, `prompt` or `resource`',
    ]);
    expect(run.code).toBe(2);
    expect(run.out.map((line) => JSON.parse(line) as object)).toMatchObject([
      { decision: 'deny', code: 'MESSAGE_MALFORMED', rule: '(no call)', reason: run.err[0] },
      { decision: 'deny', code: 'PARAMS_INVALID' },
      { decision: 'deny', code: 'PARAMS_INVALID' },
      { decision: 'deny', code: 'POLICY_DENIED', rule: '(default)' },
    ]);
  });

  it('evaluates what stands on standard input', async () => {
    const input = ['{"tool":"read_file","arguments":{"path":"/da', 'ta/a"}}\n'];
    const run = await veto(['evaluate', '--calls', '-', '--policy', 'p.yaml'], files, input);
    expect(run).toMatchObject({ code: 0, out: [expect.stringContaining('"decision":"allow"')] });
  });

  it('assumes the worst of a definition whose text belies its hints', async () => {
    const definition = {
      name: 'get_report',
      description: 'Deletes the report permanently and sends it to the archive.',
      inputSchema: { type: 'object' },
      annotations: { readOnlyHint: true },
    };
    const run = await veto(['evaluate', '--calls', 'c', '--policy', 'r.yaml'], {
      'r.yaml': 'default: deny\npolicies:\n  - { name: Read, match: { class: read }, action: allow }\n',
      c: [{ tool: 'get_report' }, { tool: 'get_report', definition }].map((call) => JSON.stringify(call)).join('\n'),
    });
    expect(run.out.map((line) => (JSON.parse(line) as { decision: string }).decision)).toEqual(['allow', 'deny']);
  });

  it('shows what came from elsewhere without letting it steer the terminal', async () => {
    const call = JSON.stringify({ tool: 'read_file', arguments: { path: '/data/secret\u001b[2J\u202e' } });
    const run = await veto(['policy', 'explain', 'p.yaml', '--call', call], files);
    expect(run.out.join('\n')).toContain('\\u001b[2J\\u202e');
    const { out } = await veto(['evaluate', '--calls', 'c', '--policy', 'p.yaml'], { ...files, c: call });
    expect(JSON.stringify(JSON.parse(out[0] ?? ''))).toContain('\u202e');
    expect(out[0]).not.toContain('\u202e');
  });
});

it.each([
  ['select 1', 'allow'],
  ['delete from users', 'deny'],
])('reads SQL, whose parsers have to be loaded first: %s', async (sql, decision) => {
  const call = JSON.stringify({ tool: 'query', arguments: { sql } });
  const given = { 'p.yaml': SQL, 'calls.jsonl': call };
  const { out } = await veto(['evaluate', '--policy', 'p.yaml', '--calls', 'calls.jsonl'], given);
  expect(JSON.parse(out[0] ?? '')).toMatchObject({ decision });
  expect((await veto(['policy', 'explain', 'p.yaml', '--call', call], given)).out[0]).toMatch(`${decision} by`);
});
