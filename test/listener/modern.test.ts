import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messages, modern, MODERN_META, post, start, until, type Started } from './started.ts';

let it_: Started;
beforeAll(async () => {
  it_ = await start({ keep_alive_ms: 50, stream_after_ms: 600_000 });
});
afterAll(() => it_.listener.close());

const call = (script: unknown[]) => ({ name: 'run', arguments: { script } });

describe('2026-07-28 over HTTP', () => {
  it('answers a call with one JSON body in the form of the revision', async () => {
    const response = await modern(it_.url, 'tools/call', { name: 'run', arguments: { a: 1 } }, { id: 'x' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('mcp-session-id')).toBeNull();
    expect(await response.json()).toEqual({
      jsonrpc: '2.0',
      id: 'x',
      result: {
        resultType: 'complete',
        content: [{ type: 'text', text: '{"a":1}' }],
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'veto', version: '0.0.0' } },
      },
    });
  });

  it('discovers', async () => {
    const response = await modern(it_.url, 'server/discover');
    expect(await response.json()).toMatchObject({
      result: {
        supportedVersions: ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'],
        capabilities: { tools: { listChanged: true } },
        ttlMs: 0,
        cacheScope: 'private',
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'scripted', version: '1.0.0' } },
      },
    });
  });

  it('turns into a stream when something is said before the answer', async () => {
    const progress = { do: 'notify', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } };
    const response = await modern(it_.url, 'tools/call', call([progress]));
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(await messages(response)).toMatchObject([{ method: 'notifications/progress' }, { id: 1, result: {} }]);
  });

  it('sends log messages only to requests that set a level', async () => {
    const log = { do: 'notify', method: 'notifications/message', params: { level: 'info', data: 'x' } };
    const silent = await modern(it_.url, 'tools/call', call([log]));
    expect(silent.headers.get('content-type')).toBe('application/json');
    await silent.body?.cancel();
    const loud = await modern(it_.url, 'tools/call', call([log]), {
      meta: { 'io.modelcontextprotocol/logLevel': 'info' },
    });
    expect(await messages(loud)).toMatchObject([{ method: 'notifications/message' }, { id: 1 }]);
  });

  it('takes the closing of the response for a cancel', async () => {
    const abort = new AbortController();
    const pending = modern(it_.url, 'tools/call', call([{ do: 'wait', name: 'never' }]), {
      id: 'gone',
      signal: abort.signal,
    });
    await until(() => it_.door.isWaiting('never'), 'the call waits');
    abort.abort();
    await expect(pending).rejects.toThrow();
    await until(() => it_.door.cancelled.includes('gone'), 'the call is cancelled');
  });

  it('listens: acknowledged first, tagged, cancelled by closing', async () => {
    const abort = new AbortController();
    const response = await modern(
      it_.url,
      'subscriptions/listen',
      { notifications: { toolsListChanged: true } },
      { id: 'sub', signal: abort.signal },
    );
    const tag = { _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub' } };
    expect(await messages(response, 2)).toMatchObject([
      { method: 'notifications/subscriptions/acknowledged', params: tag },
      { method: 'notifications/tools/list_changed', params: tag },
    ]);
    abort.abort();
    await until(() => it_.door.cancelled.includes('sub'), 'the subscription is cancelled');
    await until(() => it_.listener.counts().streams === 0, 'the stream is given back');
  });

  it('accepts notifications, with and without headers', async () => {
    const message = { jsonrpc: '2.0', method: 'notifications/anything', params: {} };
    const response = await post(it_.url, message);
    expect(response.status).toBe(202);
    expect(await response.text()).toBe('');
  });

  it.each([
    ['a code of the reserved range', -32050, -32603],
    ['the retired resource code', -32002, -32602],
    ['a defined code', -32021, -32021],
    ['a code of our own', -31012, -31012],
  ])('sends %s as it may be sent', async (_, code, sent) => {
    const response = await modern(it_.url, 'tools/call', call([{ do: 'error', code, status: 400 }]));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ id: 1, error: { code: sent } });
  });

  it('keeps `input_required` where it is allowed, and nowhere else', async () => {
    const asking = { do: 'result', result: { resultType: 'input_required', inputRequests: {}, requestState: 's' } };
    const response = await modern(it_.url, 'tools/call', call([asking]));
    expect(await response.json()).toMatchObject({ result: { resultType: 'input_required', requestState: 's' } });
  });

  it('turns a bug behind the door into an internal error', async () => {
    const response = await modern(it_.url, 'tools/call', call([{ do: 'throw' }]));
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32603, message: 'internal error' },
    });
  });
});

