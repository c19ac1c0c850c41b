import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { start, until, type Started } from '../listener/started.ts';
import { bridge, initialize, json, legacy, modern, notice, scripted } from './bridged.ts';

const PROGRESS = { do: 'notify', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } };
const ASK = { do: 'ask', method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } };
const run = (...script: object[]) => ({ name: 'run', arguments: { script } });

describe('a pipe to a real listener', () => {
  let on: Started;
  beforeAll(async () => {
    on = await start();
  });
  afterAll(() => on.listener.close());

  it('carries a session: questions to the client, notices outside calls, DELETE at the end', async () => {
    const pipe = bridge(on.url);
    pipe.say(initialize(), notice('notifications/initialized'));
    expect(await pipe.line(0)).toMatchObject({ id: 0, result: { protocolVersion: '2025-11-25' } });
    await until(() => on.door.attached.length === 1, 'the session is attached');
    await until(() => on.listener.counts().streams === 1, 'the GET stream is open');
    on.door.attached[0]?.session.notify('notifications/tools/list_changed', {});
    expect(await pipe.line(1)).toMatchObject({ method: 'notifications/tools/list_changed' });
    pipe.say(legacy(1, 'tools/call', run(PROGRESS, ASK)));
    expect(await pipe.line(2)).toMatchObject({ method: 'notifications/progress' });
    const question = await pipe.line(3);
    expect(question).toMatchObject({ method: 'sampling/createMessage' });
    pipe.say({ jsonrpc: '2.0', id: question['id'], result: { role: 'assistant', model: 'none' } });
    expect(await pipe.answer(1)).toMatchObject({ result: { content: [{ type: 'text' }] } });
    expect(on.door.answers.at(-1)).toMatchObject({ model: 'none' });
    pipe.input.end();
    await pipe.done;
    expect(on.listener.counts()).toMatchObject({ sessions: 0, streams: 0 });
    expect(pipe.reports).toEqual([]);
  });

  it('carries both eras side by side, with equal ids', async () => {
    const pipe = bridge(on.url);
    pipe.say(initialize('2025-06-18'));
    await pipe.answer(0);
    pipe.say(modern('d', 'server/discover'));
    expect(await pipe.answer('d')).toMatchObject({ result: { resultType: 'complete' } });
    const before = on.door.seen.length;
    pipe.say(modern(7, 'tools/call', run()), legacy(8, 'tools/call', run()), modern('7', 'tools/list'));
    await Promise.all([pipe.answer(7), pipe.answer(8), pipe.answer('7')]);
    const eras = on.door.seen.slice(before).map(({ exchange }) => [exchange.requestId, exchange.client.era]);
    expect(new Map(eras as [unknown, string][])).toEqual(
      new Map<unknown, string>([
        [7, 'modern'],
        [8, 'legacy'],
        ['7', 'modern'],
      ]),
    );
    pipe.input.end();
    await pipe.done;
  });

  it('cancels by closing the stream in 2026-07-28, and by a notification before', async () => {
    const pipe = bridge(on.url);
    pipe.say(initialize());
    await pipe.answer(0);
    const cancelled = on.door.cancelled.length;
    pipe.say(modern('m', 'tools/call', run({ do: 'wait', name: 'modern' })));
    pipe.say(legacy('l', 'tools/call', run({ do: 'wait', name: 'legacy' })));
    await until(() => on.door.isWaiting('modern') && on.door.isWaiting('legacy'), 'both calls wait');
    pipe.say(notice('notifications/cancelled', { requestId: 'm' }));
    await until(() => on.door.cancelled.length === cancelled + 1, 'the modern call is cancelled');
    pipe.say(notice('notifications/cancelled', { requestId: 'l' }), legacy('p', 'ping'));
    await until(() => on.door.cancelled.length === cancelled + 2, 'the legacy call is cancelled');
    await pipe.answer('p');
    pipe.input.end();
    await pipe.done;
    expect(pipe.lines.map((line) => line['id'])).toEqual([0, 'p']);
  });

  it('keeps a subscription open, and ends it with the input', async () => {
    const pipe = bridge(on.url);
    pipe.say(modern('s', 'subscriptions/listen', { notifications: { toolsListChanged: true } }));
    expect(await pipe.line(0)).toMatchObject({ method: 'notifications/subscriptions/acknowledged' });
    expect(await pipe.line(1)).toMatchObject({ method: 'notifications/tools/list_changed' });
    pipe.input.end();
    await pipe.done;
    await until(() => on.listener.counts().streams === 0, 'the stream is closed');
  });

  it('answers calls under way after the input ended, and cancels them at once on a signal', async () => {
    const first = bridge(on.url, { drainMs: 5_000 });
    first.input.end(JSON.stringify(modern(1, 'tools/call', run({ do: 'wait', name: 'end' }))));
    await until(() => on.door.isWaiting('end'), 'the call waits');
    on.door.release('end');
    await first.done;
    expect(first.lines).toMatchObject([{ id: 1, result: {} }]);
    const second = bridge(on.url, { drainMs: 60_000 });
    second.say(initialize(), legacy(1, 'tools/call', run({ do: 'wait', name: 'abort' })));
    await until(() => on.door.isWaiting('abort'), 'the call waits');
    second.abort();
    await second.done;
    await until(() => on.door.cancelled.includes(1), 'the call is cancelled');
    expect(on.listener.counts().sessions).toBe(0);
  });

  it('carries batches of the one revision that has them, and answers line by line', async () => {
    const pipe = bridge(on.url);
    pipe.say(initialize('2025-03-26'));
    await pipe.answer(0);
    pipe.say([legacy(1, 'ping'), legacy(2, 'tools/list'), notice('notifications/progress')]);
    await Promise.all([pipe.answer(1), pipe.answer(2)]);
    pipe.input.end();
    await pipe.done;
  });

  it('answers every request of a batch that has the id of a request under way', async () => {
    const pipe = bridge(on.url);
    pipe.say(initialize('2025-03-26'));
    await pipe.answer(0);
    pipe.say(legacy(50, 'tools/call', run({ do: 'wait', name: 'batch' })));
    await until(() => on.door.isWaiting('batch'), 'the call waits');
    pipe.say([legacy(49, 'ping'), legacy(50, 'ping'), legacy(51, 'ping')], legacy(51, 'ping'));
    await until(() => pipe.lines.length === 5, 'all are answered');
    const refused = (id: number, says: RegExp) => ({
      id,
      error: { code: -32600, message: expect.stringMatching(says) as unknown },
    });
    expect(pipe.lines.slice(1, 4)).toMatchObject([
      refused(49, /same batch/),
      refused(50, /this id/),
      refused(51, /same batch/),
    ]);
    expect(pipe.lines[4]).toMatchObject({ id: 51, result: {} });
    on.door.release('batch');
    await until(() => pipe.lines.length === 6, 'the call is answered');
    pipe.input.end();
    await pipe.done;
  });

  it.each([
    ['a key that is not valid', 'nobody', modern(1, 'tools/list'), { code: -31002 }],
    ['a duplicate key', 'key-alice', '{"jsonrpc":"2.0","id":1,"method":"server/discover","id":1}', { code: -32700 }],
    ['an unknown method', 'key-alice', modern(1, 'ping'), { code: -32601 }],
    ['a body that is too large', 'key-alice', modern(1, 'tools/list', { x: 'y'.repeat(5_000_000) }), { code: -31005 }],
  ])('answers %s with an error that has the id', async (_, key, message, error) => {
    const pipe = bridge(on.url, {}, key);
    pipe.say(message);
    expect(await pipe.answer(1)).toMatchObject({ jsonrpc: '2.0', error });
    pipe.input.end();
    await pipe.done;
  });

  it('says what is wrong with a line that is no message, and goes on', async () => {
    const pipe = bridge(on.url, { lineBytesMax: 4_000, depthMax: 20 });
    pipe.say('{"jsonrpc":', '[]', '{"id":1}', '[1]', '  ', ' '.repeat(100), `{"id":5,"x":"${'x'.repeat(5_000)}"}`);
    pipe.say(`${'['.repeat(40)}${']'.repeat(40)}`, modern(9, 'tools/list'));
    await pipe.answer(9);
    expect(pipe.lines.map((line) => (line['error'] as { code?: number } | undefined)?.code)).toEqual([
      -32700,
      -32600,
      -32600,
      -32600,
      -31005,
      -32700,
      undefined,
    ]);
    expect(pipe.lines[4]).toMatchObject({ id: 5 });
    pipe.input.end();
    await pipe.done;
  });
});

