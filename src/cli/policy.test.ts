import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { doubles } from '../../test/doubles/argument-types.ts';
import type { PolicyIo } from './policy-io.ts';
import { registerPolicy } from './policy.ts';

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

function veto(argv: readonly string[], files: Record<string, string>): { code: number; out: string[]; err: string[] } {
  const result = { code: -1, out: [] as string[], err: [] as string[] };
  const io: PolicyIo = {
    out: (line) => result.out.push(line),
    err: (line) => result.err.push(line),
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error('no such file');
      return Buffer.from(text);
    },
    nowMs: () => 0,
    environment: { ...doubles, profile: 'development' },
    observe: (question) => question,
  };
  const program = new Command().exitOverride();
  registerPolicy(program, io, (code) => (result.code = code));
  program.parse(['node', 'veto', ...argv]);
  return result;
}

const files = {
  'p.yaml': POLICY,
  'broken.yaml': 'policies:\n  - nam: x\n',
  'calls.jsonl': '{"tool":"read_file","arguments":{"path":"/data/a"},"principal":{"id":"alice"}}\n\n{"tool":"nope"}\n',
};

describe('veto policy', () => {
  it('checks', () => {
    expect(veto(['policy', 'check', 'p.yaml'], files)).toMatchObject({ code: 0, err: [] });
    const broken = veto(['policy', 'check', 'broken.yaml'], files);
    expect(broken.code).toBe(1);
    expect(broken.err[0]).toContain('broken.yaml:2:5: ');
    expect(JSON.parse(veto(['policy', 'check', '--json', 'broken.yaml'], files).out[0] ?? '')).toMatchObject({
      ok: false,
    });
    expect(veto(['policy', 'check', 'absent.yaml'], files)).toMatchObject({
      code: 2,
      err: ['`absent.yaml` cannot be read: no such file'],
    });
  });

  it('tests, with coverage', () => {
    const run = veto(['policy', 'test', 'p.yaml'], files);
    expect(run).toMatchObject({ code: 0 });
    expect(run.out.at(-1)).toBe('2 passed, 0 failed; 1 of 2 rules covered');
    const failing = veto(['policy', 'test', 'f.yaml'], {
      'f.yaml': POLICY.replace('expect: { action: allow', 'expect: { action: deny'),
    });
    expect(failing.code).toBe(1);
    expect(failing.out[0]).toMatch(
      /^FAIL {2}data is readable \(f\.yaml:11\): expected `deny`, came out `allow` by `Read data`$/,
    );
    expect(veto(['policy', 'test', 'broken.yaml'], files).code).toBe(2);
  });

  it('explains', () => {
    const call = '{"tool":"read_file","arguments":{"path":"/data/%73ecret"}}';
    const run = veto(['policy', 'explain', 'p.yaml', '--call', call], files);
    expect(run.code).toBe(1);
    expect(run.out[0]).toBe('deny by Keep secrets: denied by the rule `Keep secrets`');
    expect(run.out.join('\n')).toContain('would be allow but for Keep secrets');
    expect(run.out.join('\n')).toContain('view decoded');
    expect(veto(['policy', 'explain', 'p.yaml', '--call', '{"tool":1}'], files).code).toBe(2);
  });

  it('lints', () => {
    const run = veto(['policy', 'lint', '--json', 'p.yaml'], {
      'p.yaml': 'default: allow\npolicies:\n  - { name: a, match: { tool: "*" }, action: allow }\n',
    });
    expect(run.code).toBe(1);
    const { warnings } = JSON.parse(run.out[0] ?? '') as { warnings: { kind: string }[] };
    expect(warnings.map(({ kind }) => kind)).toEqual(['default-allow', 'allow-glob']);
  });

  it('mutates', () => {
    const sound = veto(['policy', 'mutate', 'p.yaml'], files);
    expect(sound.out.filter((line) => line.startsWith('LOOSER'))).toEqual([]);
    const raw =
      'policies:\n  - { name: a, match: { tool: t, arguments: { q: { pattern: "^rm", views: raw } } }, action: deny }\n';
    const loose = veto(['policy', 'mutate', 'raw.yaml', '--calls', 'c'], {
      'raw.yaml': raw,
      c: '{"tool":"t","arguments":{"q":"rm -rf /"}}',
    });
    expect(loose.code).toBe(1);
    expect(loose.out[0]).toBe('LOOSER  call 1, leading blank in `q`: deny becomes require_approval: {"q":" rm -rf /"}');
  });

  it('replays', () => {
    const run = veto(['policy', 'replay', 'n.yaml', '--before', 'p.yaml', '--calls', 'calls.jsonl'], {
      ...files,
      'n.yaml': 'default: deny\npolicies: []\n',
    });
    expect(run).toMatchObject({
      code: 1,
      out: [
        'stricter  call 1: alice read_file: allow (Read data) becomes deny ((default))',
        '1 of 2 decisions change: alice 1',
      ],
    });
  });

  it('evaluates in bulk', () => {
    const run = veto(['evaluate', '--calls', 'calls.jsonl', '--policy', 'p.yaml'], files);
    expect(run.code).toBe(0);
    expect(run.out.map((line) => JSON.parse(line) as object)).toMatchObject([
      { decision: 'allow', code: null, rule: 'Read data', findings: [] },
      { decision: 'deny', code: 'POLICY_DENIED', rule: '(default)' },
    ]);
    expect(
      veto(['evaluate', '--calls', 'c', '--policy', 'p.yaml'], { ...files, c: '{"tool":"a","tool":"b"}' }),
    ).toMatchObject({
      code: 2,
      err: ['c:1: an object names the same key twice; write one JSON object per line'],
    });
  });
});
