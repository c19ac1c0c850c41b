import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { ALICE, eventually, TestRoom, type Changes } from './open-room.ts';
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

function subscribe(room: TestRoom): { heard: string[]; subscription: ReturnType<TestRoom['upstreams']['subscribe']> } {
  const heard: string[] = [];
  const subscription = room.upstreams.subscribe('it', ALICE, {
    listChanged: (kind) => heard.push(kind),
    resourceUpdated: (uri) => heard.push(uri),
    other: (method) => heard.push(method),
  });
  return { heard, subscription };
}

const FINE: JsonObject = { content: [] };
const updated = (uri: string): JsonObject => ({
  jsonrpc: '2.0',
  method: 'notifications/resources/updated',
  params: { uri },
});

describe('change notices of a modern server', () => {
  it('are listened for anew when the stream ends, and not when the server has none', async () => {
    const listens: Got[] = [];
    let lacks = false;
    const [room, server] = await roomFor((got) => {
      if (got.message['method'] !== 'subscriptions/listen') return modernServer((call) => call.result(FINE))(got);
      if (lacks) return got.error(404, -32601);
      listens.push(got);
      const send = got.stream();
      send({ jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params: {} });
      send(updated(`listen ${listens.length}`));
    });
    const { heard, subscription } = subscribe(room);
    await subscription.setResources(['listen 1', 'listen 3']);
    await eventually(() => heard.length > 0 || listens.length > 1, 'the first listen');
    const before = listens.length;
    listens.at(-1)?.res.destroy();
    await eventually(() => listens.length > before, 'a new listen after a break');
    const last = listens.at(-1);
    last?.res.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id: last.message['id'], result: {} })}\n\n`);
    await eventually(() => listens.length > before + 1, 'a new listen after a graceful end');
    expect(listens.at(-1)?.message['params']).toMatchObject({
      notifications: { toolsListChanged: true, resourceSubscriptions: ['listen 1', 'listen 3'] },
    });
    lacks = true;
    const count = server.count('subscriptions/listen');
    listens.at(-1)?.res.destroy();
    await eventually(() => server.count('subscriptions/listen') > count, 'one more attempt');
    await expect(subscription.setResources(['x'])).resolves.toBeUndefined();
    expect(server.count('subscriptions/listen')).toBe(count + 1);
  });

  it('end at the server when nobody listens any more', async () => {
    let closed = 0;
    const [room] = await roomFor((got) => {
      if (got.message['method'] === 'subscriptions/listen') got.res.on('close', () => closed++);
      modernServer((call) => call.result(FINE))(got);
    });
    const { subscription } = subscribe(room);
    await subscription.setResources([]);
    subscription.close();
    await eventually(() => closed === 1, 'the listen is closed');
  });
});

describe('change notices of a legacy server', () => {
  const withStreams = (streams: Got[], lost: Set<unknown> = new Set<unknown>()): Script => {
    const plain = legacyServer((got) => got.result(FINE));
    return (got) => {
      if (lost.has(got.headers['mcp-session-id'])) got.error(404, -32000, undefined, null);
      else if (got.verb === 'GET') {
        streams.push(got);
        got.stream();
      } else if (/^resources\/(un)?subscribe$|^logging/.test(got.message['method'] as string)) got.result({});
      else plain(got);
    };
  };

  it('come over a stream that is open only while somebody listens, opened anew where it broke', async () => {
    const streams: Got[] = [];
    const [room] = await roomFor(withStreams(streams), { era: 'legacy' });
    await room.call('it');
    expect(streams).toHaveLength(0);
    const { heard, subscription } = subscribe(room);
    await subscription.setResources(['a']);
    await eventually(() => streams.length === 1, 'the stream is open');
    streams[0]?.res.write(`id: 4\nretry: 10\ndata: ${JSON.stringify(updated('a'))}\n\n`);
    streams[0]?.res.write(`data: ${JSON.stringify(updated('b'))}\n\ndata: ${JSON.stringify(updated('a/part'))}\n\n`);
    await eventually(() => heard.length === 2, 'the updates');
    expect(heard).toEqual(['a', 'a/part']);
    streams[0]?.res.destroy();
    await eventually(() => streams.length === 2, 'the stream is opened anew');
    expect(streams[1]?.headers).toMatchObject({ 'last-event-id': '4', 'mcp-session-id': 'session-1' });
    let closed = false;
    streams[1]?.res.on('close', () => (closed = true));
    subscription.close();
    await eventually(() => closed, 'the stream is closed');
  });

  it('are asked for again in a new session, with the most talkative log level', async () => {
    const lost = new Set<unknown>();
    const [room, server] = await roomFor(withStreams([], lost), { era: 'legacy' });
    const [one, two] = [subscribe(room), subscribe(room)];
    await one.subscription.setResources(['a']);
    await two.subscription.setLogLevel('warning');
    await one.subscription.setLogLevel('info');
    lost.add('session-1');
    await room.call('it');
    await eventually(() => server.count('resources/subscribe') === 2, 'subscribed again');
    await eventually(() => server.count('logging/setLevel') === 3, 'the level is set again');
    const levels = server.got.filter(({ message }) => message['method'] === 'logging/setLevel');
    expect(levels.map(({ message }) => (message['params'] as JsonObject)['level'])).toEqual([
      'warning',
      'info',
      'info',
    ]);
    await one.subscription.setResources([]);
    expect(server.count('resources/unsubscribe')).toBe(1);
  });
});
