import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { start, until } from '../listener/started.ts';
import { bridge, initialize, json, legacy, modern, notice, scripted, type Asked } from './bridged.ts';

const SESSION = { 'mcp-session-id': 's-1' };
const event = (id: string, message: unknown) => `id: ${id}\nretry: 5\ndata: ${JSON.stringify(message)}\n\n`;
const idOf = ({ body }: Asked): unknown => (JSON.parse(body) as { id?: unknown }).id;
const methodOf = ({ body, method }: Asked): string =>
  method === 'POST' ? (JSON.parse(body) as { method: string }).method : method;

function stream(res: ServerResponse, ...events: string[]): ServerResponse {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const one of events) res.write(one);
  return res;
}

/** Cuts the connection once what was written is on its way. */
function cut(res: ServerResponse): void {
  res.write(': \n\n', () => res.socket?.destroySoon());
}

/** Answers `initialize` and notifications; the rest is up to the test. */
function greeting(asked: Asked, headers: Record<string, string> = SESSION): boolean {
  if (asked.method !== 'POST') return false;
  if (methodOf(asked) === 'initialize') {
    const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'x', version: '1' } };
    json(asked.res, 200, { jsonrpc: '2.0', id: idOf(asked), result }, headers);
    return true;
  }
  if (idOf(asked) !== undefined) return false;
  asked.res.writeHead(202).end();
  return true;
}

describe('the stream for notices', () => {
  it('is opened again where it broke off', async () => {
    let gets = 0;
    const server = await scripted((asked) => {
      if (greeting(asked)) return;
      if (asked.method === 'DELETE') return void asked.res.writeHead(204).end();
      gets++;
      if (gets === 1) cut(stream(asked.res, event('g-1', notice('notifications/a'))));
      else if (gets === 2) asked.res.writeHead(500).end();
      else if (gets === 3) stream(asked.res, event('g-2', notice('notifications/b'))).end();
      else if (gets === 4) stream(asked.res, event('g-3', notice('notifications/c')));
    });
    const pipe = bridge(server.url);
    pipe.say(initialize(), notice('notifications/initialized'));
    await until(() => pipe.lines.length === 4, 'all notices came');
    expect(pipe.lines.slice(1).map((line) => line['method'])).toEqual(['a', 'b', 'c'].map((n) => `notifications/${n}`));
    const opened = server.asked.filter(({ method }) => method === 'GET');
    expect(opened.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, 'g-1', 'g-1', 'g-2']);
    for (const { headers } of opened)
      expect(headers).toMatchObject({ ...SESSION, 'mcp-protocol-version': '2025-11-25' });
    pipe.input.end();
    await pipe.done;
    expect(server.asked.at(-1)).toMatchObject({ method: 'DELETE', headers: SESSION });
    server.close();
  });

  it.each([405, 401, 400])('is not asked for again after HTTP %i', async (status) => {
    const server = await scripted((asked) => {
      if (!greeting(asked)) asked.res.writeHead(asked.method === 'GET' ? status : 204).end();
    });
    const pipe = bridge(server.url);
    pipe.say(initialize(), notice('notifications/initialized'));
    await until(() => server.asked.some(({ method }) => method === 'GET'), 'the stream is asked for');
    for (let no = 1; no < 4; no++) pipe.say(legacy(no, 'ping'));
    await until(() => server.asked.filter(({ method }) => method === 'POST').length >= 5, 'the client goes on');
    pipe.input.end();
    await pipe.done;
    expect(server.asked.filter(({ method }) => method === 'GET')).toHaveLength(1);
    server.close();
  });
});

describe('the stream of a request', () => {
  const result = { jsonrpc: '2.0', id: 1, result: { content: [] } };

  it('is resumed by GET until the answer came', async () => {
    let resumed = 0;
    const server = await scripted((asked) => {
      if (greeting(asked)) return;
      if (asked.method === 'POST') return cut(stream(asked.res, event('p-1', notice('notifications/progress'))));
      if (asked.headers['last-event-id'] === undefined) return void asked.res.writeHead(405).end();
      resumed++;
      if (resumed === 1) stream(asked.res).end();
      else if (resumed === 2) stream(asked.res, event('p-2', notice('notifications/message'))).end();
      else stream(asked.res, event('p-3', result));
    });
    const pipe = bridge(server.url);
    pipe.say(initialize(), legacy(1, 'tools/call', { name: 't' }));
    await pipe.answer(1);
    expect(pipe.lines).toHaveLength(4);
    const ids = server.asked.flatMap(({ headers }) => headers['last-event-id'] ?? []);
    expect(ids).toEqual(['p-1', 'p-1', 'p-2']);
    pipe.abort();
    await pipe.done;
    server.close();
  });

  it.each([
    ['without an event id', '', 0],
    ['that is over', 'p-1', 1],
    ['that gives nothing more', 'p-1', 5],
  ])('ends in an error when it breaks %s', async (_, id, gets) => {
    const server = await scripted((asked) => {
      if (greeting(asked)) return;
      if (asked.method === 'POST') {
        const said =
          id === '' ? 'data: {"jsonrpc":"2.0","method":"notifications/x"}\n\n' : event(id, notice('notifications/x'));
        return cut(stream(asked.res, said));
      }
      if (asked.headers['last-event-id'] === undefined) return void asked.res.writeHead(405).end();
      if (gets === 1) return void asked.res.writeHead(204).end();
      stream(asked.res).end();
    });
    const pipe = bridge(server.url);
    pipe.say(initialize(), legacy(1, 'tools/call', { name: 't' }));
    expect(await pipe.answer(1)).toMatchObject({ error: { code: -31030 } });
    expect(server.asked.filter(({ headers }) => headers['last-event-id'] !== undefined)).toHaveLength(gets);
    pipe.input.end();
    await pipe.done;
    server.close();
  });

  it('of 2026-07-28 is not resumed: the call is lost', async () => {
    const server = await scripted(({ res }) => void stream(res, event('x-1', notice('notifications/progress'))).end());
    const pipe = bridge(server.url);
    pipe.say(modern(1, 'tools/call', { name: 't' }));
    expect(await pipe.answer(1)).toMatchObject({
      error: { code: -31030, message: expect.stringMatching(/may have run/) },
    });
    expect(server.asked).toHaveLength(1);
    pipe.input.end();
    await pipe.done;
    server.close();
  });
});

