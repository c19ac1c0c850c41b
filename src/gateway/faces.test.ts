import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exchangeOf,
  modernClient,
  policyOf,
  settingsOf,
  worldOf,
  ALICE,
  type Script,
} from '../../test/doubles/rooms.ts';
import type { Exchange } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import type { Question } from '../policy/policy.ts';
import { LISTS, page } from './lists.ts';
import { gatewaySection } from './section.ts';
import { Sealer } from './sealing.ts';
import { TaskNames } from './task-names.ts';
import { tenantOf } from './tenancy.ts';
import { fits, overlap, patternOf } from './uri-template.ts';

describe('merged lists', () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `t${i}`, inputSchema: {} }));

  it('pages in stable order without loss', async () => {
    const world = worldOf({ a: { tools: names(2_300) } });
    const seen: unknown[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 5; pages++) {
      const answer = await world.gateway.answer(exchangeOf('tools/list', cursor === undefined ? {} : { cursor }));
      if (answer.kind !== 'result') throw new Error('no result');
      seen.push(...(answer.result.tools as { name: string }[]).map((tool) => tool.name));
      cursor = answer.result.nextCursor as string | undefined;
      if (cursor === undefined) break;
    }
    expect(seen).toEqual(names(2_300).map((tool) => tool.name));
    expect(await world.gateway.answer(exchangeOf('tools/list', { cursor: 'bm9wZQ' }))).toMatchObject({
      error: { code: -32602 },
    });
  });

  it('may be kept as long as the operator says, by those who know of keeping', () => {
    const limits = gatewaySection.parse({ list_cache_ms: 5_000 });
    const tools = LISTS.get('tools/list');
    if (!tools) throw new Error('no such list');
    const pageFor = (client: object) => page(tools, [], exchangeOf('tools/list', {}, { client }), limits);
    expect(pageFor(modernClient)).toEqual({ kind: 'result', result: { tools: [], ttlMs: 5_000 } });
    expect(pageFor({})).toEqual({ kind: 'result', result: { tools: [] } });
  });

  it('never loses or doubles a name, whatever names upstreams choose', async () => {
    const name = fc.constantFrom('a', 'b', 'x__a', 'y__a', 'x__a_', 'b__x__a');
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name), fc.uniqueArray(name), fc.uniqueArray(name), async (x, y, b) => {
        const offer = (of: string[]) => ({ tools: of.map((n) => ({ name: n, inputSchema: {} })) });
        const world = worldOf({ x: offer(x), y: offer(y), b: offer(b) });
        const list = await world.gateway.answer(exchangeOf('tools/list', {}));
        const shown = list.kind === 'result' ? (list.result.tools as { name: string }[]).map((t) => t.name) : [];
        expect(new Set(shown).size).toBe(shown.length);
        expect(shown).toHaveLength(x.length + y.length + b.length);
        for (const called of shown) await world.gateway.answer(exchangeOf('tools/call', { name: called }));
        const reached = world.upstreams.forwarded.map(
          ({ judged }) => `${judged.call.upstream}/${String(judged.params.name)}`,
        );
        expect(reached.toSorted()).toEqual(
          [...x.map((n) => `x/${n}`), ...y.map((n) => `y/${n}`), ...b.map((n) => `b/${n}`)].toSorted(),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('keeps resources of two servers apart under names that are URIs', async () => {
    const world = worldOf({
      a: { resources: [{ uri: 'file:///x', name: 'x' }] },
      b: { resources: [{ uri: 'file:///x', name: 'x' }] },
    });
    const list = await world.gateway.answer(exchangeOf('resources/list', {}));
    expect(list).toMatchObject({ result: { resources: [{ uri: 'file:///x' }, { uri: 'b+file:///x' }] } });
    await world.gateway.answer(exchangeOf('resources/read', { uri: 'b+file:///x' }));
    expect(world.upstreams.forwarded[0]?.judged).toMatchObject({
      call: { upstream: 'b' },
      params: { uri: 'file:///x' },
    });
  });

  it('finds a resource by template, and the only server with resources for any other', async () => {
    const world = worldOf({ a: { tools: [] }, b: { templates: [{ uriTemplate: 'test://{id}/data', name: 't' }] } });
    await world.gateway.answer(exchangeOf('resources/read', { uri: 'test://7/data' }));
    await world.gateway.answer(exchangeOf('resources/read', { uri: 'other://x' }));
    expect(world.upstreams.forwarded.map(({ judged }) => judged.params)).toEqual([
      { uri: 'test://7/data' },
      { uri: 'other://x' },
    ]);
  });

  it('gives a name that several claim at first to the first of the configuration, however slow it is', async () => {
    const world = worldOf({ a: { tools: names(1) }, b: { tools: names(1) } });
    const soon = world.upstreams.catalogue.bind(world.upstreams);
    world.upstreams.catalogue = async (upstream) => {
      if (upstream === 'a') {
        await new Promise((resolve) => setImmediate(resolve));
        world.clock.advance(50);
      }
      return soon(upstream);
    };
    const list = await world.gateway.answer(exchangeOf('tools/list', {}));
    expect(list).toMatchObject({ result: { tools: [{ name: 't0' }, { name: 'b__t0' }] } });
    await world.gateway.answer(exchangeOf('tools/call', { name: 't0' }));
    expect(world.upstreams.forwarded[0]?.judged.call.upstream).toBe('a');
  });

  it('leaves a name to the server where it was pinned first, wherever that stands in the configuration', async () => {
    const pinned = (pinnedAtMs: number) => ({ tools: names(1), pinnedAtMs });
    const world = worldOf({ a: pinned(7), b: pinned(3), c: pinned(5) });
    const list = await world.gateway.answer(exchangeOf('tools/list', {}));
    expect(list).toMatchObject({ result: { tools: [{ name: 't0' }, { name: 'c__t0' }, { name: 'a__t0' }] } });
    for (const name of ['t0', 'a__t0', 'c__t0']) await world.gateway.answer(exchangeOf('tools/call', { name }));
    expect(world.upstreams.forwarded.map(({ judged }) => judged.call.upstream)).toEqual(['b', 'a', 'c']);
  });

  it('records once who keeps a name and under which one the newcomer is found', async () => {
    const world = worldOf({ a: { tools: names(2) }, b: { tools: names(1) } });
    await world.gateway.answer(exchangeOf('tools/list', {}));
    await world.gateway.answer(exchangeOf('tools/list', {}));
    await world.gateway.answer(exchangeOf('tools/call', { name: 't1' }));
    const told = world.records.records.filter(({ code }) => code === 'name.collision');
    expect(told).toMatchObject([
      { kind: 'integrity', server: 'b', target: 't0', detail: { kind: 'tool', keeper: 'a', exposedAs: 'b__t0' } },
    ]);
  });

  it('tells its listeners when a slow upstream has arrived', async () => {
    const world = worldOf({ a: { tools: names(1) }, slow: { tools: names(2) } });
    const soon = world.upstreams.catalogue.bind(world.upstreams);
    let arrives = (): void => {};
    const arrival = new Promise<void>((resolve) => (arrives = resolve));
    world.upstreams.catalogue = async (upstream) => {
      if (upstream === 'slow') await arrival;
      return soon(upstream);
    };
    const said: string[] = [];
    const session = {
      handle: 's',
      notify: (method: string) => void said.push(method),
      ask: () => Promise.reject(new Error('not here')),
      onClose: () => {},
    };
    world.gateway.attach('default', ALICE, exchangeOf('ping', {}).client, session);
    const shown = world.gateway.answer(exchangeOf('tools/list', {}));
    await new Promise((resolve) => setImmediate(resolve));
    world.clock.advance(60_000);
    expect(await shown).toMatchObject({ result: { tools: [{ name: 't0' }] } });
    expect(said).toEqual([]);
    arrives();
    await new Promise((resolve) => setImmediate(resolve));
    expect(said).toContain('notifications/tools/list_changed');
  });

  it('waits for a hanging upstream once, not on every call', async () => {
    const world = worldOf({ a: { tools: names(1) }, b: { tools: [] } });
    let asked = 0;
    const { catalogue } = world.upstreams;
    world.upstreams.catalogue = (name) =>
      name === 'b' ? (asked++, new Promise(() => {})) : catalogue.call(world.upstreams, name);
    const first = world.gateway.answer(exchangeOf('tools/call', { name: 't0' }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(world.upstreams.forwarded).toHaveLength(0);
    world.clock.advance(10_001);
    await first;
    await world.gateway.answer(exchangeOf('tools/call', { name: 't0' }));
    expect(world.upstreams.forwarded).toHaveLength(2);
    expect(asked).toBe(1);
  });
});

describe('capabilities', () => {
  const offer: Script = {
    tools: [{ name: 'it', inputSchema: {} }],
    prompts: [{ name: 'it' }],
    resources: [{ uri: 'test://it', name: 'it' }],
    templates: [{ uriTemplate: 'test://{id}', name: 'it' }],
  };
  const introduced = async (client: object, script: Script, hides: (question: Question) => boolean) => {
    const world = worldOf({ files: script }, policyOf(undefined, hides));
    return Object.keys((await world.gateway.introduce(exchangeOf('server/discover', {}, { client }))).capabilities);
  };

  it.each<[string, (question: Question) => boolean, string[]]>([
    ['nothing', () => false, ['tools', 'prompts', 'resources']],
    ['every tool', ({ target }) => target.kind === 'tool', ['prompts', 'resources']],
    ['every prompt', ({ target }) => target.kind === 'prompt', ['tools', 'resources']],
    ['every resource', ({ target }) => target.kind === 'resource', ['tools', 'prompts']],
    [
      'resources but no template',
      (q) => q.target.kind === 'resource' && q.target.uri === 'test://it',
      ['tools', 'prompts', 'resources'],
    ],
    ['everything', () => true, []],
  ])('are those of the servers without what the policy hides: %s', async (_, hides, left) => {
    expect(await introduced(modernClient, offer, hides)).toEqual(left);
    // A session is told once, and the policy may change while it lasts.
    expect(await introduced({}, offer, hides)).toEqual(['tools', 'prompts', 'resources']);
  });

  it('stay where there is nothing yet', async () => {
    expect(await introduced(modernClient, { tools: [] }, () => true)).toEqual(['tools']);
  });
});

describe('names of an upstream that does not serve them', () => {
  const tool = (name: string) => ({ name, inputSchema: {} });
  const away = new Fault('upstream_unreachable', 'connection refused');

  it('are not taken over by another while it is away', async () => {
    const world = worldOf({ a: { tools: [tool('read_file')], unavailable: away }, b: { tools: [tool('read_file')] } });
    const answer = await world.gateway.answer(exchangeOf('tools/call', { name: 'read_file', arguments: { of: 'a' } }));
    expect(world.upstreams.forwarded).toEqual([]);
    expect(answer).toMatchObject({ result: { isError: true } });
    await world.gateway.answer(exchangeOf('tools/call', { name: 'b__read_file' }));
    expect(world.upstreams.forwarded).toHaveLength(1);
  });

  it('are not taken over while integrity holds them back, but what nobody vouched for claims nothing', async () => {
    const offer = { tools: [tool('read_file'), tool('write_file')] };
    const world = worldOf({ a: { ...offer, heldBack: ['read_file'], unreviewed: ['write_file'] }, b: offer });
    const answer = await world.gateway.answer(exchangeOf('tools/call', { name: 'read_file' }));
    expect(answer).toMatchObject({ result: { _meta: { 'veto/decision': { code: 'TOOL_DRIFTED' } } } });
    expect(world.upstreams.forwarded).toEqual([]);
    await world.gateway.answer(exchangeOf('tools/call', { name: 'write_file' }));
    expect(world.upstreams.forwarded.map(({ judged }) => judged.call.upstream)).toEqual(['b']);
  });

  it('does not send a URI to whoever is left', async () => {
    const a = { templates: [{ uriTemplate: 'crm://{id}' }], resources: [], unavailable: away };
    const world = worldOf({ a, b: { resources: [{ uri: 'test://b' }] } });
    await world.gateway.answer(exchangeOf('resources/read', { uri: 'crm://7' }));
    await world.gateway.answer(exchangeOf('resources/read', { uri: 'unlisted://of-a' }));
    expect(world.upstreams.forwarded).toEqual([]);
  });
});

describe('a resource that integrity holds back', () => {
  it.each([
    ['listed, on the only server', { resources: [{ uri: 'test://x' }], heldBack: ['test://x'] }],
    ['never reviewed', { resources: [{ uri: 'test://x' }], unreviewed: ['test://x'] }],
    ['by its template', { templates: [{ uriTemplate: 'test://{id}' }], unreviewed: ['test://{id}'] }],
    [
      'while a template fits it',
      { resources: [{ uri: 'test://x' }], templates: [{ uriTemplate: 'test://{id}' }], unreviewed: ['test://x'] },
    ],
  ])('is not read: %s', async (_, script) => {
    const world = worldOf({ a: script });
    for (const method of ['resources/read', 'completion/complete']) {
      const params = { uri: 'test://x', ref: { type: 'ref/resource', uri: 'test://x' }, argument: {} };
      expect(await world.gateway.answer(exchangeOf(method, params))).toMatchObject({ kind: 'error' });
    }
    expect(world.upstreams.forwarded).toEqual([]);
  });
});

describe('uri templates', () => {
  it.each([
    ['test://{id}/data', 'test://7/data', true],
    ['test://{id}/data', 'test://7/other', false],
    ['file:///{+path}', 'file:///a/b/c', true],
    ['a{x}b{y}c', 'a1b2c', true],
    ['a{x}b{y}c', 'ac', false],
    ['a{x}a', 'a', false],
    ['plain', 'plain', true],
    ['plain', 'plainer', false],
    ['a{', 'a{', true],
  ])('%s ~ %s: %s', (template, uri, expected) => {
    expect(fits(patternOf(template), uri)).toBe(expected);
  });

  it('overlap where one URI fits both, whatever they are', () => {
    const literal = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 2 });
    const template = fc.array(literal, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('{v}'));
    const uri = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(template, template, uri, (one, other, both) => {
        const patterns = [patternOf(one), patternOf(other)] as const;
        if (fits(patterns[0], both) && fits(patterns[1], both)) expect(overlap(...patterns)).toBe(true);
      }),
    );
    expect(overlap(patternOf('crm://{id}'), patternOf('crm://{x}/orders'))).toBe(true);
    expect(overlap(patternOf('crm://{id}'), patternOf('cms://{id}'))).toBe(false);
    expect(overlap(patternOf('crm://{id}/a'), patternOf('crm://{id}/b'))).toBe(false);
    expect(overlap(patternOf('crm://7'), patternOf('crm://{id}'))).toBe(true);
    expect(overlap(patternOf('crm://{id}'), patternOf('crm://'))).toBe(true);
    expect(overlap(patternOf('{+any}'), patternOf('cms://7'))).toBe(true);
    expect(overlap(patternOf('crm://7'), patternOf('crm://8'))).toBe(false);
  });

  it('accepts every expansion by plain strings', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '/', '.'), maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(part, part)), part, (pairs, tail) => {
        const template = pairs.map(([literal]) => `${literal}{v}`).join('') + tail;
        const uri = pairs.map(([literal, value]) => literal + value).join('') + tail;
        expect(fits(patternOf(template), uri)).toBe(true);
      }),
    );
  });
});

