import { describe, expect, it, vi } from 'vitest';
import {
  ALICE,
  ALLOW,
  exchangeOf,
  modernClient,
  policyOf,
  settingsOf,
  worldOf,
  type World,
} from '../../test/doubles/rooms.ts';
import type { Answer, ClientSession, Exchange } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import { identityOf, type Caller, type Principal } from '../core/principal.ts';
import { ParkedCalls } from './parked-calls.ts';
import { tenantOf, withExtensions } from './tenancy.ts';

const FILES = { tools: [{ name: 'read_file', inputSchema: { type: 'object' } }] };
const OFFER = {
  resources: [{ uri: 'test://a' }, { uri: 'test://secret' }],
  capabilities: { resources: { subscribe: true }, logging: {} },
};
const denial = { effect: 'deny', code: 'POLICY_DENIED', rule: 'r', reason: 'r', publicMessage: 'no' } as const;
const call = (args: JsonObject = {}, more: Parameters<typeof exchangeOf>[2] = {}) =>
  exchangeOf('tools/call', { name: 'read_file', arguments: args }, more);
const settled = () => new Promise((resolve) => setImmediate(resolve));

function callerOf(more: Partial<Principal>): Caller {
  return { ...ALICE, principal: { ...ALICE.principal, ...more } };
}

function codeOf(answer: Answer): unknown {
  if (answer.kind === 'error') return answer.error.code;
  const decision = (answer.result._meta as JsonObject | undefined)?.['veto/decision'];
  return (decision as JsonObject | undefined)?.code;
}

describe('an obligation to redact', () => {
  it('is met for what comes of a task as for what comes of the call', async () => {
    const obligation = { kind: 'redact', rule: 'no secrets', classes: ['email'] } as const;
    const world = worldOf({
      files: { ...FILES, era: 'modern', answer: async () => ({ kind: 'result', result: { taskId: 't1' } }) },
    });
    world.policy = policyOf((q) => (q.target.kind === 'tool' ? { ...ALLOW, obligations: [obligation] } : ALLOW));
    const started = await world.gateway.answer(call({}, { client: modernClient }));
    const taskId = started.kind === 'result' ? String(started.result.taskId) : '';
    const got = await world.gateway.answer(exchangeOf('tasks/get', { taskId }, { client: modernClient }));
    expect(got).toMatchObject({ result: { taskId } });
    expect(world.redacted).toEqual([['email'], ['email']]);
  });
});

describe('a room that throws', () => {
  const broken = () => {
    throw new TypeError('secret of the code');
  };

  it.each([
    ['policy', (world: World) => (world.policy = policyOf(broken)), 'INTERNAL'],
    ['guards', (world: World) => (world.guards = broken), 'INTERNAL'],
    ['limits', (world: World) => (world.take = broken), 'INTERNAL'],
    [
      'counters',
      (world: World) => {
        world.take = () => {
          throw new Fault('store_failed', 'the disk is full');
        };
      },
      'RECORD_FAILED',
    ],
  ])('refuses the call, says nothing of itself, and the record names the call: %s', async (_, spoil, code) => {
    const world = worldOf({ files: FILES });
    spoil(world);
    const answer = await world.gateway.answer(call({ path: '/data/a' }));
    expect(codeOf(answer)).toBe(code);
    expect(JSON.stringify(answer)).not.toMatch(/secret of the code|disk/);
    expect(world.upstreams.forwarded).toEqual([]);
    expect(world.records.records).toMatchObject([
      { kind: 'refusal', code, target: 'read_file', server: 'files', arguments: { path: '/data/a' } },
    ]);
  });
});

