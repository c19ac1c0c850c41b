// Every fact that a rule may read, told by one real gateway: rules in shadow that must match, and ones that must not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { FIXTURE_STDIO } from '../support/fixture.ts';
import { startGateways, type Gateways } from '../support/gateways.ts';
import { textOf, wire } from './talkers.ts';

/** Conditions that hold for Alice's calls, and for each one that does not. */
const FACTS: readonly (readonly [name: string, holds: object, fails: object])[] = [
  ['id', { principal: { id: 'ali*' } }, { principal: { id: 'bob' } }],
  ['kind', { principal: { kind: 'agent' } }, { principal: { kind: 'user' } }],
  ['groups', { principal: { groups_all: ['dev', 'dba'] } }, { principal: { groups_none: ['dba'] } }],
  ['roles', { principal: { roles_any: 'reader' } }, { principal: { roles_any: 'writer' } }],
  ['attributes', { principal: { attributes: { team: 'blue' } } }, { principal: { attributes: { team: 'red' } } }],
  ['on behalf of', { principal: { on_behalf_of: false } }, { principal: { on_behalf_of: true } }],
  ['env', { context: { env: 'stag*' } }, { context: { env: 'production' } }],
  ['labels', { context: { labels: { region: 'eu' } } }, { context: { labels: { region: 'us' } } }],
  ['gateway', { context: { gateway: 'main' } }, { context: { gateway: 'other' } }],
  ['key', { context: { key: '*' } }, { context: { key: 'nobody' } }],
  ['proof', { context: { authenticated_by: 'api-key' } }, { context: { authenticated_by: 'bearer' } }],
  ['client', { context: { client: 'curious' } }, { context: { client: 'other' } }],
  ['client version', { context: { client_version: '1.*' } }, { context: { client_version: '9' } }],
  ['transport', { context: { transport: 'streamable-http' } }, { context: { transport: 'stdio' } }],
  ['revision', { context: { revision: '2025-*' } }, { context: { revision: '2026-07-28' } }],
  ['address', { context: { address: '127.0.0.0/8' } }, { context: { address: ['10.0.0.0/8', 'local'] } }],
  ['pin', { context: { pin_state: ['pinned', 'new'] } }, { context: { pin_state: 'changed' } }],
  [
    'time',
    { context: { time: { from: '00:00', until: '24:00', timezone: 'Europe/Berlin' } } },
    { unless: { context: { time: { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] } } } },
  ],
  ['server', { server: 'fix*' }, { server: 'other' }],
  ['class', { class: ['read', 'write', 'destructive'] }, { class: 'destructive', tool: 'fixture_echo' }],
  ['hints', { annotations: { destructiveHint: true } }, { annotations: { destructiveHint: false } }],
  ['method', { method: 'tools/call' }, { unless: { method: 'tools/*' } }],
  [
    'when',
    { when: 'principal.attributes.team == "blue" && context.labels.region == "eu" && context.client == "curious"' },
    { when: 'context.revision == "2026-07-28" || principal.on_behalf_of != ""' },
  ],
  [
    'history',
    { context: { history: { tool: 'fixture_echo', calls_min: 2, window_seconds: 3600 } } },
    { context: { history: { tool: 'fixture_echo', calls_min: 3, window_seconds: 3600 } } },
  ],
];

const rules = FACTS.flatMap(([name, holds, fails]) => {
  const rule = (sign: string, match: object) => {
    const { unless, ...rest } = match as { unless?: object };
    const named = { name: `${sign} ${name}`, mode: 'shadow', action: 'deny' };
    return { ...named, match: { tool: 'fixture_echo', ...rest }, ...(unless ? { unless } : {}) };
  };
  return [rule('+', holds), rule('-', fails)];
});

let gateways: Gateways;
beforeAll(async () => {
  const upstreams = { fixture: { transport: 'stdio', command: FIXTURE_STDIO.command, args: [...FIXTURE_STDIO.args] } };
  const principal = {
    id: 'alice',
    kind: 'agent',
    groups: ['dev', 'dba'],
    roles: ['reader'],
    attributes: { team: 'blue' },
  };
  gateways = await startGateways(
    { main: { upstreams, policy: JSON.stringify({ version: 1, default: 'allow', policies: rules }) } },
    {
      environment: { env: 'staging', region: 'eu' },
      keys: [{ name: 'main-alice', gateway: 'main', secret: 'env:VETO_TEST_KEY_ALICE_0', principal }],
    },
  );
});
afterAll(() => gateways.stop());

describe('the circumstances of a call', () => {
  it('reach the rules, and what rules in shadow made of them is in the record', async () => {
    const talker = await wire('SDK v1 over Streamable HTTP')(gateways.at('main'), { name: 'curious' });
    const answers: JsonObject[] = [];
    for (let n = 0; n < 3; n++) answers.push(await talker.call('fixture_echo', { text: `hello ${n}` }));
    await talker.close();
    expect(answers.map(({ isError }) => isError ?? false)).toEqual([false, false, false]);
    expect(textOf(answers[2] ?? {})).toContain('hello 2');
    const records = await gateways.audit('--kind', 'intend');
    const matched = (n: number) => (records[n]?.['shadow'] as { rules: string[] } | undefined)?.rules;
    const expected = FACTS.map(([name]) => `+ ${name}`).sort();
    expect(matched(2)).toEqual(expected);
    expect(matched(1)).toEqual(expected.filter((name) => name !== '+ history'));
    expect(records[2]).toMatchObject({
      shadow: { effect: 'deny' },
      facts: { kind: 'agent', groups: ['dev', 'dba'], roles: ['reader'], attributes: { team: 'blue' } },
    });
  });
});