describe('sealing', () => {
  const sealer = new Sealer(Buffer.alloc(32, 1), 'a');

  it('opens only what it sealed, in the one spelling it gave', () => {
    const text = sealer.seal({ p: 'alice' });
    expect(sealer.open(text)).toEqual({ p: 'alice' });
    expect(sealer.seal({ p: 'alice' })).toBe(text);
    expect(new Sealer(Buffer.alloc(32, 1), 'b').open(text)).toBeNull();
    expect(new Sealer(Buffer.alloc(32, 2), 'a').open(text)).toBeNull();
    for (let i = 0; i < text.length; i++) {
      const changed = text.slice(0, i) + (text[i] === 'A' ? 'B' : 'A') + text.slice(i + 1);
      expect(sealer.open(changed)).toBeNull();
    }
    for (const junk of ['', 'x', `${text}=`, ` ${text}`, 'A'.repeat(40)]) expect(sealer.open(junk)).toBeNull();
  });

  it('names tasks so that only their principal finds them', () => {
    const tasks = new TaskNames(sealer);
    const owner = { gateway: 'g', principal: 'alice', upstream: 'files', tool: 'build', redactClasses: [] };
    const renamed = tasks.rename(
      { resultType: 'task', taskId: 't1', task: { taskId: 't1', status: 'working' } },
      owner,
    );
    const name = String(renamed.taskId);
    expect(renamed.task).toEqual({ taskId: name, status: 'working' });
    expect(tasks.open(name, 'g', 'alice')).toEqual({
      upstream: 'files',
      taskId: 't1',
      tool: 'build',
      redactClasses: [],
    });
    expect(tasks.open(name, 'g', 'bob')).toBeNull();
    expect(tasks.open(name, 'other', 'alice')).toBeNull();
    expect(tasks.open('t1', 'g', 'alice')).toBeNull();
  });
});

