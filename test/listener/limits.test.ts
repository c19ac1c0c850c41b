import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { listenerLimits } from '../../src/listener/section.ts';
import { initialize, modern, MODERN_META, post, start, until, type Started } from './started.ts';

const open: Started[] = [];
async function own(...args: Parameters<typeof start>): Promise<Started> {
  const started = await start(...args);
  open.push(started);
  return started;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((started) => started.listener.close()));
});

const waiting = (name: string) => ({ name: 'run', arguments: { script: [{ do: 'wait', name }] } });

describe('limits', () => {
  it('are all there without being named', () => {
    expect(listenerLimits()).toMatchObject({
      bodyBytesMax: 4 * 1024 * 1024,
      sessionIdleMs: 1_800_000,
      drainMs: 10_000,
    });
    expect(() => listenerLimits({ nonsense: 1 } as never)).toThrow();
    expect(() => listenerLimits({ in_flight_max: 0 })).toThrow();
  });

  it('of the body: declared or not', async () => {
    const on = await own({ body_bytes_max: 1000 });
    const big = 'x'.repeat(2000);
    expect((await modern(on.url, 'tools/call', { name: 'run', arguments: { big } })).status).toBe(413);
    const chunks = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('x'.repeat(600)));
      },
    });
    const headers = { 'content-type': 'application/json', 'x-veto-api-key': 'key-alice' };
    const init = { method: 'POST', headers, body: chunks, duplex: 'half' as const };
    const streamed = await fetch(on.url, init).catch((error: unknown) => error);
    if (streamed instanceof Response) expect(streamed.status).toBe(413);
    else expect(streamed).toBeInstanceOf(TypeError);
    expect(on.refused).toEqual(['BODY_TOO_LARGE', 'BODY_TOO_LARGE']);
    expect(on.door.seen.length).toBe(0);
    expect((await modern(on.url, 'tools/list')).status).toBe(200);
  });

  it('of the nesting', async () => {
    const on = await own({ json_depth_max: 8 });
    const deep = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":${'['.repeat(20)}${']'.repeat(20)}}`;
    const response = await post(on.url, deep);
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: -32700 } }]);
  });

  it('of the time for head and body', async () => {
    const on = await own({ header_timeout_ms: 150, body_timeout_ms: 150 });
    const slow = (text: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect({ host: '127.0.0.1', port: on.listener.port });
        let answer = '';
        socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
        socket.write(text);
      });
    const head = 'POST /v1/mcp/default HTTP/1.1\r\nhost: localhost\r\nx-veto-api-key: key-alice\r\n';
    const body = 'content-type: application/json\r\ncontent-length: 100\r\n\r\n{"json';
    expect(await Promise.all([slow(head), slow(head + body)])).toEqual([
      'HTTP/1.1 408 Request Timeout',
      'HTTP/1.1 408 Request Timeout',
    ]);
    expect(on.door.seen.length).toBe(0);
  });

  it('of the time for the whole request may be shorter than that for its head', async () => {
    const on = await own({ body_timeout_ms: 5_000 });
    expect((await modern(on.url, 'tools/list')).status).toBe(200);
  });

  it('of the requests in flight: 503 at once, with a hint', async () => {
    const on = await own({ in_flight_max: 1 });
    const first = modern(on.url, 'tools/call', waiting('one'));
    await until(() => on.door.isWaiting('one'), 'the call waits');
    const second = await modern(on.url, 'tools/list', {}, { id: 'late' });
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await second.json()).toMatchObject({ id: 'late', error: { code: -31007 } });
    on.door.release('one');
    expect((await first).status).toBe(200);
    expect((await modern(on.url, 'tools/list')).status).toBe(200);
  });

  it('of the requests of one principal', async () => {
    const on = await own({ in_flight_per_principal_max: 1 });
    const first = modern(on.url, 'tools/call', waiting('one'));
    await until(() => on.door.isWaiting('one'), 'the call waits');
    expect((await modern(on.url, 'tools/list')).status).toBe(503);
    expect((await modern(on.url, 'tools/list', {}, { headers: { 'x-veto-api-key': 'key-bob' } })).status).toBe(200);
    on.door.release('one');
    await first;
  });

  it('of the rate of one key', async () => {
    const on = await own({ flood_burst_max: 2, flood_per_second_max: 1 });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await modern(on.url, 'tools/list')).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await modern(on.url, 'tools/list', {}, { headers: { 'x-veto-api-key': 'key-bob' } })).status).toBe(200);
    expect(on.refused).toEqual(['FLOOD']);
  });

  it('of the streams', async () => {
    const on = await own({ streams_max: 1 });
    const key = { 'x-veto-api-key': 'key-alice' };
    const first = await fetch(on.url, { headers: key });
    expect(first.status).toBe(200);
    expect((await fetch(on.url, { headers: key })).status).toBe(503);
    expect((await modern(on.url, 'subscriptions/listen', { notifications: {} })).status).toBe(503);
    await first.body?.cancel();
    await until(() => on.listener.counts().streams === 0, 'the stream is given back');
    expect((await modern(on.url, 'subscriptions/listen', { notifications: {} })).status).toBe(200);
  });

  it('of the sessions of one principal: the longest idle one gives way', async () => {
    const on = await own({ sessions_per_principal_max: 2 });
    const [a, b] = [await initialize(on.url), await initialize(on.url)];
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    await post(on.url, ping, { headers: a });
    await initialize(on.url);
    expect((await post(on.url, ping, { headers: a })).status).toBe(200);
    expect((await post(on.url, ping, { headers: b })).status).toBe(404);
  });

  it('of all sessions: nobody loses one to somebody else', async () => {
    const on = await own({ sessions_max: 1 });
    const a = await initialize(on.url);
    await expect(initialize(on.url, '2025-11-25', { 'x-veto-api-key': 'key-bob' })).rejects.toThrow('-31007');
    expect((await post(on.url, { jsonrpc: '2.0', id: 1, method: 'ping' }, { headers: a })).status).toBe(200);
  });

  it('of the idle time of a session', async () => {
    const on = await own({ session_idle_ms: 100 });
    const headers = await initialize(on.url);
    await until(() => on.listener.counts().sessions === 0, 'the session ended');
    expect((await post(on.url, { jsonrpc: '2.0', id: 1, method: 'ping' }, { headers })).status).toBe(404);
  });

  it('of what a slow reader may leave unread', async () => {
    const on = await own({ stream_buffer_bytes_max: 10_000 });
    const socket = await listening(on);
    socket.pause();
    const exchange = on.door.seen.at(-1)?.exchange;
    const data = 'x'.repeat(100_000);
    let sent = 0;
    for (; sent < 1000 && exchange?.signal.aborted === false; sent++) {
      exchange.notify('notifications/resources/updated', { uri: data });
      if (sent % 20 === 0) await new Promise(setImmediate);
    }
    await until(() => exchange?.signal.aborted === true, 'the reader is cut off');
    expect(sent).toBeLessThan(1000);
    expect(on.listener.counts().streams).toBe(0);
    exchange?.notify('notifications/resources/updated', { uri: 'after' });
    socket.destroy();
  });

  describe('of the answers that clients leave unread', () => {
    const LARGE = 12_000_000;
    const MESSAGE = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'run', arguments: { script: [{ do: 'large', chars: LARGE }] } },
    };

    /** Asks for a large answer and reads nothing of it. */
    function askAndIgnore(on: Started, headers: Record<string, string>, body: object, key = 'key-alice'): Socket {
      const text = JSON.stringify(body);
      const socket = connect({ host: '127.0.0.1', port: on.listener.port });
      socket.on('error', () => undefined).pause();
      const lines = { host: 'localhost', 'x-veto-api-key': key, 'content-type': 'application/json', ...headers };
      const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`POST /v1/mcp/default HTTP/1.1\r\n${head.join('')}content-length: ${text.length}\r\n\r\n${text}`);
      return socket;
    }

    const ACCEPT = { accept: 'application/json, text/event-stream' };
    const MODERN = { ...ACCEPT, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'run' };
    const modernBody = { ...MESSAGE, params: { ...MESSAGE.params, _meta: MODERN_META } };
    const streamed = {
      ...modernBody,
      params: {
        ...modernBody.params,
        arguments: {
          script: [
            { do: 'notify', method: 'notifications/progress', params: { progress: 1, progressToken: 1 } },
            { do: 'large', chars: LARGE },
          ],
        },
      },
    };

    it.each<[string, (on: Started) => Promise<() => Socket>]>([
      [
        'in a session',
        async (on) => {
          const headers = { ...ACCEPT, ...(await initialize(on.url)) };
          return () => askAndIgnore(on, headers, MESSAGE);
        },
      ],
      ['without one', async (on) => () => askAndIgnore(on, MODERN, modernBody)],
      ['on a stream', async (on) => () => askAndIgnore(on, MODERN, streamed)],
    ])('%s: what is beyond is cut off and on record, others go on', async (_, prepare) => {
      const on = await own({ unsent_bytes_per_principal_max: 2 * LARGE, unsent_bytes_total_max: 4 * LARGE });
      const ask = await prepare(on);
      const first = ask();
      await until(() => on.listener.counts().unsentBytes > LARGE, 'the first answer waits');
      const second = ask();
      await until(() => on.refused.length > 0, 'the second is cut off');
      expect(on.refused).toEqual(['OVERLOADED']);
      second.resume();
      await new Promise((resolve) => second.once('close', resolve));
      expect(on.listener.counts().unsentBytes).toBeLessThan(2 * LARGE);
      expect((await modern(on.url, 'tools/list')).status).toBe(200);
      const bob = askAndIgnore(on, MODERN, modernBody, 'key-bob');
      await until(() => on.listener.counts().unsentBytes > 2 * LARGE, 'somebody else has room');
      for (const socket of [first, bob]) socket.destroy();
      await until(() => on.listener.counts().unsentBytes === 0, 'nothing is left');
    });

    it('give room again once they are read', async () => {
      const on = await own({ unsent_bytes_per_principal_max: LARGE + 1_000_000 });
      for (let n = 0; n < 3; n++) {
        const response = await modern(on.url, 'tools/call', MESSAGE.params);
        expect((await response.text()).length).toBeGreaterThan(LARGE);
      }
      await until(() => on.listener.counts().unsentBytes === 0, 'nothing is left');
      expect(on.refused).toEqual([]);
    });
  });

  it('of the silence before a long call becomes a stream', async () => {
    const on = await own({ stream_after_ms: 1, keep_alive_ms: 1 });
    const response = await modern(on.url, 'tools/call', waiting('long'));
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    on.door.release('long');
    expect(await response.text()).toContain('"id":1,"result"');
  });
});

