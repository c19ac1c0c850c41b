import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { events, initialize, modern, MODERN_META, post, start, until, type Started } from './started.ts';

let on: Started;
beforeAll(async () => {
  on = await start({ allowed_origins: ['https://app.example.com'], failed_authentications_burst_max: 1000 });
});
afterAll(() => on.listener.close());

const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: MODERN_META } };
const head = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' };

/** `node:http` sends the `Host` that it is told, and headers as often as it is told. */
function raw(
  headers: Record<string, string | string[]>,
  method = 'POST',
  body = JSON.stringify(list),
): Promise<number> {
  return new Promise((resolve, reject) => {
    const url = new URL(on.url);
    const req = request({ host: url.hostname, port: url.port, path: url.pathname, method, agent: false }, (res) => {
      res.resume();
      resolve(res.statusCode ?? 0);
    });
    req.on('error', reject);
    const all = { 'content-type': 'application/json', 'x-veto-api-key': 'key-alice', ...head, ...headers };
    for (const [name, value] of Object.entries(all)) req.setHeader(name, value);
    req.end(body);
  });
}

/** Sends bytes as they are and gives the status line. */
function bytes(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: on.listener.port });
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
    socket.on('error', reject);
    socket.end(text);
  });
}

describe('where a request comes from', () => {
  it.each<[string, Record<string, string>, number]>([
    ['its own address', {}, 200],
    ['localhost', { host: 'localhost:1' }, 200],
    ['IPv6 loopback', { host: '[::1]:8420' }, 200],
    ['a rebound name', { host: 'evil.example.com' }, 403],
    ['a rebound name that begins well', { host: 'localhost.evil.example.com' }, 403],
    ['credentials in the host', { host: 'localhost@evil.example.com' }, 403],
    ['a local page', { origin: 'http://localhost:5173' }, 200],
    ['a page that may', { origin: 'https://app.example.com' }, 200],
    ['another port of a page that may', { origin: 'https://app.example.com:444' }, 403],
    ['any other page', { origin: 'https://evil.example.com' }, 403],
    ['a sandboxed page', { origin: 'null' }, 403],
    ['a page with a name like ours', { origin: 'http://localhost.evil.example.com' }, 403],
    ['a local file', { origin: 'file://' }, 403],
  ])('%s', async (_, headers, status) => {
    const before = on.door.seen.length;
    expect(await raw(headers)).toBe(status);
    expect(on.door.seen.length).toBe(status === 200 ? before + 1 : before);
  });

  it('answers the question of a browser for pages that may, without a key', async () => {
    const question = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-veto-api-key' };
    const may = await fetch(on.url, { method: 'OPTIONS', headers: { origin: 'https://app.example.com', ...question } });
    expect(may.status).toBe(204);
    expect(may.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    const not = await fetch(on.url, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example.com', ...question },
    });
    expect([not.status, not.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });

  it('checks no host where the address is open to others', async () => {
    const open = await start({}, { host: '0.0.0.0', publicUrl: 'https://mcp.example.com/veto' });
    const url = open.url.replace('0.0.0.0', '127.0.0.1');
    expect((await modern(url, 'tools/list')).status).toBe(200);
    const local = await modern(url, 'tools/list', {}, { headers: { origin: 'http://localhost:3000' } });
    expect(local.status).toBe(403);
    const own = await modern(url, 'tools/list', {}, { headers: { origin: 'https://mcp.example.com' } });
    expect(own.status).toBe(200);
    const stream = events(await fetch(url, { headers: { 'x-veto-api-key': 'key-alice' } }));
    expect((await stream.next()).value?.data).toMatch(/^\/veto\/v1\/mcp\/default\/messages\?session=/);
    await stream.return(undefined);
    await open.listener.close();
  });
});

describe('who sends a request', () => {
  it.each<[string, string | null, number]>([
    ['no key', null, 401],
    ['an empty key', '', 401],
    ['a wrong key', 'nonsense', 403],
  ])('%s is refused on every method and path', async (_, key, status) => {
    const before = on.door.seen.length;
    const session = { 'mcp-session-id': 'x'.repeat(43) };
    const sent = { 'content-type': 'application/json', ...(key === null ? {} : { 'x-veto-api-key': key }) };
    for (const method of ['POST', 'GET', 'DELETE', 'PUT']) {
      for (const path of ['', '/messages?session=x']) {
        const withBody = method === 'POST' || method === 'PUT';
        for (const headers of [sent, { ...sent, ...session }]) {
          const response = await fetch(on.url + path, { method, headers, ...(withBody ? { body: '{}' } : {}) });
          expect([method, path, response.status]).toEqual([method, path, status]);
          expect(response.headers.get('www-authenticate')).toBeNull();
          expect(await response.json()).toMatchObject({
            jsonrpc: '2.0',
            error: { code: status === 401 ? -31001 : -31002 },
          });
        }
      }
    }
    expect(on.door.seen.length).toBe(before);
  });

  it('says which header to send', async () => {
    const response = await post(on.url, list, { headers: { ...head, 'x-veto-api-key': '' } });
    const body = (await response.json()) as { error: { message: string }; id?: unknown };
    expect(body.error.message).toContain('X-Veto-API-Key');
    expect('id' in body).toBe(false);
  });

  it('takes the key as a bearer token too', async () => {
    const headers = { ...head, 'x-veto-api-key': '', authorization: 'Bearer key-bob' };
    expect((await post(on.url, list, { headers })).status).toBe(200);
    expect(on.door.seen.at(-1)?.principal).toBe('bob');
  });

  it('challenges only when OAuth is configured', async () => {
    const oauth = await start({}, { challenge: (gateway) => `Bearer resource_metadata="/x/${gateway}"` });
    const missing = await post(oauth.url, list, { headers: { 'x-veto-api-key': '' } });
    expect(missing.headers.get('www-authenticate')).toBe('Bearer resource_metadata="/x/default"');
    const wrong = await post(oauth.url, list, { headers: { 'x-veto-api-key': 'nonsense' } });
    expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([403, null]);
    await oauth.listener.close();
  });

  it('knows no other gateways', async () => {
    expect((await post(on.url.replace('default', 'nowhere'), list, { headers: head })).status).toBe(404);
    expect((await post(on.url.replace('default', '..%2Fdefault'), list, { headers: head })).status).toBe(404);
  });

  it.each(['/.well-known/oauth-protected-resource/v1/mcp/default', '/.well-known/openid-configuration', '/register'])(
    'is not asked to log in at %s',
    async (path) => {
      const response = await fetch(on.listener.url + path, { method: path === '/register' ? 'POST' : 'GET' });
      expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/plain']);
    },
  );

  it('tires of guesses from one address, but not of its right keys', async () => {
    const strict = await start({ failed_authentications_burst_max: 3 });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) {
      statuses.push((await post(strict.url, list, { headers: { 'x-veto-api-key': 'guess' } })).status);
    }
    expect(statuses).toEqual([403, 403, 403, 429, 429]);
    expect(strict.door.flooding).toBe(2);
    expect((await modern(strict.url, 'tools/list')).status).toBe(200);
    await strict.listener.close();
  });
});

describe('heads that can be read in two ways', () => {
  it.each<[string, string[]]>([
    ['x-veto-api-key', ['key-alice', 'key-bob']],
    ['authorization', ['Bearer key-alice', 'Bearer key-bob']],
    ['mcp-session-id', ['a', 'b']],
    ['mcp-method', ['tools/list', 'tools/list']],
    ['mcp-name', ['a', 'a']],
    ['mcp-protocol-version', ['2026-07-28', '2026-07-28']],
    ['mcp-param-region', ['eu', 'eu']],
    ['content-type', ['application/json', 'application/json']],
  ])('are refused: two of `%s`', async (name, values) => {
    const before = on.door.seen.length;
    expect(await raw({ [name]: values })).toBe(400);
    expect(on.door.seen.length).toBe(before);
  });

  const body = JSON.stringify(list);
  const lines = [
    'POST /v1/mcp/default HTTP/1.1',
    'host: localhost',
    'content-type: application/json',
    'x-veto-api-key: key-alice',
    'mcp-protocol-version: 2026-07-28',
    'mcp-method: tools/list',
    'connection: close',
  ];
  const sent = (more: string[], text = body) => [...lines, ...more, '', text].join('\r\n');

  it.each<[string, string, string]>([
    ['a plain request', sent([`content-length: ${body.length}`]), 'HTTP/1.1 200 OK'],
    ['two lengths', sent([`content-length: ${body.length}`, 'content-length: 1']), 'HTTP/1.1 400 Bad Request'],
    [
      'a length and chunks',
      sent([`content-length: ${body.length}`, 'transfer-encoding: chunked'], `0\r\n\r\n`),
      'HTTP/1.1 400 Bad Request',
    ],
    ['an odd encoding', sent(['transfer-encoding: chunked, identity'], '0\r\n\r\n'), 'HTTP/1.1 400 Bad Request'],
    ['a folded line', sent(['x-a: b', ' folded', 'content-length: 0']), 'HTTP/1.1 400 Bad Request'],
    ['a blank before the colon', sent(['content-length : 5']), 'HTTP/1.1 400 Bad Request'],
    ['a bare line feed', sent(['x-a: b\nx-c: d', 'content-length: 0']), 'HTTP/1.1 400 Bad Request'],
    ['two hosts', sent(['host: evil.example.com', `content-length: ${body.length}`]), 'HTTP/1.1 400 Bad Request'],
    ['a huge head', sent([`x-a: ${'a'.repeat(40_000)}`]), 'HTTP/1.1 431 Request Header Fields Too Large'],
  ])('%s', async (_, text, status) => {
    const before = on.door.seen.length;
    expect(await bytes(text)).toBe(status);
    expect(on.door.seen.length).toBe(status.includes('200') ? before + 1 : before);
  });

  it('accepts bodies of plain JSON only', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/jsonx',
    ]) {
      expect((await post(on.url, list, { headers: { ...head, 'content-type': type } })).status).toBe(415);
    }
    expect((await post(on.url, list, { headers: { ...head, 'content-encoding': 'gzip' } })).status).toBe(415);
    const charset = { ...head, 'content-type': 'application/json; charset=utf-8' };
    expect((await post(on.url, list, { headers: charset })).status).toBe(200);
  });
});