describe('a gateway that was started again', () => {
  it('is told everything that the lost session knew, and the request that found out is sent again', async () => {
    const first = await start();
    const port = Number(new URL(first.url).port);
    const pipe = bridge(first.url);
    pipe.say(initialize('2025-06-18'), notice('notifications/initialized'));
    pipe.say(legacy(1, 'logging/setLevel', { level: 'error' }));
    for (const uri of ['test://a', 'test://b']) pipe.say(legacy(uri, 'resources/subscribe', { uri }));
    pipe.say(legacy('u', 'resources/unsubscribe', { uri: 'test://a' }));
    await pipe.answer('u');
    await first.listener.close();
    pipe.say(legacy('down', 'tools/list'));
    expect(await pipe.answer('down')).toMatchObject({ error: { code: -31030 } });

    const second = await start({}, { port });
    pipe.say(legacy('up', 'tools/list'));
    expect(await pipe.answer('up')).toMatchObject({ result: { tools: [{ name: 'run' }] } });
    expect(
      second.door.seen.map(({ method, exchange }) => [method, exchange.params['uri'] ?? exchange.params['level']]),
    ).toEqual(
      expect.arrayContaining([
        ['logging/setLevel', 'error'],
        ['resources/subscribe', 'test://b'],
      ]),
    );
    expect(second.door.seen.at(-1)?.exchange.client.revision).toBe('2025-06-18');
    await until(() => second.door.attached.length === 1, 'the session is attached');
    await until(() => second.listener.counts().streams === 1, 'the stream for notices is open');
    second.door.attached[0]?.session.notify('notifications/tools/list_changed', {});
    await until(() => pipe.lines.some((line) => line['method'] === 'notifications/tools/list_changed'), 'it is heard');
    expect(pipe.lines.filter((line) => 'result' in line || 'error' in line)).toHaveLength(7);
    pipe.input.end();
    await pipe.done;
    expect(second.listener.counts()).toMatchObject({ sessions: 0, streams: 0 });
    await second.listener.close();
  });

  it('is found by the stream for notices alone, when the client is quiet', async () => {
    const first = await start();
    const port = Number(new URL(first.url).port);
    const pipe = bridge(first.url);
    pipe.say(initialize(), notice('notifications/initialized'));
    await until(() => first.listener.counts().streams === 1, 'the stream is open');
    await first.listener.close();
    const second = await start({}, { port });
    await until(() => second.listener.counts().streams === 1, 'the stream is open again');
    expect(pipe.reports).toEqual(['the gateway had forgotten the session; opened a new one']);
    pipe.abort();
    await pipe.done;
    await second.listener.close();
  });
});

describe('a client that does not read', () => {
  it('stops the bridge from reading the gateway', async () => {
    const text = 'x'.repeat(60_000);
    let sent = 0;
    const server = await scripted(({ res }) => {
      stream(res);
      const pump = (): void => {
        while (sent < 200 && res.write(event(String(sent++), notice('notifications/message', { text }))));
        if (sent < 200) res.once('drain', pump);
        else res.end(event('end', { jsonrpc: '2.0', id: 1, result: {} }));
      };
      pump();
    });
    const pipe = bridge(server.url, { outputBytesMax: 500_000 });
    pipe.output.pause();
    pipe.say(modern(1, 'subscriptions/listen'));
    await until(() => pipe.output.writableLength > 500_000, 'the output is full');
    const kept = pipe.output.writableLength;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(pipe.output.writableLength).toBe(kept);
    expect(sent).toBeLessThan(200);
    pipe.output.resume();
    await pipe.answer(1);
    expect(pipe.lines).toHaveLength(201);
    pipe.input.end();
    await pipe.done;
    server.close();
  });
});
