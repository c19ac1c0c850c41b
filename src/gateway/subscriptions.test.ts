import { describe, expect, it } from 'vitest';
import { ALICE, ALLOW, exchangeOf, modernClient, policyOf, worldOf, type World } from '../../test/doubles/rooms.ts';
import type { ClientSession } from '../core/exchange.ts';
import type { JsonObject } from '../core/json.ts';

const OFFER = {
  resources: [{ uri: 'test://a' }, { uri: 'test://secret' }],
  capabilities: { resources: { subscribe: true }, logging: {} },
};
const denySecret = policyOf((q) =>
  q.target.kind === 'resource' && q.target.uri === 'test://secret'
    ? { effect: 'deny', code: 'POLICY_DENIED', rule: 'r', reason: 'r', publicMessage: 'no' }
    : ALLOW,
);

function sessionOf(): { session: ClientSession; said: [string, JsonObject][]; close: () => void } {
  const said: [string, JsonObject][] = [];
  const closers: (() => void)[] = [];
  const session: ClientSession = {
    handle: 's1',
    notify: (method, params) => void said.push([method, params]),
    ask: () => Promise.reject(new Error('not here')),
    onClose: (run) => void closers.push(run),
  };
  return { session, said, close: () => closers.forEach((run) => run()) };
}

const attach = (world: World, session: ClientSession) =>
  world.gateway.attach('default', ALICE, exchangeOf('ping', {}).client, session);
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a legacy session', () => {
  it('hears of updates of what it subscribed to, and of nothing after it closed', async () => {
    const world = worldOf({ files: OFFER });
    const { session, said, close } = sessionOf();
    const exchange = exchangeOf('resources/subscribe', { uri: 'test://a' }, { session });
    attach(world, session);
    expect(await world.gateway.answer(exchange)).toEqual({ kind: 'result', result: {} });
    const [entry] = world.upstreams.subscribed;
    expect(entry?.uris).toEqual(['test://a']);
    entry?.ears.resourceUpdated('test://a');
    entry?.ears.resourceUpdated('test://other');
    entry?.ears.listChanged('tools');
    entry?.ears.resourceUpdated('test://a/part');
    expect(said).toEqual([
      ['notifications/resources/updated', { uri: 'test://a' }],
      ['notifications/tools/list_changed', {}],
      ['notifications/resources/updated', { uri: 'test://a/part' }],
    ]);
    expect(world.records.kinds()).toEqual(['intend', 'settle']);
    await world.gateway.answer(exchangeOf('resources/unsubscribe', { uri: 'test://a' }, { session }));
    expect(entry?.uris).toEqual([]);
    close();
    expect(entry?.closed).toBe(true);
    world.gateway.announce(new Set(['default']));
    expect(said).toHaveLength(3);
  });

  it('hears of updates under the names by which it knows resources', async () => {
    const world = worldOf({ files: OFFER, more: OFFER });
    const { session, said } = sessionOf();
    attach(world, session);
    await world.gateway.answer(exchangeOf('resources/subscribe', { uri: 'more+test://a' }, { session }));
    const [files, more] = world.upstreams.subscribed;
    expect([files?.uris, more?.uris]).toEqual([[], ['test://a']]);
    files?.ears.resourceUpdated('test://a');
    more?.ears.resourceUpdated('test://a');
    more?.ears.resourceUpdated('test://a/part');
    expect(said.map(([, { uri }]) => uri)).toEqual(['more+test://a', 'more+test://a/part']);
  });

  it('may not subscribe to what the policy denies', async () => {
    const world = worldOf({ files: OFFER }, denySecret);
    const { session } = sessionOf();
    const exchange = exchangeOf('resources/subscribe', { uri: 'test://secret' }, { session });
    attach(world, session);
    expect(await world.gateway.answer(exchange)).toMatchObject({ kind: 'error' });
    expect(world.upstreams.subscribed[0]?.uris).toEqual([]);
  });

  it('hears log messages as far as they were inspected', async () => {
    const world = worldOf({ files: OFFER });
    const { session, said } = sessionOf();
    world.notices = ({ data, ...rest }) => (data === 'withheld' ? null : { ...rest, data: '[redacted]' });
    attach(world, session);
    const [entry] = world.upstreams.subscribed;
    entry?.ears.other('notifications/message', { level: 'error', data: 'withheld' });
    entry?.ears.other('notifications/message', { level: 'error', data: 'secret' });
    expect(said).toEqual([['notifications/message', { level: 'error', data: '[redacted]' }]]);
  });

  it('hears log messages as loud as it asked for', async () => {
    const world = worldOf({ files: OFFER });
    const { session, said } = sessionOf();
    attach(world, session);
    await world.gateway.answer(exchangeOf('logging/setLevel', { level: 'warning' }, { session }));
    const [entry] = world.upstreams.subscribed;
    expect(entry?.level).toBe('warning');
    entry?.ears.other('notifications/message', { level: 'info', data: 'quiet' });
    entry?.ears.other('notifications/message', { level: 'error', data: 'loud' });
    expect(said).toEqual([['notifications/message', { level: 'error', data: 'loud' }]]);
    expect(await world.gateway.answer(exchangeOf('logging/setLevel', { level: 'shout' }, { session }))).toMatchObject({
      error: { code: -32602 },
    });
  });

  it('is told that lists may have changed when the policy of its gateway did', () => {
    const world = worldOf({ files: OFFER });
    const { session, said } = sessionOf();
    attach(world, session);
    world.gateway.announce(new Set(['other']));
    expect(said).toEqual([]);
    world.gateway.announce(new Set(['default']));
    expect(said.map(([method]) => method)).toEqual([
      'notifications/tools/list_changed',
      'notifications/prompts/list_changed',
      'notifications/resources/list_changed',
    ]);
  });
});

