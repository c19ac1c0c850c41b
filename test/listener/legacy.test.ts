import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { events, initialize, messages, post, start, until, type Started } from './started.ts';

let on: Started;
beforeAll(async () => {
  on = await start({ keep_alive_ms: 60_000, stream_after_ms: 600_000 });
});
afterAll(() => on.listener.close());

const callOf = (script: unknown[], id: string | number = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'run', arguments: { script } },
});
const progress = (n: number) => ({
  do: 'notify',
  method: 'notifications/progress',
  params: { progressToken: 1, progress: n },
});
const get = (headers: Record<string, string>, more: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(on.url, {
    headers: { accept: 'text/event-stream', 'x-veto-api-key': 'key-alice', ...headers, ...more },
    ...(signal === undefined ? {} : { signal }),
  });

describe('sessions over Streamable HTTP', () => {
  it.each([
    ['2024-11-05', '2024-11-05'],
    ['2025-03-26', '2025-03-26'],
    ['2025-06-18', '2025-06-18'],
    ['2025-11-25', '2025-11-25'],
    ['1999-01-01', '2025-11-25'],
    ['2026-07-28', '2025-11-25'],
  ])('agrees, asked for %s, on %s', async (asked, agreed) => {
    const headers = await initialize(on.url, asked);
    expect(headers['mcp-protocol-version']).toBe(agreed);
    expect(headers['mcp-session-id']).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const response = await post(on.url, { jsonrpc: '2.0', id: 2, method: 'tools/list' }, { headers });
    expect(on.door.seen.at(-1)?.exchange.client).toMatchObject({ revision: agreed, era: 'legacy', name: 'test' });
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: 2, result: { tools: [expect.anything()] } });
  });

  it('introduces the gateway', async () => {
    const params = { protocolVersion: '2025-06-18', capabilities: { sampling: {} }, clientInfo: { name: 'a' } };
    const response = await post(on.url, { jsonrpc: '2.0', id: 'i', method: 'initialize', params });
    expect(await response.json()).toEqual({
      jsonrpc: '2.0',
      id: 'i',
      result: {
        protocolVersion: '2025-06-18',
        capabilities: { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} },
        serverInfo: { name: 'scripted', version: '1.0.0' },
        instructions: 'follow the script',
      },
    });
  });

  it('attaches the session to change notices when the client is ready', async () => {
    const headers = await initialize(on.url);
    const before = on.door.attached.length;
    const response = await post(on.url, { jsonrpc: '2.0', method: 'notifications/initialized' }, { headers });
    expect([response.status, await response.text()]).toEqual([202, '']);
    expect(on.door.attached.length).toBe(before + 1);
    expect(on.door.notices.at(-1)).toMatchObject({ method: 'notifications/initialized' });
  });

  it('goes without the revision header (Gemini CLI), and refuses one that has no sessions', async () => {
    const { 'mcp-session-id': id } = await initialize(on.url, '2025-06-18');
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    const bare = await post(on.url, ping, { headers: { 'mcp-session-id': id } });
    expect(await bare.json()).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    const odd = await post(on.url, ping, { headers: { 'mcp-session-id': id, 'mcp-protocol-version': '2019-01-01' } });
    expect(odd.status).toBe(400);
  });

  it('belongs to its principal and its gateway', async () => {
    const headers = await initialize(on.url);
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    const before = on.door.seen.length;
    const bob = { ...headers, 'x-veto-api-key': 'key-bob' };
    expect((await post(on.url, list, { headers: bob })).status).toBe(404);
    expect((await get(headers, { 'x-veto-api-key': 'key-bob' })).status).toBe(404);
    expect((await fetch(on.url, { method: 'DELETE', headers: bob })).status).toBe(404);
    expect((await post(on.url.replace('default', 'other'), list, { headers })).status).toBe(404);
    expect(on.door.seen.length).toBe(before);
    expect((await post(on.url, list, { headers })).status).toBe(200);
  });

  it('ends with DELETE, and is unknown afterwards', async () => {
    const headers = await initialize(on.url);
    await post(on.url, { jsonrpc: '2.0', method: 'notifications/initialized' }, { headers });
    const handle = on.door.attached.at(-1)?.session.handle;
    const deleted = await fetch(on.url, { method: 'DELETE', headers: { ...headers, 'x-veto-api-key': 'key-alice' } });
    expect(deleted.status).toBe(204);
    expect(on.door.closed).toContain(handle);
    const after = await post(on.url, { jsonrpc: '2.0', id: 1, method: 'ping' }, { headers });
    expect(after.status).toBe(404);
  });

  it('wants a session for everything else', async () => {
    const response = await post(on.url, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect([response.status, await response.json()]).toMatchObject([400, { id: 1, error: { code: -32600 } }]);
  });

  it('knows which methods there are', async () => {
    const headers = await initialize(on.url);
    const response = await post(on.url, { jsonrpc: '2.0', id: 1, method: 'server/nothing' }, { headers });
    expect([response.status, await response.json()]).toMatchObject([200, { error: { code: -32601 } }]);
  });

  it('strips what only 2026-07-28 knows', async () => {
    const headers = await initialize(on.url);
    const result = { resultType: 'complete', content: [], _meta: { 'io.modelcontextprotocol/serverInfo': {}, own: 1 } };
    const response = await post(on.url, callOf([{ do: 'result', result }]), { headers });
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: 1, result: { content: [], _meta: { own: 1 } } });
    const asking = { do: 'result', result: { resultType: 'input_required' } };
    const never = await post(on.url, callOf([asking]), { headers });
    expect(await never.json()).toMatchObject({ error: { code: -32603 } });
  });

  it('keeps errors of the protocol out of the HTTP status, but overload in it', async () => {
    const headers = await initialize(on.url);
    const missing = await post(on.url, callOf([{ do: 'error', code: -32002, status: 404 }]), { headers });
    expect([missing.status, await missing.json()]).toMatchObject([200, { error: { code: -32002 } }]);
    const busy = await post(on.url, callOf([{ do: 'error', code: -31007, status: 503 }]), { headers });
    expect(busy.status).toBe(503);
  });

  it('cancels by notification only, and answers a cancelled call with silence', async () => {
    const headers = await initialize(on.url);
    const pending = post(on.url, callOf([{ do: 'wait', name: 'cancel-me' }], 'c1'), { headers });
    await until(() => on.door.isWaiting('cancel-me'), 'the call waits');
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'c1' } };
    expect((await post(on.url, cancel, { headers })).status).toBe(202);
    const response = await pending;
    expect([response.status, await response.text()]).toEqual([202, '']);
    expect(on.door.cancelled).toContain('c1');
  });

  it('goes on when the connection of a POST drops', async () => {
    const headers = await initialize(on.url);
    const abort = new AbortController();
    const script = [{ do: 'wait', name: 'dropped' }];
    const pending = post(on.url, callOf(script, 'd1'), { headers, signal: abort.signal });
    await until(() => on.door.isWaiting('dropped'), 'the call waits');
    abort.abort();
    await expect(pending).rejects.toThrow();
    await until(() => on.listener.counts().inFlight === 1, 'the connection is gone');
    expect(on.door.cancelled).not.toContain('d1');
    on.door.release('dropped');
    await until(() => on.listener.counts().inFlight === 0, 'the call ends');
    expect(on.door.cancelled).not.toContain('d1');
  });

  it('refuses a second request of an id that is still being answered', async () => {
    const headers = await initialize(on.url);
    const first = post(on.url, callOf([{ do: 'wait', name: 'twice' }], 'same'), { headers });
    await until(() => on.door.isWaiting('twice'), 'the call waits');
    const second = await post(on.url, callOf([], 'same'), { headers });
    expect(await second.json()).toMatchObject({ id: 'same', error: { code: -32600 } });
    on.door.release('twice');
    expect((await first).status).toBe(200);
  });
});

