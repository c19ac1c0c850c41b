import { describe, expect, it } from 'vitest';
import { ALICE, policyOf, worldOf, type World } from '../../test/doubles/rooms.ts';
import type { JsonValue } from '../core/json.ts';
import { GUARDED } from './guarded.ts';
import { loadPolicies } from '../policy/load.ts';
import type { Evaluated } from './evaluate.ts';

const POLICY = `
version: 1
default: deny
policies:
  - { name: Developers read, match: { tool: read, principal: { groups_any: [dev] } }, action: allow }
  - { name: Ask before writing, match: { tool: write }, action: require_approval }
  - { name: Not from afar, match: { tool: "*", context: { address: 203.0.113.0/24 } }, action: deny }
`;

function worldWith(evaluate: 'off' | 'own' | 'any' = 'own'): World {
  const loaded = loadPolicies([{ name: 'p.yaml', text: POLICY }], { ...GUARDED, profile: 'development' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const tool = (name: string) => ({ name, inputSchema: { type: 'object' } });
  return worldOf(
    { files: { tools: [tool('read'), tool('write'), tool('new')], heldBack: ['new'] } },
    loaded.policy,
    evaluate,
  );
}

const ask = (world: World, call: JsonValue, address = '127.0.0.1'): Promise<Evaluated> =>
  world.gateway.evaluate('default', { caller: ALICE, address }, call);

async function decisionOf(world: World, call: JsonValue, address?: string): Promise<unknown> {
  const evaluated = await ask(world, call, address);
  return evaluated.kind === 'evaluation' ? evaluated.evaluation : evaluated;
}

describe('an evaluation', () => {
  it('is of the caller’s own principal, and nothing is forwarded or counted', async () => {
    const world = worldWith();
    world.take = () => {
      throw new Error('a limit was taken');
    };
    const read = { decision: 'allow', rule: 'Developers read', code: null };
    expect(await decisionOf(world, { tool: 'read' })).toMatchObject(read);
    expect(await decisionOf(world, { tool: 'write', arguments: { text: 'a' } })).toMatchObject({
      decision: 'require_approval',
      code: 'APPROVAL_REQUIRED',
    });
    expect(world.upstreams.forwarded).toEqual([]);
  });

  it('tells what the gateway knows of the tool, and from where it was asked', async () => {
    const world = worldWith();
    expect(await decisionOf(world, { tool: 'read' })).toMatchObject({
      explanation: { target: { gateway: 'default', server: 'files', name: 'read' } },
    });
    expect(await decisionOf(world, { tool: 'read' }, '203.0.113.9')).toMatchObject({ rule: 'Not from afar' });
    expect(await decisionOf(world, { tool: 'new' })).toMatchObject({ decision: 'deny', code: 'TOOL_DRIFTED' });
    const definition = { name: 'new', inputSchema: { type: 'object' } };
    expect(await decisionOf(world, { tool: 'new', definition })).toMatchObject({ code: 'POLICY_DENIED' });
    expect(await decisionOf(world, { server: 'other', tool: 'read' })).toMatchObject({ decision: 'allow' });
  });

  it('is recorded as one, before it is answered', async () => {
    const world = worldWith();
    const evaluated = await ask(world, { tool: 'write', arguments: { text: 'a' } });
    const [record] = world.records.records;
    expect(record).toMatchObject({
      kind: 'evaluation',
      principal: 'alice',
      keyId: 'k1',
      server: 'files',
      target: 'write',
      method: 'tools/call',
      arguments: { text: 'a' },
      decision: 'deny',
      code: 'APPROVAL_REQUIRED',
      rule: 'Ask before writing',
      detail: { decision: 'require_approval', for: 'alice' },
    });
    expect(evaluated).toMatchObject({ evaluation: { call_id: record?.callId } });
    world.records.failing = true;
    expect(await ask(world, { tool: 'read' })).toMatchObject({ kind: 'refusal', refusal: { code: 'RECORD_FAILED' } });
  });

  it('of a call that is none names every mistake', async () => {
    expect(await ask(worldWith(), { tool: 1, principle: {} })).toMatchObject({
      kind: 'mistakes',
      mistakes: [
        { path: ['tool'], what: '`tool` is `1`', mend: 'write a text' },
        { path: ['principle'], what: 'unknown key `principle` in the call', mend: 'write `principal`' },
      ],
    });
  });

  it('refuses where a bug shows', async () => {
    const broken = worldOf({}, policyOf(() => { throw new Error('a bug'); })); // prettier-ignore
    expect(await ask(broken, { tool: 'read' })).toMatchObject({
      refusal: { code: 'INTERNAL', message: 'internal error' },
    });
  });
});

describe('whom a key may ask about', () => {
  const OWN = [{ id: 'alice' }, { id: 'alice', kind: 'user', groups: ['dev'], roles: [], attributes: {} }] as const;
  const OTHERS = [
    { id: 'bob' },
    { groups: ['dev'] },
    { id: 'alice', groups: ['dev', 'admin'] },
    { id: 'alice', groups: [] },
    { id: 'alice', roles: ['admin'] },
    { id: 'alice', kind: 'agent' },
    { id: 'alice', attributes: { team: 'x' } },
    { id: 'alice', on_behalf_of: { id: 'bob' } },
  ] as const;

  it.each(OWN)('itself, if it says so: %j', async (principal) => {
    expect(await decisionOf(worldWith(), { tool: 'read', principal } as unknown as JsonValue)).toMatchObject({
      decision: 'allow',
    });
  });

  it.each([
    ...OTHERS.map((principal) => ({ principal })),
    { context: { key: 'k2' } },
    { context: { gateway: 'other' } },
  ])('not %j', async (more) => {
    const call = { tool: 'read', ...more } as unknown as JsonValue;
    const world = worldWith();
    expect(await ask(world, call)).toMatchObject({ kind: 'refusal', refusal: { code: 'EVALUATION_REFUSED' } });
    expect(world.records.records).toMatchObject([{ kind: 'refusal', code: 'EVALUATION_REFUSED', principal: 'alice' }]);
    expect(await ask(worldWith('any'), call)).toMatchObject({ kind: 'evaluation' });
  });

  it('anybody where the gateway says so, and the record says whom', async () => {
    const world = worldWith('any');
    expect(await decisionOf(world, { tool: 'read', principal: { id: 'bob' } })).toMatchObject({ decision: 'deny' });
    expect(world.records.records).toMatchObject([{ principal: 'alice', detail: { for: 'bob' } }]);
  });

  it('nobody where evaluations are off', async () => {
    expect(await ask(worldWith('off'), { tool: 'read' })).toMatchObject({ refusal: { code: 'EVALUATION_REFUSED' } });
  });
});
