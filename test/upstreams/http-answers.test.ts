import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { ALICE, eventually, textOf, TestRoom, type Changes } from './open-room.ts';
import { answer, FINE, idOf, progress } from './nonsense.ts';
import { legacyServer, modernServer, ScriptedServer, type Script } from './scripted-http.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

async function serve(script: Script): Promise<ScriptedServer> {
  const server = await new ScriptedServer(script).listen();
  opened.push(server);
  return server;
}

function roomFor(server: ScriptedServer, changes: Changes = {}): TestRoom {
  const room = new TestRoom({ url: server.url, ...changes });
  opened.push(room);
  return room;
}

describe('answers over Streamable HTTP', () => {
  it('takes the first of two answers', async () => {
    const server = await serve(
      modernServer((got) => {
        const send = got.stream();
        send(answer(got, FINE));
        send(answer(got, { content: [{ type: 'text', text: 'second' }] }));
        send(progress(got, 1));
        got.res.end();
      }),
    );
    const { answer: given, notified } = await roomFor(server).call('it', {}, { wantsProgress: true });
    expect(textOf(given)).toBe('fine');
    expect(notified).toEqual([]);
  });

  it('lets go of a stream that stays open after its answer', async () => {
    let closed = 0;
    const server = await serve(
      modernServer((got) => {
        got.res.on('close', () => closed++);
        got.stream()(answer(got, FINE));
      }),
    );
    expect(await roomFor(server).text('it')).toBe('fine');
    await eventually(() => closed === 1, 'the stream is closed');
  });

  it('passes numbers on that JavaScript cannot hold, and progress that grows only', async () => {
    const server = await serve(
      modernServer((got) => {
        const send = got.stream();
        for (const step of [1, 3, 2, 3, 4]) send(progress(got, step));
        send({ ...progress(got, 9), params: { progressToken: 424_242, progress: 9 } });
        send(`{"jsonrpc":"2.0","id":${idOf(got)},"result":{"content":[],"big":90071992547409931}}`);
        got.res.end();
      }),
    );
    const { answer: given, notified } = await roomFor(server).call('it', {}, { wantsProgress: true });
    expect(JSON.stringify(given)).toContain('"big":90071992547409931');
    expect(notified.map(([, params]) => params['progress'])).toEqual([1, 3, 4]);
  });

  const hinting =
    (script: Script): Script =>
    (got) => {
      got.res.writeEarlyHints({ link: '</x>; rel=preload' });
      got.res.writeProcessing();
      script(got);
    };

  it.each([
    ['modern', modernServer],
    ['legacy', legacyServer],
  ])('takes an informational response of a %s server for no answer', async (_, make) => {
    const streaming = (message: JsonObject) => JSON.stringify(message).includes('"stream"');
    const script = make((got) => (streaming(got.message) ? got.stream()(answer(got, FINE)) : got.result(FINE)));
    const room = roomFor(await serve(hinting(script)));
    expect([await room.text('json'), await room.text('stream')]).toEqual(['fine', 'fine']);
  });

  it('listens to a standing stream whatever informational response comes first', async () => {
    const script = legacyServer((got) => got.result(FINE));
    const server = await serve(
      hinting((got) => {
        if (got.verb !== 'GET') script(got);
        else got.stream()({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
      }),
    );
    const changes: string[] = [];
    roomFor(server, { era: 'legacy' }).upstreams.subscribe('it', ALICE, {
      listChanged: (kind) => changes.push(kind),
      resourceUpdated: () => undefined,
      other: () => undefined,
    });
    await eventually(() => changes.includes('tools'), 'the standing stream is heard');
  });

  it('tells of a message that was refused by its last status, not by an informational one', async () => {
    const script = legacyServer((got) => got.result(FINE));
    const server = await serve((got) => {
      if (got.message['method'] !== 'notifications/initialized') script(got);
      else got.res.writeProcessing(() => got.req.socket.destroy());
    });
    await expect(roomFor(server, { era: 'legacy' }).call('it')).rejects.toMatchObject({
      message: expect.stringContaining('before it answered') as string,
    });
  });

  it('lets task results pass, and takes a missing type for complete', async () => {
    const server = await serve(
      modernServer((got) =>
        got.result(JSON.stringify(got.message).includes('"task"') ? { resultType: 'task', task: {} } : {}),
      ),
    );
    const room = roomFor(server);
    const tenant = { ...ALICE, extensions: { 'io.modelcontextprotocol/tasks': {} } };
    expect((await room.call('task', {}, { tenant })).answer).toMatchObject({
      kind: 'result',
      result: { resultType: 'task' },
    });
    expect((await room.call('it')).answer).toEqual({ kind: 'result', result: {} });
  });

  it('ignores requests of a modern server', async () => {
    const server = await serve(
      modernServer((got) => {
        const send = got.stream();
        send({ jsonrpc: '2.0', id: 'q', method: 'roots/list' });
        send(answer(got, FINE));
        got.res.end();
      }),
    );
    const room = roomFor(server);
    const tenant = { key: 'asked', capabilities: { roots: {} } };
    const { asked } = await room.call('it', {}, { tenant });
    expect(asked).toEqual([]);
    expect(server.count('response')).toBe(0);
    expect(room.upstreams.status('it').notes.join()).toContain('must not send requests');
  });

  it('closes the response stream to cancel in the modern era, and says so in the legacy one', async () => {
    for (const [make, told] of [
      [modernServer, 0],
      [legacyServer, 1],
    ] as const) {
      let closed = 0;
      const server = await serve(make((got) => void got.res.on('close', () => closed++)));
      const caller = new AbortController();
      const room = roomFor(server);
      const call = room.call('it', {}, { signal: caller.signal });
      await eventually(() => server.count('tools/call') === 1, 'the call arrived');
      caller.abort();
      await expect(call).rejects.toMatchObject({ code: 'cancelled' });
      await eventually(() => closed === 1 && server.count('notifications/cancelled') === told, 'the server knows');
      const sent = server.got.find(({ message }) => message['method'] === 'tools/call')?.message['id'];
      const notice = server.got.find(({ message }) => message['method'] === 'notifications/cancelled')?.message;
      expect(notice === undefined ? sent : (notice['params'] as JsonObject)['requestId']).toBe(sent);
    }
  });

  it.each([
    ['a read is sent again', 'resources/read', { uri: 'test://x' }, 2],
    ['a call, which may have done its work, is not', 'tools/call', { name: 'it', arguments: {} }, 1],
  ])('when a stream breaks, %s', async (_, method, params, sent) => {
    const breaking: Script = (got) => {
      if (server.count(method) === 1) got.stream()(progress(got, 1));
      if (server.count(method) === 1) setImmediate(() => got.res.destroy());
      else got.result(FINE);
    };
    const server = await serve((got) => {
      if (got.message['method'] === method) breaking(got);
      else modernServer(breaking)(got);
    });
    const answered = roomFor(server).send(method, params);
    if (sent === 1) await expect(answered).rejects.toMatchObject({ code: 'upstream_closed' });
    else expect((await answered).answer).toEqual({ kind: 'result', result: FINE });
    expect(server.count(method)).toBe(sent);
  });

  it('does not follow redirects', async () => {
    const elsewhere = await serve(modernServer((got) => got.result(FINE)));
    const server = await serve(modernServer((got) => void got.res.writeHead(307, { location: elsewhere.url }).end()));
    const room = roomFor(server, { headers: { authorization: 'Bearer secret' } });
    await expect(room.call('it')).rejects.toMatchObject({ code: 'upstream_protocol' });
    expect(elsewhere.got).toEqual([]);
  });

  it('mirrors what is forwarded into headers, and refreshes the list once when they do not match', async () => {
    let header = 'Old';
    const server = await serve((got) => {
      const tools = [{ name: 'it', inputSchema: { properties: { city: { type: 'string', 'x-mcp-header': header } } } }];
      modernServer((call) => {
        if (call.headers['mcp-param-new'] === undefined) call.error(400, -32020);
        else call.result({ content: [{ type: 'text', text: String(call.headers['mcp-param-new']) }] });
      }, tools)(got);
    });
    const room = roomFor(server);
    await room.upstreams.catalogue('it', { key: 'alice', capabilities: {} });
    header = 'New';
    expect(await room.text('it', { city: 'Zürich' })).toBe('=?base64?WsO8cmljaA==?=');
    expect(server.count('tools/call')).toBe(2);
    expect(server.got.at(-1)?.headers).toMatchObject({
      'mcp-method': 'tools/call',
      'mcp-name': 'it',
      'mcp-protocol-version': '2026-07-28',
    });
    header = 'Other';
    const { answer: given } = await room.call('it', {});
    expect(given).toMatchObject({ kind: 'error', error: { code: -32020 } });
    expect(server.count('tools/call')).toBe(4);
  });
});

describe('sessions of legacy servers', () => {
  it('opens a new session when the old one is gone, and sends the call once more', async () => {
    const lost = new Set<string>();
    const script = legacyServer((got) =>
      got.result({ content: [{ type: 'text', text: String(got.headers['mcp-session-id']) }] }),
    );
    const server = await serve((got) => {
      const id = String(got.headers['mcp-session-id']);
      if (lost.has(id)) got.error(id === 'session-1' ? 404 : 400, -32000, undefined, null);
      else script(got);
    });
    const room = roomFor(server, { era: 'legacy' });
    expect(await room.text('it')).toBe('session-1');
    lost.add('session-1');
    expect(await Promise.all([room.text('it'), room.text('it')])).toEqual(['session-2', 'session-2']);
    lost.add('session-2');
    expect(await room.text('it')).toBe('session-3');
    expect(server.count('initialize')).toBe(3);
    await room.close();
    expect(
      server.got.filter(({ verb }) => verb === 'DELETE').map(({ headers }) => headers['mcp-session-id']),
    ).toContain('session-3');
  });

  it('takes a broken stream up again where the server numbered its events', async () => {
    let id: JsonObject['id'];
    const script = legacyServer((got) => {
      id = got.message['id'];
      got.res.writeHead(200, { 'content-type': 'text/event-stream' });
      got.res.end('id: 7\nretry: 10\ndata:\n\n');
    });
    const server = await serve((got) => {
      if (got.verb !== 'GET') script(got);
      else if (got.headers['last-event-id'] === '7') {
        const send = got.stream();
        send({ jsonrpc: '2.0', id, result: FINE }, '8');
        got.res.end();
      } else got.raw(405, '', '');
    });
    expect(await roomFor(server, { era: 'legacy' }).text('it')).toBe('fine');
    expect(server.count('tools/call')).toBe(1);
  });

  it('answers pings, passes questions to the call on whose stream they came, refuses the rest', async () => {
    const replies: JsonObject[] = [];
    const script = legacyServer((got) => {
      const send = got.stream();
      send({ jsonrpc: '2.0', id: 'p', method: 'ping' });
      send({ jsonrpc: '2.0', id: 'e', method: 'elicitation/create', params: { message: 'Sure?' } });
      send({ jsonrpc: '2.0', id: 'r', method: 'roots/list' });
      send({ jsonrpc: '2.0', id: 'x', method: 'some/thing' });
      const wait = setInterval(() => {
        if (replies.length < 4) return;
        clearInterval(wait);
        send(answer(got, FINE));
        got.res.end();
      }, 10);
    });
    const server = await serve((got) => {
      if (got.message['method'] === undefined && got.verb === 'POST') replies.push(got.message);
      script(got);
    });
    const room = roomFor(server, { era: 'legacy' });
    const tenant = { key: 'asked', capabilities: { elicitation: {} } };
    const { asked } = await room.call('it', {}, { tenant, ask: async () => ({ action: 'decline' }) });
    expect(asked).toEqual([['elicitation/create', { message: 'Sure?' }]]);
    const by = (id: string) => replies.find((reply) => reply['id'] === id);
    expect(by('p')).toMatchObject({ result: {} });
    expect(by('e')).toMatchObject({ result: { action: 'decline' } });
    expect(by('r')).toMatchObject({ error: { code: -32601 } });
    expect(by('x')).toMatchObject({ error: { code: -32601 } });
  });
});