describe('a quiet stream is kept alive by comments', () => {
  const STREAM = { accept: 'text/event-stream' };
  const KEY = { 'x-veto-api-key': 'key-alice' };
  const ofSession = async (on: Started) => ({ ...KEY, ...STREAM, ...(await initialize(on.url)) });

  it.each<[string, (on: Started, signal: AbortSignal) => Promise<Response>]>([
    ['a subscription', (on, signal) => modern(on.url, 'subscriptions/listen', { notifications: {} }, { signal })],
    ['a call', (on, signal) => modern(on.url, 'tools/call', waiting('quiet'), { signal })],
    [
      'a call of a session',
      async (on, signal) => {
        const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: waiting('quiet') };
        return post(on.url, body, { headers: await ofSession(on), signal });
      },
    ],
    ['a GET of a session', async (on, signal) => fetch(on.url, { headers: await ofSession(on), signal })],
    ['HTTP+SSE', (on, signal) => fetch(on.url, { headers: { ...KEY, ...STREAM }, signal })],
  ])('%s', async (_, openStream) => {
    const on = await own({ stream_after_ms: 1, keep_alive_ms: 1 });
    const leave = new AbortController();
    const response = await openStream(on, leave.signal);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString('utf8');
      if (/^: .*\n\n/m.test(text)) break;
    }
    expect(text).toMatch(/^: .*\n\n/m);
    leave.abort();
  });
});

/** A raw connection with an open subscription. */
function listening(on: Started): Promise<Socket> {
  const params = {
    notifications: {},
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params });
  const head = [
    'POST /v1/mcp/default HTTP/1.1',
    'host: localhost',
    'content-type: application/json',
    'x-veto-api-key: key-alice',
    'mcp-protocol-version: 2026-07-28',
    'mcp-method: subscriptions/listen',
    `content-length: ${body.length}`,
  ];
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: on.listener.port });
    socket.on('error', () => undefined);
    socket.once('data', () => resolve(socket));
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
}
