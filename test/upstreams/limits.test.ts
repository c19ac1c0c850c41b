import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { ALICE, BOB, eventually, TestRoom, type Changes } from './open-room.ts';
import { legacyServer, modernServer, ScriptedServer, type Got, type Script } from './scripted-http.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

async function roomFor(script: Script, changes: Changes = {}): Promise<[TestRoom, ScriptedServer]> {
  const server = await new ScriptedServer(script).listen();
  const room = new TestRoom({ url: server.url, ...changes });
  opened.push(server, room);
  return [room, server];
}

const FINE: JsonObject = { content: [{ type: 'text', text: 'fine' }] };
const fine: Script = (got) => got.result(FINE);
const tool = (name: string, more: JsonObject = {}): JsonObject => ({ name, inputSchema: { type: 'object' }, ...more });

describe('catalogues', () => {
  const paged =
    (pages: JsonValue[][], next: (page: number) => string | undefined): Script =>
    (got) => {
      const page = Number(((got.message['params'] ?? {}) as JsonObject)['cursor'] ?? 0);
      if (got.message['method'] !== 'tools/list') modernServer(fine)(got);
      else got.result({ tools: pages[page] ?? [], ...(next(page) === undefined ? {} : { nextCursor: next(page) }) });
    };

  it('takes every page', async () => {
    const pages = [[tool('a'), tool('b')], [], [tool('c')]];
    const [room] = await roomFor(paged(pages, (page) => (page < 2 ? String(page + 1) : undefined)));
    expect((await room.upstreams.catalogue('it', ALICE)).tools.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it.each<[string, Changes, number]>([
    ['a cursor that comes again', {}, 2],
    ['the limit of tools', { limits: { toolsMax: 3 } }, 3],
    ['the limit of pages', { limits: { listPagesMax: 2 } }, 2],
    ['the limit of bytes', { limits: { catalogueBytesMax: 100 } }, 2],
  ])('stops at %s, and says so', async (what, changes, count) => {
    let n = 0;
    const loop = what.startsWith('a cursor');
    const [room, server] = await roomFor((got) => {
      if (got.message['method'] !== 'tools/list') modernServer(fine)(got);
      else got.result({ tools: [tool(`tool ${++n}`)], nextCursor: loop ? 'again' : String(n) });
    }, changes);
    expect((await room.upstreams.catalogue('it', ALICE)).tools).toHaveLength(count);
    expect(server.count('tools/list')).toBeLessThan(5);
    expect(room.reports.join()).toContain('was cut');
    expect(room.upstreams.status('it').notes.join()).toContain('was cut');
  });

  it('leaves out what is no tool, what comes twice, and what marks its arguments wrongly', async () => {
    const marked = (mark: JsonValue) => ({
      inputSchema: { properties: { a: { type: 'string', 'x-mcp-header': mark } } },
    });
    const tools = [
      tool('a'),
      7,
      null,
      {},
      { name: '' },
      tool('a', { title: 'second' }),
      tool('bad', marked('x y')),
      tool('good', marked('X')),
    ];
    const [room] = await roomFor(modernServer(fine, tools));
    const catalogue = await room.upstreams.catalogue('it', ALICE);
    expect(catalogue.tools.map(({ name }) => name)).toEqual(['a', 'good']);
    expect(catalogue.tools[0]?.body).not.toHaveProperty('title');
    expect(room.reports.join('\n')).toMatch(/`bad` was left out[^]*/);
    expect(room.reports.join('\n')).toContain('twice');
  });

  it('does without lists that the server lacks, or cannot give', async () => {
    const [room] = await roomFor((got) => {
      const { method } = got.message;
      if (method === 'server/discover') {
        got.result({ supportedVersions: ['2026-07-28'], capabilities: { tools: {}, prompts: {}, resources: {} } });
      } else if (method === 'resources/list') got.error(200, -32603);
      else modernServer(fine)(got);
    });
    expect(await room.upstreams.catalogue('it', ALICE)).toMatchObject({ prompts: [], resources: [], templates: [] });
    expect(room.reports.join()).toContain('`resources/list` failed with -32603');
  });

  it('is fetched again after its time, after a missing tool, and with a new version only for a new content', async () => {
    let tools = [tool('a')];
    const [room, server] = await roomFor(
      (got) => {
        if (got.message['method'] === 'tools/list') got.result({ tools, ttlMs: 0 });
        else modernServer((call) => call.error(200, -32602))(got);
      },
      { limits: { catalogueTtlMs: 60_000 } },
    );
    const first = await room.upstreams.catalogue('it', ALICE);
    expect(await room.upstreams.catalogue('it', ALICE)).toBe(first);
    expect(server.count('tools/list')).toBe(1);
    await room.call('gone');
    await eventually(() => room.upstreams.known('it', ALICE) === null, 'the catalogue is stale');
    expect(await room.upstreams.catalogue('it', ALICE)).toBe(first);
    expect(server.count('tools/list')).toBe(2);
    tools = [tool('a'), tool('b')];
    await eventually(() => room.upstreams.known('it', ALICE) === null, 'the catalogue is stale');
    const second = await room.upstreams.catalogue('it', ALICE);
    expect(second.version).toBeGreaterThan(first.version);
    expect(await room.upstreams.catalogue('it', BOB)).toBe(second);
  });
});

describe('limits', () => {
  const holding = (): { script: Script; held: Got[] } => {
    const held: Got[] = [];
    return { held, script: modernServer((got) => void held.push(got)) };
  };

  it('lets calls wait in turn up to a limit, and refuses the next at once', async () => {
    const { script, held } = holding();
    const [room] = await roomFor(script, { limits: { inFlightMax: 2, queueMax: 2 } });
    const calls = ['1', '2', '3', '4'].map((name) => room.text(name));
    await eventually(() => held.length === 2, 'two calls arrived');
    await expect(room.call('5')).rejects.toMatchObject({ code: 'upstream_overloaded' });
    const gone = new AbortController();
    for (const got of held.splice(0)) got.result(FINE);
    await eventually(() => held.length === 2, 'the next two calls arrived');
    const waiting = room.call('6', {}, { signal: gone.signal });
    const late = room.call('7', {}, { timeoutMs: 100 });
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    await expect(late).rejects.toMatchObject({ code: 'upstream_timeout' });
    for (const got of held.splice(0)) got.result(FINE);
    expect(await Promise.all(calls)).toEqual(['fine', 'fine', 'fine', 'fine']);
    const last = room.text('8');
    await eventually(() => held.length === 1, 'a place is free again');
    for (const got of held) got.result(FINE);
    expect(await last).toBe('fine');
  });

  it('opens no more sockets and connections than it may, and lets idle ones make room', async () => {
    const { script, held } = holding();
    const [room] = await roomFor(script, { limits: { socketsMax: 1 } });
    await room.upstreams.catalogue('it', ALICE);
    const call = room.text('1');
    await eventually(() => held.length === 1, 'the call arrived');
    await expect(room.call('2')).rejects.toMatchObject({ code: 'upstream_overloaded' });
    for (const got of held) got.result(FINE);
    expect(await call).toBe('fine');

    const sessions: Got[] = [];
    const [legacy, server] = await roomFor(
      legacyServer((got) => void sessions.push(got)),
      { limits: { connectionsMax: 2 } },
    );
    const two = [legacy.text('a', {}, { tenant: ALICE }), legacy.text('b', {}, { tenant: BOB })];
    await eventually(() => sessions.length === 2, 'two sessions are at work');
    const third = { tenant: { key: 'carol', capabilities: {} } };
    await expect(legacy.call('c', {}, third)).rejects.toMatchObject({ code: 'upstream_overloaded' });
    for (const got of sessions.splice(0)) got.result(FINE);
    await Promise.all(two);
    const fourth = legacy.text('d', {}, third);
    await eventually(() => sessions.length === 1, 'an idle session made room');
    for (const got of sessions) got.result(FINE);
    expect(await fourth).toBe('fine');
    expect(server.count('DELETE')).toBe(1);
  });

  it('closes idle connections, and forgets tenants whose catalogue has gone stale', async () => {
    const [room, server] = await roomFor(legacyServer(fine), { era: 'legacy', limits: { idleMs: 200 } });
    expect(await room.text('it')).toBe('fine');
    await eventually(() => server.count('DELETE') === 1, 'the idle session was ended');
    expect(room.upstreams.status('it').connections).toBe(0);
    expect(await room.text('it')).toBe('fine');
    expect(server.count('initialize')).toBe(2);
  });
});

describe('letting go', () => {
  it('ends what a released tenant has under way, and nobody else', async () => {
    const held: Got[] = [];
    const [room] = await roomFor(
      modernServer((got) => void held.push(got)),
      { limits: { inFlightMax: 1 } },
    );
    const alice = room.call('1');
    const queued = room.call('2');
    const bob = room.text('3', {}, { tenant: BOB });
    await eventually(() => held.length === 2, 'both calls arrived');
    room.upstreams.release(ALICE);
    await expect(alice).rejects.toMatchObject({ code: 'cancelled' });
    await expect(queued).rejects.toMatchObject({ code: 'cancelled' });
    for (const got of held) got.result(FINE);
    expect(await bob).toBe('fine');
  });

  it('lets calls under way end before it closes, and takes no new ones', async () => {
    const held: Got[] = [];
    const [room] = await roomFor(modernServer((got) => void held.push(got)));
    const call = room.text('1');
    await eventually(() => held.length === 1, 'the call arrived');
    const closing = room.close();
    await expect(room.call('2')).rejects.toMatchObject({ code: 'upstream_unreachable' });
    for (const got of held) got.result(FINE);
    expect(await call).toBe('fine');
    await closing;
    expect(held).toHaveLength(1);
  });

  it('follows a new configuration: subscribers and callers move over, unchanged upstreams stay', async () => {
    const [room, server] = await roomFor(modernServer(fine));
    const changes: string[] = [];
    room.upstreams.subscribe('it', ALICE, {
      listChanged: (kind) => changes.push(kind),
      resourceUpdated: () => undefined,
      other: () => undefined,
    });
    expect(await room.text('it')).toBe('fine');
    await eventually(() => server.count('subscriptions/listen') === 1, 'the subscription is open');
    const [settings] = room.upstreams.names().map((name) => room.upstreams.settings(name));
    room.upstreams.configure(settings ? [settings] : []);
    expect(await room.text('it')).toBe('fine');
    expect(server.count('server/discover')).toBe(1);
    room.upstreams.configure(settings ? [{ ...settings, timeoutMs: 1 }] : []);
    expect(changes).toEqual(['tools', 'prompts', 'resources']);
    await eventually(() => server.count('subscriptions/listen') === 2, 'the subscription moved');
    room.upstreams.configure([]);
    await expect(room.call('it')).rejects.toMatchObject({ code: 'upstream_unreachable' });
  });
});
