import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { events, post, start, until, type ReadEvent, type Started } from './started.ts';

let on: Started;
beforeAll(async () => {
  on = await start();
});
afterAll(() => on.listener.close());

async function open(headers: Record<string, string> = {}) {
  const abort = new AbortController();
  const response = await fetch(on.url, {
    headers: { accept: 'text/event-stream', 'x-veto-api-key': 'key-alice', ...headers },
    signal: abort.signal,
  });
  const stream = events(response);
  const first = (await stream.next()).value as ReadEvent;
  const next = async (): Promise<Record<string, unknown>> =>
    JSON.parse(((await stream.next()).value as ReadEvent).data) as Record<string, unknown>;
  return { abort, first, next, messagesUrl: new URL(first.data, on.url).href };
}

const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'old', version: '1' } },
};

describe('HTTP with SSE, 2024-11-05', () => {
  it('tells the endpoint, takes messages there and answers on the stream', async () => {
    const { abort, first, next, messagesUrl } = await open();
    expect(first.event).toBe('endpoint');
    expect(first.data).toMatch(/^\/v1\/mcp\/default\/messages\?session=[\w-]{43}$/);
    const accepted = await post(messagesUrl, initialize);
    expect([accepted.status, await accepted.text()]).toEqual([202, '']);
    expect(await next()).toMatchObject({ id: 0, result: { protocolVersion: '2024-11-05' } });
    await post(messagesUrl, { jsonrpc: '2.0', method: 'notifications/initialized' });
    const script = [
      { do: 'notify', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } },
      { do: 'ask', method: 'roots/list', params: {} },
    ];
    const params = { name: 'run', arguments: { script } };
    await post(messagesUrl, { jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    expect(await next()).toMatchObject({ method: 'notifications/progress' });
    const asked = await next();
    expect(asked).toMatchObject({ method: 'roots/list' });
    await post(messagesUrl, { jsonrpc: '2.0', id: asked['id'], result: { roots: [] } });
    expect(await next()).toMatchObject({ id: 1, result: {} });
    expect(on.door.answers).toContainEqual({ roots: [] });
    expect(on.door.seen.at(-1)?.exchange.client).toMatchObject({ transport: 'sse', revision: '2024-11-05' });
    abort.abort();
  });

  it('wants `initialize` first', async () => {
    const { abort, next, messagesUrl } = await open();
    await post(messagesUrl, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect(await next()).toMatchObject({ id: 1, error: { code: -32600 } });
    abort.abort();
  });

  it('lets nobody else post', async () => {
    const { abort, messagesUrl } = await open();
    const before = on.door.seen.length;
    expect((await post(messagesUrl, initialize, { headers: { 'x-veto-api-key': 'key-bob' } })).status).toBe(404);
    expect((await post(messagesUrl, initialize, { headers: { 'x-veto-api-key': '' } })).status).toBe(401);
    expect((await post(messagesUrl, initialize, { headers: { 'x-veto-api-key': 'wrong' } })).status).toBe(403);
    expect((await post(`${messagesUrl}x`, initialize)).status).toBe(404);
    const other = messagesUrl.replace('/default/', '/other/');
    expect((await post(other, initialize)).status).toBe(404);
    expect(on.door.seen.length).toBe(before);
    abort.abort();
  });

  it('ends with its stream: running calls are cancelled', async () => {
    const { abort, next, messagesUrl } = await open();
    await post(messagesUrl, initialize);
    await next();
    const params = { name: 'run', arguments: { script: [{ do: 'wait', name: 'sse' }] } };
    await post(messagesUrl, { jsonrpc: '2.0', id: 'w', method: 'tools/call', params });
    await until(() => on.door.isWaiting('sse'), 'the call waits');
    abort.abort();
    await until(() => on.door.cancelled.includes('w'), 'the call is cancelled');
    expect((await post(messagesUrl, initialize)).status).toBe(404);
    await until(() => on.listener.counts().streams === 0, 'the stream is given back');
  });

  it('is not what a GET with a revision asks for', async () => {
    const headers = { 'x-veto-api-key': 'key-alice' };
    const modern = await fetch(on.url, { headers: { ...headers, 'mcp-protocol-version': '2026-07-28' } });
    expect([modern.status, modern.headers.get('allow')]).toEqual([405, 'POST']);
    const legacy = await fetch(on.url, { headers: { ...headers, 'mcp-protocol-version': '2025-11-25' } });
    expect(legacy.status).toBe(400);
  });
});