describe('a pipe to a gateway in trouble', () => {
  it.each([
    [401, null, -31001],
    [403, null, -31002],
    [404, null, -31004],
    [413, null, -31005],
    [429, null, -31006],
    [503, null, -31007],
    [500, null, -31020],
    [302, null, -31020],
    [503, { code: -31007, message: 'at its limit' }, -31007],
  ])('makes an error out of HTTP %i', async (status, error, code) => {
    const server = await scripted(({ res }) => {
      const headers = { 'retry-after': '3', location: 'http://127.0.0.1:1/' };
      if (error === null) res.writeHead(status, headers).end('<html>no</html>');
      else json(res, status, { jsonrpc: '2.0', id: null, error }, headers);
    });
    const pipe = bridge(server.url);
    pipe.say(modern('m', 'tools/list'), initialize());
    const data = { retryAfterMs: 3_000 };
    for (const id of ['m', 0]) expect(await pipe.answer(id)).toMatchObject({ id, error: { code, data } });
    pipe.input.end();
    await pipe.done;
    expect(server.asked.every(({ headers }) => headers['x-veto-api-key'] === 'key-alice')).toBe(true);
    server.close();
  });

  it('goes by the status of a refusal that is cut off', async () => {
    const server = await scripted(({ res }) => {
      res.writeHead(413, { 'content-length': '1000' }).write('{', () => res.destroy());
    });
    const pipe = bridge(server.url);
    pipe.say(modern(1, 'tools/list'));
    expect(await pipe.answer(1)).toMatchObject({ error: { code: -31005 } });
    pipe.input.end();
    await pipe.done;
    server.close();
  });

  it('says that a message is too large when the gateway hangs up while it is being sent', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.resetAndDestroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const pipe = bridge(`http://127.0.0.1:${port}/v1/mcp/default`);
    pipe.say(modern(1, 'tools/list', { x: 'y'.repeat(12_000_000) }), modern(2, 'tools/list'));
    expect(await pipe.answer(1)).toMatchObject({
      error: { code: -31005, message: expect.stringMatching(/of 12000\d+ bytes, .* too large/) as unknown },
    });
    expect(await pipe.answer(2)).toMatchObject({ error: { code: -31020 } });
    pipe.input.end();
    await pipe.done;
    server.close();
  });

  it('says that nobody is there, without the key', async () => {
    const server = await scripted(() => undefined);
    server.close();
    const pipe = bridge(server.url);
    pipe.say(modern(1, 'tools/list'), initialize(), notice('notifications/initialized'));
    const [first, second] = await Promise.all([pipe.answer(1), pipe.answer(0)]);
    expect([first, second]).toMatchObject([{ error: { code: -31020 } }, { error: { code: -31020 } }]);
    expect(JSON.stringify([first, pipe.reports])).toMatch(/is `veto serve` running there/);
    expect(JSON.stringify([pipe.lines, pipe.reports])).not.toContain('key-alice');
    pipe.input.end();
    await pipe.done;
  });

  it('never writes what is no JSON-RPC, and writes pretty JSON on one line', async () => {
    const bodies = ['<html>', '{}', '"x"', '{"jsonrpc":"2.0",\n"id":3,\n"result":{"n":12345678901234567890}}'];
    const server = await scripted(
      ({ res }, no) => void res.writeHead(200, { 'content-type': 'application/json' }).end(bodies[no]),
    );
    const pipe = bridge(server.url);
    const chunks: string[] = [];
    pipe.output.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
    for (const id of [0, 1, 2, 3]) {
      pipe.say(modern(id, 'tools/list'));
      await pipe.answer(id);
    }
    expect(chunks.slice(0, 3).map((chunk) => JSON.parse(chunk) as unknown)).toMatchObject(
      [0, 1, 2].map((id) => ({ id, error: { code: -31020 } })),
    );
    expect(chunks[3]).toBe('{"jsonrpc":"2.0","id":3,"result":{"n":12345678901234567890}}\n');
    pipe.input.end();
    await pipe.done;
    server.close();
  });

  it('sends the line as it came, with the headers that mirror it', async () => {
    const server = await scripted(({ body, res }) => {
      json(res, 200, { jsonrpc: '2.0', id: (JSON.parse(body) as { id: unknown }).id, result: {} });
    });
    const pipe = bridge(server.url);
    const line = `{ "id":1,"method":"resources/read", "jsonrpc":"2.0","params":{"n":1.0,"uri":"file:///ä","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`;
    pipe.say(line);
    await pipe.answer(1);
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      body: line,
      headers: {
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'resources/read',
        'mcp-name': '=?base64?ZmlsZTovLy/DpA==?=',
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
    });
    pipe.input.end();
    await pipe.done;
    server.close();
  });

  it('lists the tools itself when a call lacks headers that only the list tells of, and tries again once', async () => {
    const inputSchema = { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } };
    const mismatch = { code: -32020, message: 'no' };
    const server = await scripted(({ body, headers, res }) => {
      const { id, method, params } = JSON.parse(body) as ReturnType<typeof modern>;
      if (method === 'tools/list') {
        const page = 'cursor' in params ? { tools: [{ name: 't', inputSchema }] } : { tools: [], nextCursor: 'two' };
        return json(res, 200, { jsonrpc: '2.0', id, result: page });
      }
      const isFine = headers['mcp-param-region'] === 'north';
      if (isFine) return json(res, 200, { jsonrpc: '2.0', id, result: { content: [] } });
      return json(res, 400, { jsonrpc: '2.0', id, error: mismatch });
    });
    const pipe = bridge(server.url);
    pipe.say(modern(1, 'tools/call', { name: 't', arguments: { region: 'north' } }));
    expect(await pipe.answer(1)).toMatchObject({ result: {} });
    pipe.say(modern(2, 'tools/call', { name: 't', arguments: { region: 'south' } }));
    expect(await pipe.answer(2)).toMatchObject({ error: mismatch });
    const methods = server.asked.map(({ headers }) => headers['mcp-method']);
    const round = ['tools/call', 'tools/list', 'tools/list', 'tools/call'];
    expect(methods).toEqual([...round, ...round]);
    expect(pipe.lines).toHaveLength(2);
    pipe.input.end();
    await pipe.done;
    server.close();
  });
});
