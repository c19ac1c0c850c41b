// What real clients would not tell apart, byte by byte: through a whole `veto serve`, in front of the fixture.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { events, initialize, messages, modern, post } from '../listener/started.ts';
import { FIXTURE_STDIO, startFixture } from '../support/fixture.ts';
import { startGateways, type Gateways } from '../support/gateways.ts';
import { until } from '../support/until.ts';
import { textOf } from './talkers.ts';

let fixture: Awaited<ReturnType<typeof startFixture>>;
let gateways: Gateways;
beforeAll(async () => {
  fixture = await startFixture();
  gateways = await startGateways({
    'http-modern': { upstreams: { a: { transport: 'streamable-http', url: fixture.url, era: 'modern' } } },
    'http-legacy': { upstreams: { b: { transport: 'streamable-http', url: fixture.url, era: 'legacy' } } },
    'stdio-modern': { upstreams: { c: { transport: 'stdio', era: 'modern', ...FIXTURE_STDIO } } },
    'stdio-legacy': { upstreams: { d: { transport: 'stdio', era: 'legacy', ...FIXTURE_STDIO } } },
    // Hears of changes on the stdio wire of the fixture without other tests stirring it.
    notices: { upstreams: { e: { transport: 'stdio', ...FIXTURE_STDIO } } },
  });
});
afterAll(async () => {
  await gateways.stop();
  await fixture.stop();
});

const UPSTREAMS = ['http-modern', 'http-legacy', 'stdio-modern', 'stdio-legacy'];
const request = (method: string, params: JsonObject = {}, id = 1) => ({ jsonrpc: '2.0', id, method, params });
const callOf = (name: string, args: JsonObject = {}, id = 1) => request('tools/call', { name, arguments: args }, id);

/** The one response that a POST gives, as JSON or at the end of a stream. */
async function responseOf(response: Response): Promise<JsonObject> {
  if (response.headers.get('content-type')?.startsWith('application/json'))
    return (await response.json()) as JsonObject;
  const answer = (await messages(response)).find((message) => 'id' in message);
  if (!answer) throw new Error('the stream ended without an answer');
  return answer as JsonObject;
}

async function resultOf(response: Response): Promise<JsonObject> {
  const { result, error } = await responseOf(response);
  if (!isObject(result)) throw new Error(`no result: ${JSON.stringify(error)}`);
  return result;
}

/** A session, and requests in it. */
async function sessionAt(gateway: string) {
  const { url, headers } = gateways.at(gateway);
  const session = { ...headers, ...(await initialize(url, '2025-11-25', headers)) };
  await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' }, { headers: session });
  return {
    url,
    headers: session,
    send: (body: unknown, signal?: AbortSignal) => post(url, body, { headers: session, ...(signal ? { signal } : {}) }),
    get: () => fetch(url, { headers: { ...session, accept: 'text/event-stream' } }),
  };
}

const courseOf = async (gateway: string, label: string): Promise<string> => {
  const { url, headers } = gateways.at(gateway);
  const answer = await modern(url, 'tools/call', { name: 'fixture_course', arguments: { label } }, { headers });
  return textOf(await resultOf(answer));
};

describe.each(UPSTREAMS)('a connection that drops during a call, upstream %s', (gateway) => {
  it('is a cancellation on the wire of 2026-07-28', async () => {
    const { url, headers } = gateways.at(gateway);
    const drop = new AbortController();
    const params = { name: 'fixture_sleep', arguments: { ms: 30_000, label: 'modern' } };
    const calling = modern(url, 'tools/call', params, { headers, signal: drop.signal });
    await until(async () => (await courseOf(gateway, 'modern')) === 'begun', 'the call has begun');
    drop.abort();
    await expect(calling).rejects.toThrow();
    await until(async () => (await courseOf(gateway, 'modern')) === 'cancelled', 'the server hears of it');
  });

  it('is none in a session, where the notification is', async () => {
    const session = await sessionAt(gateway);
    const drop = new AbortController();
    const [dropped, cancelled] = [
      session.send(callOf('fixture_sleep', { ms: 30_000, label: 'dropped' }, 2), drop.signal),
      session.send(callOf('fixture_sleep', { ms: 30_000, label: 'cancelled' }, 3)),
    ];
    for (const label of ['dropped', 'cancelled'])
      await until(async () => (await courseOf(gateway, label)) === 'begun', `${label} has begun`);
    drop.abort();
    await expect(dropped).rejects.toThrow();
    const notice = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 3 } };
    expect((await session.send(notice)).status).toBe(202);
    await until(async () => (await courseOf(gateway, 'cancelled')) === 'cancelled', 'the server hears of it');
    expect(await courseOf(gateway, 'dropped')).toBe('begun');
    await resultOf(await session.send(callOf('fixture_release', { label: 'dropped' }, 4)));
    await until(async () => (await courseOf(gateway, 'dropped')) === 'done', 'the dropped call goes on to its end');
    expect(await messages(await cancelled)).toEqual([]);
  });
});