describe('requests to the client', () => {
  const ask = { do: 'ask', method: 'sampling/createMessage', params: { maxTokens: 1 } };

  it('go out on the stream of the call, and the answer finds its way back', async () => {
    const headers = await initialize(on.url);
    const stream = events(await post(on.url, callOf([ask]), { headers }));
    const priming = await stream.next();
    expect(priming.value).toEqual({ id: 'p1-0', event: null, data: '' });
    const asked = JSON.parse((await stream.next()).value?.data ?? '') as { id: string; method: string };
    expect(asked.method).toBe('sampling/createMessage');
    const answer = { jsonrpc: '2.0', id: asked.id, result: { role: 'assistant' } };
    const foreign = { ...headers, ...(await initialize(on.url)) };
    expect((await post(on.url, answer, { headers: foreign })).status).toBe(202);
    expect(on.door.answers).not.toContainEqual({ role: 'assistant' });
    expect((await post(on.url, answer, { headers })).status).toBe(202);
    expect(JSON.parse((await stream.next()).value?.data ?? '')).toMatchObject({ id: 1, result: {} });
    expect((await stream.next()).done).toBe(true);
    expect(on.door.answers).toContainEqual({ role: 'assistant' });
  });

  it('fail with the error that the client answers', async () => {
    const headers = await initialize(on.url, '2025-06-18');
    const stream = events(await post(on.url, callOf([ask]), { headers }));
    const asked = JSON.parse((await stream.next()).value?.data ?? '') as { id: string };
    const error = { code: -1, message: 'user said no' };
    await post(on.url, { jsonrpc: '2.0', id: asked.id, error }, { headers });
    await stream.next();
    expect(on.door.answers).toContainEqual(error);
  });

  it('fail when the session ends', async () => {
    const headers = await initialize(on.url, '2025-06-18');
    const stream = events(await post(on.url, callOf([ask]), { headers }));
    await stream.next();
    await fetch(on.url, { method: 'DELETE', headers: { ...headers, 'x-veto-api-key': 'key-alice' } });
    await until(() => on.door.answers.some((answer) => String(answer).includes('session of the client ended')), 'told');
  });
});