describe('the ladder of 2026-07-28', () => {
  const well = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'run', _meta: MODERN_META } };
  const head = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'run' };
  const V = 'io.modelcontextprotocol/protocolVersion';
  const C = 'io.modelcontextprotocol/clientCapabilities';
  const withMeta = (_meta: unknown) => ({ ...well, params: { name: 'run', _meta } });
  const without = (name: string) => Object.fromEntries(Object.entries(head).filter(([key]) => key !== name));

  it.each<[string, unknown, Record<string, string>, number, number]>([
    ['no revision in `_meta`', withMeta({ [C]: {} }), head, 400, -32602],
    ['no capabilities in `_meta`', withMeta({ [V]: '2026-07-28' }), head, 400, -32602],
    ['no `_meta` at all', { ...well, params: {} }, head, 400, -32602],
    ['a revision that is no string', withMeta({ [V]: 7, [C]: {} }), head, 400, -32602],
    ['no revision in the headers', well, without('mcp-protocol-version'), 400, -32020],
    ['no method in the headers', well, without('mcp-method'), 400, -32020],
    ['no name in the headers', well, without('mcp-name'), 400, -32020],
    ['another method in the headers', well, { ...head, 'mcp-method': 'tools/list' }, 400, -32020],
    ['another case of the method', well, { ...head, 'mcp-method': 'Tools/Call' }, 400, -32020],
    ['another name in the headers', well, { ...head, 'mcp-name': 'walk' }, 400, -32020],
    ['a broken base64 name', well, { ...head, 'mcp-name': '=?base64?cnVu!?=' }, 400, -32020],
    ['another revision in the headers', well, { ...head, 'mcp-protocol-version': '2025-11-25' }, 400, -32020],
    [
      'an unknown revision',
      withMeta({ [V]: '2099-01-01', [C]: {} }),
      { ...head, 'mcp-protocol-version': '2099-01-01' },
      400,
      -32022,
    ],
    ['a removed method', { ...well, method: 'ping' }, { ...head, 'mcp-method': 'ping' }, 404, -32601],
    ['`initialize`', { ...well, method: 'initialize' }, { ...head, 'mcp-method': 'initialize' }, 404, -32601],
    ['an unknown method', { ...well, method: 'x/y' }, { ...head, 'mcp-method': 'x/y' }, 404, -32601],
  ])('refuses %s', async (_, body, headers, status, code) => {
    const before = it_.door.seen.length;
    const response = await post(it_.url, body, { headers });
    expect([response.status, await response.json()]).toMatchObject([status, { id: 7, error: { code } }]);
    expect(it_.door.seen.length).toBe(before);
  });

  it('tells the revisions it speaks', async () => {
    const response = await modern(
      it_.url,
      'tools/list',
      {},
      {
        headers: { 'mcp-protocol-version': '2099-01-01' },
        meta: { [V]: '2099-01-01' },
      },
    );
    expect(await response.json()).toMatchObject({
      error: { data: { requested: '2099-01-01', supported: expect.arrayContaining(['2026-07-28']) as unknown } },
    });
  });

  it('takes a name in base64', async () => {
    const name = 'wörk';
    const headers = { 'mcp-name': `=?base64?${Buffer.from(name).toString('base64')}?=` };
    expect((await modern(it_.url, 'tools/call', { name }, { headers })).status).toBe(200);
  });

  it.each<[string, unknown, Record<string, string>, number]>([
    ['all that are there', { region: 'eu', count: 42, deep: { dry: true } }, R('eu', '42', 'true'), 200],
    ['numbers as numbers', { count: 42 }, { 'mcp-param-count': '42.0' }, 200],
    ['text in base64', { region: 'ü' }, { 'mcp-param-region': '=?base64?w7w=?=' }, 200],
    ['none where none is given', { region: null }, {}, 200],
    ['unknown ones unread', {}, { 'mcp-param-other': 'x' }, 200],
    ['a missing one', { region: 'eu' }, {}, 400],
    ['another value', { region: 'eu' }, { 'mcp-param-region': 'us' }, 400],
    ['a value that the body lacks', {}, { 'mcp-param-region': 'eu' }, 400],
    ['a value for null', { region: null }, { 'mcp-param-region': 'null' }, 400],
    ['a number in words', { count: 42 }, { 'mcp-param-count': '0x2a' }, 400],
  ])('compares mirrored arguments: %s', async (_, args, headers, status) => {
    const before = it_.door.seen.length;
    const response = await modern(it_.url, 'tools/call', { name: 'marked', arguments: args }, { headers });
    expect(response.status).toBe(status);
    const body = await response.json();
    if (status === 400) expect(body).toMatchObject({ id: 1, error: { code: -32020 } });
    expect(it_.door.seen.length).toBe(status === 200 ? before + 1 : before);
  });
});

function R(region: string, count: string, dry: string): Record<string, string> {
  return { 'mcp-param-region': region, 'mcp-param-count': count, 'mcp-param-dry': dry };
}