describe('subscriptions/listen', () => {
  const wanted = { notifications: { toolsListChanged: true, resourceSubscriptions: ['test://a', 'test://secret'] } };
  const meta = { 'io.modelcontextprotocol/subscriptionId': 7 };

  it('acknowledges first what it honours, tags everything, and ends with a result when the gateway stops', async () => {
    const world = worldOf({ files: OFFER }, denySecret);
    const exchange = exchangeOf('subscriptions/listen', wanted, { requestId: 7, client: modernClient });
    const answer = world.gateway.answer(exchange);
    await settled();
    const [entry] = world.upstreams.subscribed;
    expect(entry?.uris).toEqual(['test://a']);
    entry?.ears.listChanged('tools');
    entry?.ears.listChanged('prompts');
    entry?.ears.resourceUpdated('test://a');
    entry?.ears.other('notifications/message', { level: 'error' });
    world.gateway.close();
    expect(await answer).toEqual({ kind: 'result', result: { _meta: meta } });
    expect(exchange.said).toEqual([
      {
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: { toolsListChanged: true, resourceSubscriptions: ['test://a'] }, _meta: meta },
      },
      { method: 'notifications/tools/list_changed', params: { _meta: meta } },
      { method: 'notifications/resources/updated', params: { uri: 'test://a', _meta: meta } },
    ]);
    expect(entry?.closed).toBe(true);
  });

  it('is told of those lists that it asked for, also when the policy of its gateway changed', async () => {
    const world = worldOf({ files: OFFER });
    const exchange = exchangeOf('subscriptions/listen', wanted, { requestId: 7, client: modernClient });
    void world.gateway.answer(exchange);
    await settled();
    world.gateway.announce(new Set(['other']));
    world.gateway.announce(new Set(['default']));
    expect(exchange.said.map(({ method }) => method)).toEqual([
      'notifications/subscriptions/acknowledged',
      'notifications/tools/list_changed',
    ]);
    world.gateway.close();
  });

  it('acknowledges once the servers listen, without what they refuse, and tells afterwards what came before', async () => {
    const world = worldOf({ files: OFFER, other: { tools: [{ name: 'run' }] } });
    let listens: (error?: Error) => void = () => {};
    world.upstreams.onSetResources = () =>
      new Promise((resolve, reject) => (listens = (error) => (error ? reject(error) : resolve())));
    const exchange = exchangeOf('subscriptions/listen', wanted, { requestId: 7, client: modernClient });
    const answer = world.gateway.answer(exchange);
    await settled();
    world.upstreams.subscribed[0]?.ears.listChanged('tools');
    expect(exchange.said).toEqual([]);
    listens(new Error('no'));
    await settled();
    expect(exchange.said).toEqual([]);
    world.clock.advance(60_000);
    await settled();
    expect(exchange.said.map(({ method }) => method)).toEqual([
      'notifications/subscriptions/acknowledged',
      'notifications/tools/list_changed',
    ]);
    world.gateway.close();
    await answer;
  });

  it('does not acknowledge what a server refuses', async () => {
    const world = worldOf({ files: OFFER });
    world.upstreams.onSetResources = () => Promise.reject(new Error('no'));
    const exchange = exchangeOf('subscriptions/listen', wanted, { requestId: 7, client: modernClient });
    const answer = world.gateway.answer(exchange);
    await settled();
    expect(exchange.said).toEqual([
      {
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: { toolsListChanged: true }, _meta: meta },
      },
    ]);
    world.gateway.close();
    await answer;
  });

  it('lets go of the upstream when the client goes away', async () => {
    const world = worldOf({ files: OFFER });
    const gone = new AbortController();
    const answer = world.gateway.answer(
      exchangeOf('subscriptions/listen', wanted, { client: modernClient, signal: gone.signal }),
    );
    await settled();
    gone.abort();
    await answer;
    expect(world.upstreams.subscribed[0]?.closed).toBe(true);
  });
});

it('knows no methods of the other era', async () => {
  const world = worldOf({ files: OFFER });
  for (const method of ['ping', 'logging/setLevel', 'resources/subscribe', 'initialize', 'tasks/list']) {
    expect(await world.gateway.answer(exchangeOf(method, {}, { client: modernClient }))).toMatchObject({
      httpStatus: 404,
      error: { code: -32601 },
    });
  }
  for (const method of ['server/discover', 'subscriptions/listen', 'constructor', 'toString']) {
    expect(await world.gateway.answer(exchangeOf(method, {}))).toMatchObject({ error: { code: -32601 } });
  }
});