describe('GET streams', () => {
  it('carry what belongs to no request, also what came before they were opened', async () => {
    const headers = await initialize(on.url);
    await post(on.url, { jsonrpc: '2.0', method: 'notifications/initialized' }, { headers });
    const session = on.door.attached.at(-1)?.session;
    session?.notify('notifications/tools/list_changed', {});
    session?.notify('notifications/tools/list_changed', {});
    const response = await get(headers);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const stream = events(response);
    expect((await stream.next()).value?.data).toBe('');
    expect((await stream.next()).value).toMatchObject({ id: 'g1-1' });
    session?.notify('notifications/prompts/list_changed', {});
    expect((await stream.next()).value).toMatchObject({
      id: 'g1-2',
      data: '{"jsonrpc":"2.0","method":"notifications/prompts/list_changed","params":{}}',
    });
    await stream.return(undefined);
  });

  it('are resumed where they broke, without loss and without repetition', async () => {
    const headers = await initialize(on.url);
    await post(on.url, { jsonrpc: '2.0', method: 'notifications/initialized' }, { headers });
    const session = on.door.attached.at(-1)?.session;
    const abort = new AbortController();
    const stream = events(await get(headers, {}, abort.signal));
    await stream.next();
    session?.notify('notifications/a', {});
    expect((await stream.next()).value?.id).toBe('g1-1');
    abort.abort();
    await until(() => on.listener.counts().streams === 0, 'the stream is gone');
    session?.notify('notifications/b', {});
    session?.notify('notifications/c', {});
    const again = events(await get(headers, { 'last-event-id': 'g1-1' }));
    expect((await again.next()).value?.id).toBe('g1-1');
    expect((await again.next()).value).toMatchObject({ id: 'g1-2', data: expect.stringContaining('/b') as string });
    expect((await again.next()).value).toMatchObject({ id: 'g1-3', data: expect.stringContaining('/c') as string });
    await again.return(undefined);
  });

  it('give back the answer of a POST whose stream broke', async () => {
    const headers = await initialize(on.url);
    const abort = new AbortController();
    const script = [progress(1), { do: 'wait', name: 'resume' }, progress(2)];
    const stream = events(await post(on.url, callOf(script, 'r1'), { headers, signal: abort.signal }));
    await stream.next();
    const last = (await stream.next()).value?.id ?? '';
    abort.abort();
    await stream.next().catch(() => undefined);
    on.door.release('resume');
    await until(() => on.listener.counts().inFlight === 0, 'the call ends');
    const rest = await messages(await get(headers, { 'last-event-id': last }));
    expect(rest).toMatchObject([{ params: { progress: 2 } }, { id: 'r1', result: {} }]);
    const over = await get(headers, { 'last-event-id': 'p1-3' });
    expect(over.status).toBe(204);
  });

  it.each([
    ['nonsense', 400],
    ['p1-1; drop', 400],
    ['p99-0', 204],
  ])('take `%s` as a last event for %i', async (id, status) => {
    const headers = await initialize(on.url);
    const response = await get(headers, { 'last-event-id': id });
    expect(response.status).toBe(status);
    await until(() => on.listener.counts().streams === 0, 'no stream is held');
  });
});