describe.each(UPSTREAMS)('the stream of a call, upstream %s', (gateway) => {
  // Byte by byte, because the SDKs drop progress that arrives in one read with the result.
  const steps = (progressToken: string | number) =>
    [0, 50, 100].map((progress) => ({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken, progress, total: 100 },
    }));
  const done = { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'made progress' }] } };

  it('carries every step of progress before the result, under the own token, on the wire of 2026-07-28', async () => {
    const { url, headers } = gateways.at(gateway);
    const meta = { progressToken: 'own' };
    const answer = await modern(
      url,
      'tools/call',
      { name: 'test_tool_with_progress', arguments: {} },
      { headers, meta },
    );
    const heard = await messages(answer);
    expect(heard.slice(0, -1)).toEqual(steps('own'));
    expect(heard.at(-1)).toMatchObject(done);
  });

  it('carries every step of progress before the result, under the own token, in a session', async () => {
    const session = await sessionAt(gateway);
    const params = { name: 'test_tool_with_progress', arguments: {}, _meta: { progressToken: 7 } };
    expect(await messages(await session.send(request('tools/call', params)))).toEqual([...steps(7), done]);
  });
});

describe('a session', () => {
  it('takes notifications with 202, tells on GET what no call is about, and ends with DELETE', async () => {
    const session = await sessionAt('notices');
    const stream = await session.get();
    expect(stream.status).toBe(200);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    for (const method of ['notifications/initialized', 'notifications/roots/list_changed']) {
      expect((await session.send({ jsonrpc: '2.0', method })).status).toBe(202);
    }
    const heard: unknown[] = [];
    const hearing = (async () => {
      for await (const { data } of events(stream)) if (data !== '') heard.push(JSON.parse(data));
    })();
    const has = (method: string): boolean => heard.some((message) => isObject(message) && message['method'] === method);
    const subscribed = await session.send(request('resources/subscribe', { uri: 'test://watched-resource' }));
    expect(await resultOf(subscribed)).toEqual({});
    await resultOf(await session.send(callOf('fixture_touch_resource', { uri: 'test://watched-resource' })));
    await resultOf(await session.send(callOf('test_trigger_prompt_change')));
    await resultOf(await session.send(callOf('test_trigger_tool_change')));
    await until(() => has('notifications/resources/updated'), 'the update');
    await until(() => has('notifications/prompts/list_changed'), 'the change of prompts');
    await until(() => has('notifications/tools/list_changed'), 'the change of tools');
    const ended = await fetch(session.url, { method: 'DELETE', headers: session.headers });
    expect(ended.ok).toBe(true);
    await hearing;
    expect((await session.send(request('tools/list'))).status).toBe(404);
    expect((await session.get()).status).toBe(404);
  });
});

describe('lists', () => {
  const KINDS = ['tools', 'prompts', 'resources'] as const;
  const methods = [...KINDS.map((kind) => `${kind}/list`), 'resources/templates/list'];

  /** What the fixture itself says, on the wire of its own era. */
  async function ownList(era: string, method: string): Promise<JsonObject> {
    if (era === 'modern') return resultOf(await modern(fixture.url, method));
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    const opened = await post(fixture.url, request('initialize', params));
    const headers = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
    await opened.text();
    return resultOf(await post(fixture.url, request(method), { headers }));
  }

  describe.each(UPSTREAMS)('of the upstream %s', (gateway) => {
    const era = gateway.split('-')[1] ?? '';

    it.each(methods)('%s arrives verbatim on the wire of 2026-07-28, for one caller only', async (method) => {
      const own = await ownList(era, method);
      const { url, headers } = gateways.at(gateway);
      const { resultType, ttlMs, cacheScope, _meta, ...list } = await resultOf(
        await modern(url, method, {}, { headers }),
      );
      expect({ resultType, cacheScope, _meta }).toMatchObject({
        resultType: 'complete',
        cacheScope: 'private',
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'veto' } },
      });
      expect(ttlMs).toBe(0);
      const [key = ''] = Object.keys(list);
      expect(list).toEqual({ [key]: own[key] });
    });

    it.each(methods)('%s arrives verbatim in a session', async (method) => {
      const own = await ownList(era, method);
      const session = await sessionAt(gateway);
      const list = await resultOf(await session.send(request(method)));
      const [key = ''] = Object.keys(list);
      const entries = own[key] as JsonObject[];
      // Earlier revisions know no structure but objects: of such a tool, what it announces is left out.
      const known = entries.map((entry) => {
        const { outputSchema, ...rest } = entry;
        return isObject(outputSchema) && outputSchema['type'] !== 'object' ? rest : entry;
      });
      expect(list).toEqual({ [key]: known });
    });
  });
});

