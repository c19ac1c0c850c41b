import { describe, expect, it } from 'vitest';
import { exchangeOf, policyOf, worldOf } from '../../test/doubles/rooms.ts';
import type { Decision } from '../core/decision.ts';
import type { Caller } from '../core/principal.ts';
import { loadPolicies } from '../policy/load.ts';
import type { Policy } from '../policy/policy.ts';
import { GUARDED } from './guarded.ts';

const FILES = { files: { tools: [{ name: 'read_file', inputSchema: { type: 'object' } }] } };
const call = (more = {}) => exchangeOf('tools/call', { name: 'read_file', arguments: { path: '/data/a' } }, more);

function loaded(text: string, mode: 'enforce' | 'shadow' = 'enforce'): Policy {
  const result = loadPolicies([{ name: 'p.yaml', text }], { ...GUARDED, profile: 'development', mode });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.policy;
}

async function recorded(policy: Policy, more = {}) {
  const world = worldOf(FILES, policy);
  const answer = await world.gateway.answer(call(more));
  return { world, answer, first: world.records.records[0] };
}

const DENY = '{ name: closed, match: { tool: read_file }, action: deny, mode: MODE }';
const OPEN = '{ name: open, match: { tool: read_file }, action: allow }';

describe('what is recorded beside a decision', () => {
  it('is what a rule in shadow would have made of it, and the call passes', async () => {
    const { world, first } = await recorded(loaded(`policies: [${OPEN}, ${DENY.replace('MODE', 'shadow')}]`));
    expect(first).toMatchObject({ kind: 'intend', rule: 'open', shadow: { effect: 'deny', rules: ['closed'] } });
    expect(world.upstreams.forwarded).toHaveLength(1);
  });

  it('is the same of a whole file in shadow', async () => {
    const { first } = await recorded(
      loaded(`mode: shadow\ndefault: allow\npolicies: [${DENY.replace('MODE', 'enforce')}]`),
    );
    expect(first).toMatchObject({ kind: 'intend', shadow: { effect: 'deny', rules: ['closed'] } });
  });

  it('is the same of a whole gateway in shadow, the default included', async () => {
    const { world, first } = await recorded(loaded('default: deny\npolicies: []', 'shadow'));
    expect(first).toMatchObject({ kind: 'intend', rule: '(shadow)', shadow: { effect: 'deny', rules: [] } });
    expect(world.upstreams.forwarded).toHaveLength(1);
  });

  it('is there when the call is refused too, and nowhere in the answer', async () => {
    const shadow = '{ name: try, match: { tool: read_file }, action: require_approval, mode: shadow }';
    const { world, answer, first } = await recorded(
      loaded(`policies: [${DENY.replace('MODE', 'enforce')}, ${shadow}]`),
    );
    expect(first).toMatchObject({ kind: 'refusal', rule: 'closed', shadow: { effect: 'deny', rules: ['try'] } });
    expect(JSON.stringify(answer)).not.toContain('try');
    expect(world.upstreams.forwarded).toEqual([]);
  });

  it('is nothing where no rule in shadow matched', async () => {
    const { first } = await recorded(loaded(`policies: [${OPEN}]`));
    expect(first).toMatchObject({ kind: 'intend', shadow: undefined, alerts: undefined });
  });

  it.each<[string, Decision]>([
    [
      'intend',
      { effect: 'allow', rule: 'r', obligations: [{ kind: 'alert', rule: 'r', channels: ['slack', 'mail'] }] },
    ],
    [
      'refusal',
      {
        effect: 'deny',
        code: 'POLICY_DENIED',
        rule: 'r',
        reason: '',
        publicMessage: 'no',
        alerts: [
          { kind: 'alert', rule: 'r', channels: ['slack', 'mail'] },
          { kind: 'alert', rule: 's', channels: ['mail'] },
        ],
      },
    ],
  ])('is who is to be told (%s)', async (kind, decision) => {
    const { first } = await recorded(policyOf(() => decision));
    expect(first).toMatchObject({ kind, alerts: ['slack', 'mail'] });
  });

  it('are the facts that no other field tells', async () => {
    const caller: Caller = {
      principal: {
        id: 'bot',
        kind: 'agent',
        groups: [],
        roles: ['reader'],
        attributes: { team: 'blue' },
        onBehalfOf: { id: 'alice', kind: 'user', groups: ['dba'], roles: [], attributes: {} },
      },
      keyId: null,
      authenticatedBy: 'bearer',
      isValid: () => true,
    };
    const { first } = await recorded(loaded(`policies: [${OPEN}]`), { caller });
    expect(first?.facts).toEqual({
      kind: 'agent',
      roles: ['reader'],
      attributes: { team: 'blue' },
      onBehalfOf: { kind: 'user', groups: ['dba'] },
      authenticatedBy: 'bearer',
      transport: 'streamable-http',
      session: 's1',
      pinState: 'pinned',
    });
  });
});