describe('batches', () => {
  const two = [
    { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    { jsonrpc: '2.0', method: 'notifications/roots/list_changed' },
    { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'run', arguments: {} } },
  ];

  it('go through the door one by one in 2025-03-26', async () => {
    const headers = await initialize(on.url, '2025-03-26');
    const before = on.door.seen.length;
    const response = await post(on.url, two, { headers });
    expect(await response.json()).toMatchObject([{ id: 1 }, { id: 2 }]);
    expect(on.door.seen.slice(before).map((seen) => seen.method)).toEqual(['tools/list', 'tools/call']);
  });

  it('are taken in order: a cancellation is about a request before it', async () => {
    const headers = await initialize(on.url, '2025-03-26');
    const waiting = { name: 'run', arguments: { script: [{ do: 'wait', name: 'cancelled in its batch' }] } };
    const batch = [
      { jsonrpc: '2.0', id: 'gone', method: 'tools/call', params: waiting },
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'gone' } },
      { jsonrpc: '2.0', id: 'kept', method: 'tools/list' },
    ];
    expect(await (await post(on.url, batch, { headers })).json()).toMatchObject([{ id: 'kept' }]);
    expect(on.door.cancelled).toContain('gone');
    const alone = await post(on.url, batch.slice(0, 2), { headers });
    expect([alone.status, await alone.text()]).toEqual([202, '']);
  });

  it.each(['2024-11-05', '2025-06-18', '2025-11-25'])('are refused in %s', async (revision) => {
    const headers = await initialize(on.url, revision);
    const before = on.door.seen.length;
    expect((await post(on.url, two, { headers })).status).toBe(400);
    expect(on.door.seen.length).toBe(before);
  });

  it.each<[string, unknown]>([
    ['nothing', []],
    ['too much', Array.from({ length: 51 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' }))],
    ['one that is none', [two[0], 7]],
    ['requests and answers', [two[0], { jsonrpc: '2.0', id: 'veto-1', result: {} }]],
    ['a batch within', [[two[0]]]],
  ])('with %s are refused as a whole', async (_, batch) => {
    const headers = await initialize(on.url, '2025-03-26');
    const before = on.door.seen.length;
    expect((await post(on.url, batch, { headers })).status).toBe(400);
    expect(on.door.seen.length).toBe(before);
  });

  it('without a session are refused', async () => {
    expect((await post(on.url, two)).status).toBe(400);
  });
});
