import { describe, expect, it } from 'vitest';
import { exchangeOf, policyOf, worldOf, type Script, type World } from '../../test/doubles/rooms.ts';
import type { Decision } from '../core/decision.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';

const DENIAL: Decision = { effect: 'deny', code: 'POLICY_DENIED', rule: 'r', reason: 'r', publicMessage: 'no' };
const isSecret = (target: object): boolean => /secret/.test(JSON.stringify(target));
const hiding = policyOf(
  (question) => (isSecret(question.target) ? DENIAL : { effect: 'allow', rule: 'all', obligations: [] }),
  (question) => isSecret(question.target),
);
const OFFER: Script = {
  tools: ['secret', 'open'].map((name) => ({ name, inputSchema: { type: 'object' } })),
  prompts: [{ name: 'secret' }],
  resources: [{ uri: 'test://secret' }],
  templates: [{ uriTemplate: 'test://secret/{id}' }],
};
const OTHER: Script = { resources: [{ uri: 'test://other' }] };
const away = (code: 'upstream_unreachable' | 'upstream_unauthorized'): Script => {
  return { ...OTHER, unavailable: new Fault(code, 'not there') };
};

const USES: readonly [string, (name: string) => JsonObject][] = [
  ['tools/call', (name) => ({ name, arguments: {} })],
  ['prompts/get', (name) => ({ name })],
  ['completion/complete', (name) => ({ ref: { type: 'ref/prompt', name }, argument: { name: 'a', value: '' } })],
  ['resources/read', (name) => ({ uri: `test://${name}` })],
  ['resources/read', (name) => ({ uri: `test://${name}/1` })],
];

/** What the client is told, without what differs from call to call or repeats the name that it asked for. */
async function told(world: World, method: string, params: JsonObject): Promise<string> {
  const answer = await world.gateway.answer(exchangeOf(method, params));
  return JSON.stringify(answer).replaceAll(/"callId":"[^"]*"|secret|absent/g, '…');
}

describe('what policy hides looks like what does not exist', () => {
  const scripts: readonly [string, Record<string, Script>][] = [
    ['as it is', { files: OFFER, other: OTHER }],
    ['held back', { files: { ...OFFER, heldBack: ['secret', 'test://secret', 'test://secret/{id}'] }, other: OTHER }],
    [
      'not reviewed',
      { files: { ...OFFER, unreviewed: ['secret', 'test://secret', 'test://secret/{id}'] }, other: OTHER },
    ],
    ['beside a server that is away', { files: OFFER, other: away('upstream_unreachable') }],
    ['beside a server that lets nobody in', { files: OFFER, other: away('upstream_unauthorized') }],
  ];
  it.each(scripts.flatMap(([how, script]) => USES.map(([method, params]) => ({ how, script, method, params }))))(
    '$how: $method',
    async ({ script, method, params }) => {
      const world = worldOf(script, hiding);
      expect(await told(world, method, params('secret'))).toBe(await told(world, method, params('absent')));
      expect(world.upstreams.forwarded).toEqual([]);
      expect(world.records.kinds()).toEqual(['refusal', 'refusal']);
    },
  );

  it('and the record says that it was hidden, and why it is kept back', async () => {
    const world = worldOf({ files: { ...OFFER, heldBack: ['secret'] } }, hiding);
    await told(world, 'tools/call', { name: 'secret', arguments: {} });
    expect(world.records.records).toMatchObject([
      { code: 'TOOL_DRIFTED', reason: expect.stringContaining('held back') },
    ]);
  });
});
