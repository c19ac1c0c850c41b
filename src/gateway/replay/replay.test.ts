import { describe, expect, it } from 'vitest';
import { encodeRecord, ENCODE_LIMITS } from '../../audit/encode.ts';
import type { AuditRecord, StoredRecord } from '../../audit/record.ts';
import { digest } from '../../core/canonical-json.ts';
import type { JsonObject } from '../../core/json.ts';
import { guardsSection } from '../../guards/section.ts';
import type { Pin, PinKey } from '../../integrity/ports.ts';
import { loadPolicies } from '../../policy/load.ts';
import type { Policy } from '../../policy/policy.ts';
import { GUARDED } from '../guarded.ts';
import { Inspection } from '../inspection.ts';
import { replayRecords, type Replayed, type ReplayWorld } from './replay.ts';

function policy(rules: string, fallback = 'deny'): Policy {
  const text = `default: ${fallback}\npolicies: [${rules}]`;
  const loaded = loadPolicies([{ name: 'p.yaml', text }], { ...GUARDED, profile: 'development' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.policy;
}

const PINNED = 'f'.repeat(64);
const BODY: JsonObject = {
  name: 'read_file',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
  annotations: { readOnlyHint: true },
};

function recorded(more: Partial<AuditRecord> = {}): AuditRecord {
  const args: JsonObject = { path: '/data/a' };
  return {
    kind: 'intend',
    atMs: 1_000,
    callId: 'call-1',
    gateway: 'main',
    principal: 'alice',
    address: '127.0.0.1',
    client: { name: 'c', version: '1', revision: '2025-11-25' },
    method: 'tools/call',
    server: 'files',
    target: 'read_file',
    fingerprint: PINNED,
    arguments: args,
    argumentsDigest: digest(more.arguments ?? args),
    decision: 'allow',
    rule: 'Open',
    policyHash: 'h',
    facts: {
      kind: 'user',
      groups: ['dev'],
      authenticatedBy: 'api-key',
      transport: 'streamable-http',
      pinState: 'pinned',
    },
    ...more,
  };
}

const PINS = {
  find: ({ kind, name }: Partial<PinKey>): Promise<Pin[]> => {
    const approved = { fingerprint: 'e'.repeat(64), body: {}, verifier: { by: 'person', who: 'x' }, atMs: 0 } as const;
    const pin: Pin = {
      gateway: 'main', upstream: 'files', kind: kind ?? 'tool', name: name ?? '', version: 2, status: 'pinned', approved,
      baseline: null, trustedSinceMs: 0, waiting: null, unattended: 0, rejected: [],
    }; // prettier-ignore
    return Promise.resolve(name === 'read_file' ? [pin] : []);
  },
  // What was approved when the call was made is another definition by now: only the history has it.
  history: (key: PinKey) =>
    Promise.resolve([
      {
        ...key,
        version: 1,
        atMs: 0,
        event: 'approved' as const,
        from: null,
        to: 'pinned' as const,
        fingerprint: PINNED,
        previousFingerprint: null,
        body: BODY,
        verifier: { by: 'person' as const, who: 'x' },
        note: '',
      },
    ]),
};

async function replay(
  records: readonly (AuditRecord | string)[],
  candidate: Policy,
  more: Partial<ReplayWorld> = {},
): Promise<Replayed> {
  async function* stored(): AsyncIterable<StoredRecord> {
    for (const [i, record] of records.entries()) {
      const body =
        typeof record === 'string' ? record : encodeRecord(record, { ...ENCODE_LIMITS, argumentBytesMax: 300 });
      yield { seq: i + 1, previousHash: '', hash: '', body };
    }
  }
  const inspection = new Inspection(guardsSection.parse({}));
  return replayRecords(stored(), { candidate, before: null, pins: PINS, inspection, rootsOf: () => [], ...more });
}

const OPEN = policy('{ name: Open, match: { tool: "*" }, action: allow }');
const CLOSED = policy('{ name: Closed, match: { tool: "*" }, action: deny }');

describe('replaying recorded calls', () => {
  it('changes nothing under a policy that decides the same', async () => {
    const replayed = await replay([recorded()], OPEN);
    expect(replayed).toMatchObject({ records: 1, compared: 1, changed: 0, groups: [], notReplayed: [] });
    expect(replayed.findings).toEqual({ observedAgain: 1, asRecorded: 0 });
  });

  it('groups what changes, with the first calls of each group', async () => {
    const calls = Array.from({ length: 5 }, (_, i) => recorded({ callId: `call-${i}` }));
    const refused = recorded({
      kind: 'refusal',
      decision: 'deny',
      code: 'POLICY_DENIED',
      rule: 'Old',
      principal: 'bob',
    });
    const only = policy('{ name: Bob, match: { tool: "*", principal: { id: bob } }, action: allow }');
    const { groups, changed, compared } = await replay([...calls, refused], only);
    expect({ changed, compared }).toEqual({ changed: 6, compared: 6 });
    const common = { gateway: 'main', target: 'files/read_file' };
    expect(groups).toEqual([
      {
        ...common,
        principal: 'bob',
        direction: 'looser',
        before: { effect: 'deny', rule: 'Old' },
        after: { effect: 'allow', rule: 'Bob' },
        calls: 1,
        examples: ['call-1'],
      },
      {
        ...common,
        principal: 'alice',
        direction: 'stricter',
        before: { effect: 'allow', rule: 'Open' },
        after: { effect: 'deny', rule: '(default)' },
        calls: 5,
        examples: ['call-0', 'call-1', 'call-2'],
      },
    ]);
  });

  it.each<[string, object]>([
    ['groups', { principal: { groups_any: 'dev' } }],
    ['the client', { context: { client: 'c', client_version: '1', revision: '2025-*' } }],
    ['transport and address', { context: { transport: 'streamable-http', address: '127.0.0.0/8' } }],
    ['the pin', { context: { pin_state: 'pinned' } }],
    ['arguments', { arguments: { path: '^/data/' } }],
    ['the server', { server: 'files' }],
  ])('lets rules read %s', async (_, match) => {
    const rule = JSON.stringify({ name: 'R', match: { tool: 'read_file', ...match }, action: 'allow' });
    expect((await replay([recorded()], policy(rule))).changed).toBe(0);
    const deny = JSON.stringify({ name: 'R', match: { tool: 'read_file', ...match }, action: 'deny' });
    expect((await replay([recorded()], policy(deny, 'allow'))).changed).toBe(1);
  });

  it('lets rules read hints of the definition that was served then', async () => {
    const rule = (hint: boolean) => `{ name: R, match: { annotations: { readOnlyHint: ${hint} } }, action: deny }`;
    expect((await replay([recorded()], policy(rule(true), 'allow'))).changed).toBe(1);
    expect((await replay([recorded()], policy(rule(false), 'allow'))).changed).toBe(0);
  });

  it('reads what an approval was asked for as such', async () => {
    const asked = recorded({ kind: 'refusal', decision: 'deny', code: 'APPROVAL_REQUIRED' });
    const [group] = (await replay([asked], OPEN)).groups;
    expect(group).toMatchObject({ direction: 'looser', before: { effect: 'require_approval' } });
  });

  it('has guards read the arguments again under the types of the candidate', async () => {
    const args = { path: '/data/../etc/passwd' };
    const call = recorded({ arguments: args });
    const typed = policy(
      '{ name: R, match: { tool: read_file, arguments: { path: { type: path, under: /data } } }, action: allow }',
    );
    const { groups, findings } = await replay([call], typed);
    expect(groups).toMatchObject([{ direction: 'stricter', after: { effect: 'deny' } }]);
    expect(findings.observedAgain).toBe(1);
  });

  it('believes the recorded findings where the definition is gone, and says so', async () => {
    const findings = [{ code: 'path.traversal', by: 'path', at: 'path', why: 'leaves', locked: false }];
    const refused = recorded({
      kind: 'refusal',
      decision: 'deny',
      code: 'ARGUMENT_UNSAFE',
      rule: '(finding)',
      findings,
    });
    const replayed = await replay([refused], OPEN, { pins: null });
    expect(replayed).toMatchObject({ changed: 0, compared: 1, findings: { observedAgain: 0, asRecorded: 1 } });
    expect((await replay([{ ...refused, findings: [] }], OPEN, { pins: null })).changed).toBe(1);
  });

  it('compares with another policy instead, also where the record tells no decision', async () => {
    const limited = recorded({ kind: 'refusal', decision: 'deny', code: 'LIMIT_EXCEEDED' });
    expect(await replay([limited], CLOSED, { before: OPEN })).toMatchObject({ changed: 1, notReplayed: [] });
    expect(await replay([limited], CLOSED, { before: CLOSED })).toMatchObject({ changed: 0, compared: 1 });
  });
});

const HISTORY = '{ name: Later, match: { tool: "*", context: { history: { window_seconds: 60 } } }, action: deny }';

describe('what cannot be replayed', () => {
  const { facts: _, ...early } = recorded({ kind: 'refusal', decision: 'deny', code: 'TARGET_UNKNOWN' });
  it.each<[string, AuditRecord | string, Policy, Partial<ReplayWorld>?]>([
    ['broken', '{', OPEN],
    ['broken', recorded({ argumentsDigest: digest({ path: '/data/b' }) }), OPEN],
    ['broken', recorded({ method: 'else/where' }), OPEN],
    ['early', early, OPEN],
    ['cut', recorded({ arguments: { path: 'a'.repeat(400) } }), OPEN],
    ['cut', recorded({ target: 'a'.repeat(5_000) }), OPEN],
    ['task', recorded({ method: 'tasks/get', target: 'id' }), OPEN],
    ['late', recorded({ kind: 'refusal', decision: 'deny', code: 'LIMIT_EXCEEDED' }), OPEN],
    ['history', recorded(), policy(`${HISTORY}, { name: Open, match: { tool: "*" }, action: allow }`)],
    [
      'definition',
      recorded(),
      policy('{ name: R, match: { annotations: { readOnlyHint: true } }, action: deny }'),
      { pins: null },
    ],
  ])('is counted apart: %s', async (reason, record, candidate, more = {}) => {
    const replayed = await replay([record, record], candidate, more);
    expect(replayed).toMatchObject({ records: 2, compared: 0, changed: 0 });
    expect(replayed.notReplayed).toEqual([
      { reason, why: expect.stringMatching(/^[^]{20,}$/), calls: 2, examples: [1, 2] },
    ]);
  });

  it('is not what a history changes nothing about', async () => {
    const closed = policy(`${HISTORY}, { name: Closed, match: { tool: "*" }, action: deny }`);
    expect(await replay([recorded()], closed)).toMatchObject({ compared: 1, changed: 1, notReplayed: [] });
  });
});