describe('what goes upstream beside the judged arguments', () => {
  it('is no letter box: of a task only its time to live, trace context within its bounds', async () => {
    const world = worldOf({ files: FILES });
    const params = {
      name: 'read_file',
      arguments: {},
      task: { ttl: 60_000, note: 'stolen' },
      _meta: { traceparent: 'x'.repeat(129), tracestate: 'k=v', baggage: 'b'.repeat(8_193) },
    };
    await world.gateway.answer(exchangeOf('tools/call', params));
    const [sent] = world.upstreams.forwarded;
    expect(sent?.judged.params.task).toEqual({ ttl: 60_000 });
    expect(sent?.ports.meta).toEqual({ tracestate: 'k=v', 'io.modelcontextprotocol/logLevel': 'debug' });
  });

  it('is in the record: answers to the questions of a server by their digest', async () => {
    const world = worldOf({ files: { ...FILES, era: 'modern' } });
    const params = { name: 'read_file', arguments: {}, inputResponses: { q: { action: 'accept' } } };
    await world.gateway.answer(exchangeOf('tools/call', params, { client: modernClient }));
    const [intend] = world.records.records;
    expect(intend?.detail).toEqual({ inputResponsesDigest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });
});

describe('a key that is revoked while its call is on the way', () => {
  it('opens nothing any more: the lists of a slow server were waited for', async () => {
    const world = worldOf({ files: FILES });
    let valid = true;
    const { upstreams } = world;
    const catalogue = upstreams.catalogue.bind(upstreams);
    upstreams.catalogue = async (name) => {
      valid = false;
      return catalogue(name);
    };
    const answer = await world.gateway.answer(call({}, { caller: { ...ALICE, isValid: () => valid } }));
    expect(codeOf(answer)).toBe(-31002);
    expect(upstreams.forwarded).toEqual([]);
    expect(world.records.records).toMatchObject([{ kind: 'refusal', code: 'AUTHN_INVALID', target: 'read_file' }]);
    expect(world.released).toBe(0);
  });
});

describe('a call that asks its client in between', () => {
  const asking = (world: { asked: number }) => ({
    ...FILES,
    era: 'modern' as const,
    settings: { relay: { sampling: false, elicitation: true, roots: false } },
    answer: async () => {
      world.asked++;
      const inputRequests = { q: { method: 'elicitation/create', params: {} } };
      return world.asked === 1
        ? { kind: 'result' as const, result: { resultType: 'input_required', inputRequests } }
        : { kind: 'result' as const, result: { content: [] } };
    },
  });
  const client = { capabilities: { elicitation: {} } };

  it('is decided anew by what is in force after the answer', async () => {
    const state = { asked: 0 };
    const world = worldOf({ files: asking(state) });
    const ask: Exchange['ask'] = async () => {
      world.policy = policyOf(() => denial);
      return { action: 'accept' };
    };
    expect(codeOf(await world.gateway.answer(call({}, { ask, client })))).toBe('POLICY_DENIED');
    expect(state.asked).toBe(1);
  });

  it('ends when the key was revoked meanwhile', async () => {
    const state = { asked: 0 };
    const world = worldOf({ files: asking(state) });
    let valid = true;
    const ask: Exchange['ask'] = async () => {
      valid = false;
      return { action: 'accept' };
    };
    const caller = { ...ALICE, isValid: () => valid };
    expect(codeOf(await world.gateway.answer(call({}, { ask, client, caller })))).toBe(-31002);
    expect(state.asked).toBe(1);
  });

  it('does not wait for ever, and takes its questions back', async () => {
    const world = worldOf({ files: asking({ asked: 0 }) });
    let withdrawn = false;
    const ask: Exchange['ask'] = (_, __, signal) =>
      new Promise((___, reject) => {
        signal.addEventListener('abort', () => {
          withdrawn = true;
          reject(new Fault('cancelled', 'called off'));
        });
      });
    const answer = world.gateway.answer(call({}, { ask, client }));
    await settled();
    world.clock.advance(300_001);
    expect(codeOf(await answer)).toBe('CANCELLED');
    expect(withdrawn).toBe(true);
  });
});

describe('two principals of the same id', () => {
  const user = callerOf({ kind: 'user' });
  const agent = callerOf({ kind: 'agent' });
  const forBob = callerOf({ kind: 'agent', onBehalfOf: { ...ALICE.principal, id: 'bob' } });
  const forCarol = callerOf({ kind: 'agent', onBehalfOf: { ...ALICE.principal, id: 'carol' } });

  it('never share a connection', () => {
    const { client } = exchangeOf('ping', {});
    const keys = [user, agent, forBob, forCarol].map((caller) => tenantOf(settingsOf('a'), 'g', caller, client).key);
    expect(new Set(keys).size).toBe(4);
  });

  it('cannot touch each other’s tasks or continue each other’s calls', async () => {
    const inputRequests = {};
    const world = worldOf({
      files: {
        ...FILES,
        era: 'modern',
        answer: async ({ call: { method } }) =>
          method === 'tasks/get'
            ? { kind: 'result', result: { taskId: 't1', status: 'working' } }
            : {
                kind: 'result',
                result: { resultType: 'input_required', inputRequests, requestState: 's', taskId: 't1' },
              },
      },
    });
    const first = await world.gateway.answer(call({}, { caller: forBob, client: modernClient }));
    if (first.kind !== 'result') throw new Error('no result');
    const { requestState, taskId } = first.result;
    for (const caller of [forCarol, agent, user]) {
      const retry = { name: 'read_file', arguments: {}, requestState };
      const answer = await world.gateway.answer(exchangeOf('tools/call', retry, { caller, client: modernClient }));
      expect(codeOf(answer)).toBe(-32602);
      const task = exchangeOf('tasks/get', { taskId }, { caller, client: modernClient });
      expect(codeOf(await world.gateway.answer(task))).toBe(-32602);
    }
    expect(world.upstreams.forwarded).toHaveLength(1);
    const own = exchangeOf('tasks/get', { taskId }, { caller: forBob, client: modernClient });
    expect(await world.gateway.answer(own)).toMatchObject({ kind: 'result' });
  });

  it('cannot continue one call with the state of another: other tool, other arguments', async () => {
    const tools = ['read_file', 'write_file'].map((name) => ({ name, inputSchema: {} }));
    const world = worldOf({
      files: {
        tools,
        era: 'modern',
        answer: async () => ({
          kind: 'result',
          result: { resultType: 'input_required', inputRequests: {}, requestState: 's' },
        }),
      },
    });
    const first = await world.gateway.answer(call({ path: 'a' }, { client: modernClient }));
    if (first.kind !== 'result') throw new Error('no result');
    const { requestState } = first.result;
    for (const changed of [{ name: 'write_file' }, { arguments: { path: 'b' } }]) {
      const retry = { name: 'read_file', arguments: { path: 'a' }, requestState, ...changed };
      expect(codeOf(await world.gateway.answer(exchangeOf('tools/call', retry, { client: modernClient })))).toBe(
        -32602,
      );
    }
    expect(world.upstreams.forwarded).toHaveLength(1);
  });

  it('are told apart whatever the ids hold', () => {
    const odd = callerOf({ kind: 'agent', id: 'alice" for user "bob' });
    expect(identityOf(odd.principal)).not.toBe(identityOf(forBob.principal));
  });
});

describe('parked calls', () => {
  it('of one principal leave room for others', async () => {
    const parked = new ParkedCalls(worldOf({}).clock, { callsMax: 10, callsPerPrincipalMax: 2, waitMs: 1_000 });
    const start = (principal: string) =>
      parked.start({ owner: 'o', principal }, vi.fn(), new AbortController().signal, (ask) => {
        void ask('elicitation/create', {}).catch(() => {});
        return new Promise(() => {});
      });
    expect([(await start('a')).kind, (await start('a')).kind]).toEqual(['asks', 'asks']);
    await expect(start('a')).rejects.toThrow('too many calls wait');
    expect((await start('b')).kind).toBe('asks');
    expect(parked.size).toBe(3);
  });

  it('go on for their owner only', async () => {
    const parked = new ParkedCalls(worldOf({}).clock, { callsMax: 10, callsPerPrincipalMax: 2, waitMs: 1_000 });
    const { signal } = new AbortController();
    const turn = await parked.start({ owner: 'alice reads', principal: 'alice' }, vi.fn(), signal, async (ask) => ({
      kind: 'result',
      result: await ask('elicitation/create', {}),
    }));
    if (turn.kind !== 'asks') throw new Error('nothing was asked');
    const answers = { 'ask-1': { action: 'accept' } };
    for (const owner of ['bob reads', 'alice writes', ''])
      expect(await parked.resume(turn.id, owner, answers, vi.fn(), signal)).toBeNull();
    expect(await parked.resume(turn.id, 'alice reads', answers, vi.fn(), signal)).toMatchObject({ kind: 'answer' });
  });
});

describe('a subscription that was allowed once', () => {
  function sessionOf(): { session: ClientSession; heard: unknown[]; close: () => void } {
    const heard: unknown[] = [];
    const closers: (() => void)[] = [];
    const session: ClientSession = {
      handle: 's1',
      notify: (_, { uri }) => void heard.push(uri),
      ask: () => Promise.reject(new Error('not here')),
      onClose: (run) => void closers.push(run),
    };
    return { session, heard, close: () => closers.forEach((run) => run()) };
  }
  const subscribe = (world: World, session: ClientSession, uri: string, caller = ALICE) =>
    world.gateway.answer(exchangeOf('resources/subscribe', { uri }, { session, caller }));
  const denySecret = policyOf((q) =>
    q.target.kind === 'resource' && q.target.uri.startsWith('test://secret') ? denial : ALLOW,
  );

  it('tells nothing more when the policy changes, and goes on when it changes back', async () => {
    const world = worldOf({ files: OFFER });
    const { session, heard } = sessionOf();
    world.gateway.attach('default', ALICE, exchangeOf('ping', {}).client, session);
    await subscribe(world, session, 'test://secret');
    const ears = world.upstreams.subscribed[0]?.ears;
    ears?.resourceUpdated('test://secret');
    world.policy = denySecret;
    ears?.resourceUpdated('test://secret');
    world.policy = policyOf(() => {
      throw new Error('a bug');
    });
    ears?.resourceUpdated('test://secret');
    expect(heard).toEqual(['test://secret']);
    world.policy = policyOf();
    ears?.resourceUpdated('test://secret');
    expect(heard).toHaveLength(2);
  });

  it('tells nothing more on a listen either, nor once the key is revoked', async () => {
    const world = worldOf({ files: OFFER });
    let valid = true;
    const exchange = exchangeOf(
      'subscriptions/listen',
      { notifications: { resourceSubscriptions: ['test://a', 'test://secret'] } },
      { client: modernClient, caller: { ...ALICE, isValid: () => valid } },
    );
    const answer = world.gateway.answer(exchange);
    await settled();
    const ears = world.upstreams.subscribed[0]?.ears;
    world.policy = denySecret;
    for (const uri of ['test://secret', 'test://a']) ears?.resourceUpdated(uri);
    valid = false;
    ears?.resourceUpdated('test://a');
    const updates = exchange.said.filter(({ method }) => method === 'notifications/resources/updated');
    expect(updates.map(({ params }) => params.uri)).toEqual(['test://a']);
    world.gateway.close();
    await answer;
  });

  it('tells of parts, under the name that the client knows, each judged by itself', async () => {
    const resources = [{ uri: 'test://dir' }];
    const world = worldOf({ a: { ...OFFER, resources }, b: { ...OFFER, resources } });
    world.policy = policyOf((q) =>
      q.target.kind === 'resource' && q.target.uri === 'test://dir/hidden' ? denial : ALLOW,
    );
    const { session, heard } = sessionOf();
    world.gateway.attach('default', ALICE, exchangeOf('ping', {}).client, session);
    await subscribe(world, session, 'b+test://dir');
    const ears = world.upstreams.subscribed.find(({ upstream }) => upstream === 'b')?.ears;
    for (const uri of ['test://dir', 'test://dir/x', 'test://dir/hidden', 'test://dirt']) ears?.resourceUpdated(uri);
    expect(heard).toEqual(['b+test://dir', 'b+test://dir/x']);
  });

  it('is bounded per session, and one that the server refuses does not stay in the way', async () => {
    const world = worldOf({ files: { capabilities: OFFER.capabilities, templates: [{ uriTemplate: 'test://{id}' }] } });
    const { session, close } = sessionOf();
    world.gateway.attach('default', ALICE, exchangeOf('ping', {}).client, session);
    const [entry] = world.upstreams.subscribed;
    const held = world.upstreams.refuses;
    held.add('test://bad');
    expect(await subscribe(world, session, 'test://bad')).toMatchObject({ kind: 'error' });
    expect(await subscribe(world, session, 'test://1')).toMatchObject({ kind: 'result' });
    for (let i = 2; i <= 256; i++) await subscribe(world, session, `test://${i}`);
    expect(entry?.uris).toHaveLength(256);
    expect(codeOf(await subscribe(world, session, 'test://257'))).toBe(-31007);
    expect(entry?.uris).toHaveLength(256);
    close();
  });

  it('is bounded per listen before anything is recorded', async () => {
    const world = worldOf({ files: OFFER });
    const resourceSubscriptions = Array.from({ length: 257 }, (_, i) => `test://${i}`);
    const listen = exchangeOf(
      'subscriptions/listen',
      { notifications: { resourceSubscriptions } },
      { client: modernClient },
    );
    expect(codeOf(await world.gateway.answer(listen))).toBe(-32602);
    expect(world.records.kinds()).toEqual(['refusal']);
  });

  it('lets go of the connection that was of the session alone', async () => {
    const world = worldOf({ files: { ...OFFER, settings: { isolation: 'session' } }, shared: OFFER });
    const { session, close } = sessionOf();
    world.gateway.attach('default', ALICE, exchangeOf('ping', {}).client, session);
    close();
    expect(world.upstreams.released).toEqual([world.upstreams.subscribed[0]?.tenant.key]);
  });
});

it('tells no server that a legacy client knows an extension, whose results have no form in its revisions', () => {
  const tenant = { key: '', capabilities: {} };
  const capabilities = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
  const about = { name: null, version: null, transport: 'sse', capabilities, address: '', session: null } as const;
  const legacy = { ...about, era: 'legacy', revision: '2025-11-25' } as const;
  const modern = { ...about, era: 'modern', revision: '2026-07-28' } as const;
  expect(withExtensions(tenant, legacy)).toBe(tenant);
  expect(withExtensions(tenant, modern)).toMatchObject(capabilities);
});