describe('arguments that are mirrored in headers', () => {
  const args = { region: 'eu-west-1', limit: 42, options: { dry: true } };
  const params = { name: 'fixture_mirrored_params', arguments: args };
  const mirrored = { 'mcp-param-region': 'eu-west-1', 'mcp-param-limit': '42.0', 'mcp-param-dry-run': 'true' };

  it.each(UPSTREAMS)('reach the upstream %s as it wants them', async (gateway) => {
    const { url, headers } = gateways.at(gateway);
    const fresh = await modern(url, 'tools/call', params, { headers: { ...headers, ...mirrored } });
    expect(JSON.parse(textOf(await resultOf(fresh)))).toEqual(args);
    const session = await sessionAt(gateway);
    const old = await session.send(callOf('fixture_mirrored_params', args));
    expect(JSON.parse(textOf(await resultOf(old)))).toEqual(args);
  });

  it.each(UPSTREAMS)('are refused when they differ, upstream %s', async (gateway) => {
    const { url, headers } = gateways.at(gateway);
    for (const wrong of [
      { 'mcp-param-region': 'us-east-1' },
      { 'mcp-param-limit': '43' },
      { 'mcp-param-dry-run': 'no' },
    ]) {
      const refused = await modern(url, 'tools/call', params, { headers: { ...headers, ...mirrored, ...wrong } });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ id: 1, error: { code: -32020 } });
    }
    const absent = await modern(url, 'tools/call', params, { headers });
    expect(absent.status).toBe(400);
  });
});

describe('structure that is no object', () => {
  it('passes from a modern server to a modern client, and stays behind otherwise', async () => {
    const { url, headers } = gateways.at('http-modern');
    const name = 'fixture_structured_list';
    const fresh = await resultOf(await modern(url, 'tools/call', { name, arguments: {} }, { headers }));
    expect(fresh).toMatchObject({ structuredContent: [1, 2, 3], content: [{ text: '[1,2,3]' }] });
    const session = await sessionAt('http-modern');
    expect(await resultOf(await session.send(callOf(name)))).toEqual({ content: [{ type: 'text', text: '[1,2,3]' }] });
  });
});

describe('the door', () => {
  it('says which header to send when there is no key, and refuses a wrong one otherwise', async () => {
    const { url, key } = gateways.at('http-modern');
    const without = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    expect(without.status).toBe(401);
    expect(await without.text()).toContain('X-Veto-API-Key');
    const empty = await modern(url, 'tools/list', {}, { headers: { 'x-veto-api-key': '' } });
    expect(empty.status).toBe(401);
    const wrong = await modern(url, 'tools/list', {}, { headers: { 'x-veto-api-key': `${key}x` } });
    expect(wrong.status).toBe(403);
    expect(wrong.headers.get('www-authenticate')).toBeNull();
    const elsewhere = await modern(
      gateways.at('http-legacy').url,
      'tools/list',
      {},
      { headers: { 'x-veto-api-key': key } },
    );
    expect(elsewhere.status).toBe(403);
    for (const path of ['/.well-known/oauth-protected-resource/v1/mcp/http-modern', '/register']) {
      expect((await fetch(`${gateways.url}${path}`, { method: 'POST' })).status).toBe(404);
    }
  });

  it('takes the key as a bearer token', async () => {
    const { url, key } = gateways.at('http-modern');
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${key}` },
      body: JSON.stringify(request('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: {} })),
    });
    expect(await answer.json()).toMatchObject({ result: { protocolVersion: '2025-06-18' } });
  });
});