describe('tenants', () => {
  const client = exchangeOf('ping', {}).client;
  const bob = { ...ALICE, principal: { ...ALICE.principal, id: 'bob' } };
  const relay = { sampling: true, elicitation: false, roots: false };

  it('never share a connection between principals, unless the operator says so', () => {
    const settings = settingsOf('a');
    expect(tenantOf(settings, 'g', ALICE, client).key).not.toBe(tenantOf(settings, 'g', bob, client).key);
    expect(tenantOf({ ...settings, isolation: 'shared' }, 'g', ALICE, client).key).toBe('');
  });

  it('are one per session where the operator wants that; a stateless client has its principal’s', () => {
    const settings = settingsOf('a', { isolation: 'session' });
    const keyOf = (caller: typeof ALICE, more: object) => tenantOf(settings, 'g', caller, { ...client, ...more }).key;
    const keys = [keyOf(ALICE, { session: 's1' }), keyOf(ALICE, { session: 's2' }), keyOf(bob, { session: 's1' })];
    const stateless = [keyOf(ALICE, modernClient), keyOf(bob, modernClient)];
    expect(new Set([...keys, ...stateless]).size).toBe(5);
    expect(keyOf(ALICE, { session: 's1' })).toBe(keys[0]);
    expect(keyOf(ALICE, modernClient)).toBe(stateless[0]);
  });

  it('are one per set of capabilities for a stateless client that can be asked', () => {
    const settings = settingsOf('a', { relay: { sampling: true, elicitation: true, roots: false } });
    const keyOf = (capabilities: Exchange['client']['capabilities']) =>
      tenantOf(settings, 'g', ALICE, { ...client, ...modernClient, capabilities }).key;
    expect(keyOf({ sampling: {} })).not.toBe(keyOf({ elicitation: {} }));
    expect(keyOf({ sampling: {} })).not.toBe(keyOf({}));
    // What is not relayed makes no difference.
    expect(keyOf({ sampling: {}, roots: {} })).toBe(keyOf({ sampling: {} }));
  });

  it('are one per session where questions are relayed, with only what is relayed declared', () => {
    const asking = { ...client, capabilities: { sampling: {}, elicitation: {}, roots: {} } };
    const settings = settingsOf('a', { relay, isolation: 'shared' });
    const tenant = tenantOf(settings, 'g', ALICE, asking);
    expect(tenant.capabilities).toEqual({ sampling: {} });
    expect(tenantOf(settings, 'g', ALICE, { ...asking, session: 's2' }).key).not.toBe(tenant.key);
    expect(tenantOf(settings, 'g', bob, asking).key).not.toBe(tenant.key);
    const modern = { ...asking, ...modernClient };
    expect(tenantOf(settings, 'g', ALICE, modern).key).not.toBe(tenantOf(settings, 'g', bob, modern).key);
  });
});
