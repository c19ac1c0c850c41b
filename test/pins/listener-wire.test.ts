import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { start, type Started } from '../listener/started.ts';

// What goes over the wire towards clients, byte for byte, written here by hand from the specification and never taken
// from the source. Only `Date`, the chunk sizes and unguessable ids are left out.

let on: Started;
beforeAll(async () => {
  on = await start();
});
afterAll(() => on.listener.close());

const READ_MAX_MS = 3000;

/** Sends a request as text and reads until `enough` shows up or the server closes. */
function exchange(request: string, enough?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: on.listener.port });
    let answer = '';
    const late = setTimeout(() => socket.destroy(new Error(`too late, after ${answer}`)), READ_MAX_MS);
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (enough !== undefined && answer.includes(enough)) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(late);
      resolve(unchunked(answer.replace(/^Date: .*\r\n/m, '')));
    });
    socket.write(request);
  });
}

/** Takes the framing of chunks off a body (RFC 9112, 7.1). */
function unchunked(answer: string): string {
  const end = answer.indexOf('\r\n\r\n') + 4;
  if (!answer.slice(0, end).includes('Transfer-Encoding: chunked')) return answer;
  return answer.slice(0, end) + answer.slice(end).replace(/(?:^|\r\n)[0-9a-f]+\r\n(?:\r\n$)?|\r\n$/g, '');
}

const post = (body: string, ...lines: string[]) =>
  [
    'POST /v1/mcp/default HTTP/1.1',
    'Host: localhost',
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...lines,
    '',
    body,
  ].join('\r\n');

const META =
  '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}';
const KEY = 'X-Veto-API-Key: key-alice';
const MODERN = [KEY, 'MCP-Protocol-Version: 2026-07-28'];

const answer = (status: string, body: string, ...more: string[]) =>
  [
    `HTTP/1.1 ${status}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...more,
    'Connection: close',
    '',
    body,
  ].join('\r\n');

describe('the wire', () => {
  it.each<[string, string, string]>([
    [
      'a list of 2026-07-28',
      post(`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{${META}}}`, ...MODERN, 'Mcp-Method: tools/list'),
      answer(
        '200 OK',
        '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"run","description":"follows its script",' +
          '"inputSchema":{"type":"object"}}],"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":' +
          '{"name":"veto","version":"0.0.0"}},"ttlMs":0,"cacheScope":"private"}}',
      ),
    ],
    [
      'headers that differ from the body',
      post(`{"jsonrpc":"2.0","id":"a","method":"tools/list","params":{${META}}}`, ...MODERN, 'Mcp-Method: tools/call'),
      answer(
        '400 Bad Request',
        '{"jsonrpc":"2.0","id":"a","error":{"code":-32020,"message":"the header `Mcp-Method` is missing, malformed or ' +
          'differs from the body"}}',
      ),
    ],
    [
      'an unknown revision',
      post(
        `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{${META.replace('2026-07-28', '2030-01-01')}}}`,
        KEY,
        'MCP-Protocol-Version: 2030-01-01',
        'Mcp-Method: tools/list',
      ),
      answer(
        '400 Bad Request',
        '{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"unsupported protocol version","data":{"supported":' +
          '["2026-07-28","2025-11-25","2025-06-18","2025-03-26","2024-11-05"],"requested":"2030-01-01"}}}',
      ),
    ],
    [
      'a removed method',
      post(`{"jsonrpc":"2.0","id":1,"method":"ping","params":{${META}}}`, ...MODERN, 'Mcp-Method: ping'),
      answer(
        '404 Not Found',
        '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"there is no method `ping` in this revision"}}',
      ),
    ],
    [
      'an accepted notification',
      post('{"jsonrpc":"2.0","method":"notifications/x"}', KEY),
      'HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nConnection: close\r\n\r\n',
    ],
    [
      'no key',
      post('{}'),
      answer(
        '401 Unauthorized',
        '{"jsonrpc":"2.0","error":{"code":-31001,"message":"no credential was sent; send the API key in the header ' +
          '`X-Veto-API-Key`"}}',
      ),
    ],
    [
      'a wrong key',
      post('{}', 'X-Veto-API-Key: nonsense'),
      answer(
        '403 Forbidden',
        '{"jsonrpc":"2.0","error":{"code":-31002,"message":"the API key is not valid for this gateway"}}',
      ),
    ],
    [
      'no JSON',
      post('{', KEY),
      answer(
        '400 Bad Request',
        '{"jsonrpc":"2.0","error":{"code":-32700,"message":"the body is not acceptable JSON: the text is not valid JSON"}}',
      ),
    ],
    [
      'an unknown session',
      post('{"jsonrpc":"2.0","id":1,"method":"ping"}', KEY, 'Mcp-Session-Id: nonsense'),
      answer(
        '404 Not Found',
        '{"jsonrpc":"2.0","error":{"code":-31008,"message":"there is no such session; initialize again"}}',
      ),
    ],
  ])('%s', async (_, request, expected) => {
    expect(await exchange(request)).toBe(expected);
  });

  it('`initialize`', async () => {
    const params = '{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}}';
    const got = await exchange(post(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":${params}}`, KEY));
    const body =
      '{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{"listChanged":true},' +
      '"resources":{"subscribe":true},"logging":{}},"serverInfo":{"name":"scripted","version":"1.0.0"},' +
      '"instructions":"follow the script"}}';
    expect(got.replace(/^(mcp-session-id: )[\w-]{43}$/m, '$1SECRET')).toBe(
      answer('200 OK', body, 'mcp-session-id: SECRET'),
    );
  });

  const STREAM = [
    'HTTP/1.1 200 OK',
    'content-type: text/event-stream',
    'cache-control: no-cache, no-transform',
    'x-accel-buffering: no',
    'Connection: close',
    'Transfer-Encoding: chunked',
    '',
    '',
  ].join('\r\n');

  it('a stream of 2026-07-28', async () => {
    const step = '{"do":"notify","method":"notifications/progress","params":{"progressToken":1,"progress":1}}';
    const last = '{"do":"result","result":{"content":[]}}';
    const args = `{"script":[${step},${last}]}`;
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"run","arguments":${args},${META}}}`;
    expect(await exchange(post(body, ...MODERN, 'Mcp-Method: tools/call', 'Mcp-Name: run'))).toBe(
      `${STREAM}event: message\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,` +
        '"progress":1}}\n\nevent: message\ndata: {"jsonrpc":"2.0","id":1,"result":{"content":[],"resultType":' +
        '"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"veto","version":"0.0.0"}}}}\n\n',
    );
  });

  it('the opening of HTTP+SSE', async () => {
    const request = ['GET /v1/mcp/default HTTP/1.1', 'Host: localhost', 'Connection: close', KEY, '', ''].join('\r\n');
    const got = await exchange(request, '\n\n');
    expect(got.replace(/session=[\w-]{43}/, 'session=SECRET')).toBe(
      `${STREAM}event: endpoint\ndata: /v1/mcp/default/messages?session=SECRET\n\n`,
    );
  });
});