describe('a revoked key', () => {
  it('ends what is open within a second: listens, GET streams, HTTP+SSE, sessions, calls', async () => {
    const own = await start();
    const key = { 'x-veto-api-key': 'key-carol' };
    const session = { ...(await initialize(own.url, '2025-11-25', key)), ...key };
    const sse = events(await fetch(own.url, { headers: key }));
    await sse.next();
    const stream = events(await fetch(own.url, { headers: { ...session, accept: 'text/event-stream' } }));
    await stream.next();
    const listen = events(await modern(own.url, 'subscriptions/listen', { notifications: {} }, { headers: key }));
    await listen.next();
    const script = [{ do: 'wait', name: 'revoked' }];
    const waiting = modern(own.url, 'tools/call', { name: 'run', arguments: { script } }, { headers: key, id: 'rv' });
    await until(() => own.door.isWaiting('revoked'), 'the call waits');
    own.door.revoked.add('carol');
    const ends = async (open: AsyncGenerator): Promise<string> => {
      for await (const _ of open);
      return 'ended';
    };
    const late = new Promise<string>((resolve) => setTimeout(() => resolve('late'), 2000));
    expect(await Promise.race([Promise.all([sse, stream, listen].map(ends)), late])).toEqual([
      'ended',
      'ended',
      'ended',
    ]);
    expect((await waiting).status).toBe(403);
    expect(own.door.cancelled).toContain('rv');
    await until(() => own.listener.counts().sessions === 0, 'the session ended');
    await own.listener.close();
  });
});
