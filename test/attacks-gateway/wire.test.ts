import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startVeto, type VetoProcess } from '../support/veto.ts';
import { startRecordingUpstream, type RecordingUpstream } from './recording-upstream.ts';

const POLICY = `
version: 1
default: deny
policies:
  - name: reads
    match: { tool: [read] }
    action: allow
`;
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const MODERN = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call' };

let upstream: RecordingUpstream;
let veto: VetoProcess;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  veto = await startVeto({
    upstreams: { files: { transport: 'streamable-http', url: upstream.url, era: 'legacy' } },
    policy: POLICY,
  });
});
afterAll(async () => {
  await veto.stop();
  await upstream.stop();
});

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(veto.mcpUrl, {
    method: 'POST',
    headers: {
      ...veto.headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function openSession(revision: string): Promise<Record<string, string>> {
  const params = { protocolVersion: revision, capabilities: {}, clientInfo: { name: 'enemy', version: '1' } };
  const answer = await post({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  await answer.text();
  const session = { 'mcp-session-id': answer.headers.get('mcp-session-id') ?? '', 'mcp-protocol-version': revision };
  await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session);
  return session;
}

const call = (id: number | undefined, name: string, args: object = {}) => ({
  jsonrpc: '2.0',
  ...(id === undefined ? {} : { id }),
  method: 'tools/call',
  params: { name, arguments: args },
});

async function records(...filter: string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await veto.cli('audit', 'query', '--json', '--limit', '1000', ...filter);
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
}

describe('no call goes upstream undecided', () => {
  it('not as a notification, nor inside something that is no message', async () => {
    const session = await openSession('2025-11-25');
    const before = upstream.calls().length;
    const bodies: unknown[] = [
      call(undefined, 'read'),
      [call(1, 'read')],
      [[call(1, 'read')]],
      { ...call(1, 'read'), jsonrpc: '1.0' },
      { ...call(1, 'read'), id: null },
      { ...call(1, 'read'), id: { a: 1 } },
      { jsonrpc: '2.0', id: 1, result: call(1, 'read') },
      { jsonrpc: '2.0', method: 'notifications/message', params: call(1, 'read') },
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: '__proto__' } },
      { jsonrpc: '2.0', id: 1, method: 'Tools/Call', params: call(1, 'read').params },
    ];
    for (const body of bodies) await (await post(body, session)).text();
    expect(upstream.calls()).toHaveLength(before);
  });

  it('each element of a batch is a call of its own', async () => {
    const session = await openSession('2025-03-26');
    const before = upstream.calls().length;
    const answer = await post([call(1, 'read'), call(2, 'write'), call(3, 'read', { a: 1 })], session);
    expect(await answer.text()).toContain('unknown tool: write');
    const names = upstream.calls().slice(before);
    expect(names.map(({ params }) => params.name)).toEqual(['read', 'read']);
    const mixed = { ...call(4, 'read'), params: { ...call(4, 'read').params, _meta: META } };
    expect((await post([mixed], session)).status).toBe(400);
    expect((await post([call(5, 'read'), call(5, 'read')], session)).status).toBe(400);
    expect(upstream.calls()).toHaveLength(before + 2);
  });

  it('nor when two readers could take the message for two things', async () => {
    const session = await openSession('2025-11-25');
    const before = upstream.calls().length;
    const texts = [
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","name":"write"}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"},"params":{"name":"write"}}',
      '{"jsonrpc":"2.0","id":1,"method":"ping","\\u006dethod":"tools/call","params":{"name":"read"}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","arguments":{"n":9007199254740993}}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","arguments":{"n":1e999}}}',
    ];
    for (const text of texts) expect((await post(text, session)).status).toBe(400);
    const body = { ...call(1, 'write'), params: { ...call(1, 'write').params, _meta: META } };
    for (const name of ['read', '=?base64?cmVhZA==?=', 'write, read'])
      expect((await post(body, { ...MODERN, 'mcp-name': name })).status).toBe(400);
    expect(upstream.calls()).toHaveLength(before);
    const refused = await records('--code', 'PARAMS_INVALID');
    expect(refused.length).toBeGreaterThanOrEqual(3);
    expect(refused[0]).toMatchObject({ kind: 'refusal', principal: 'tester', gateway: 'default' });
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'files__read', 'READ', 'read ', 'read\u200b'])(
    'no tool is found under the name %j',
    async (name) => {
      const session = await openSession('2025-11-25');
      const before = upstream.calls().length;
      const answer = (await (await post(call(1, name), session)).json()) as { error?: { code: number } };
      expect(answer.error?.code).toBe(-32602);
      expect(upstream.calls()).toHaveLength(before);
    },
  );
});

describe('what goes upstream', () => {
  it('is the judged message, whatever the arguments are called, and nothing of our own', async () => {
    const session = await openSession('2025-11-25');
    const text =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","extra":"x","__proto__":{"name":"write"},' +
      '"arguments":{"__proto__":{"admin":true},"constructor":"c","toString":1}}}';
    await (await post(text, session)).text();
    const last = upstream.reached.findLast(({ body }) => body.includes('tools/call'));
    expect(last?.body).toContain('"arguments":{"__proto__":{"admin":true},"constructor":"c","toString":1}');
    expect(last?.body).not.toMatch(/extra|write/);
    const [intend] = (await records('--kind', 'intend')).toReversed();
    expect(JSON.stringify(intend?.arguments)).toContain('"__proto__":{"admin":true}');
    for (const { headers, body } of upstream.reached) {
      expect(JSON.stringify(headers) + body).not.toContain(veto.key);
      expect(headers).not.toHaveProperty('x-veto-api-key');
      expect(headers).not.toHaveProperty('authorization');
    }
  });

  it('has an intend and a settle record each', async () => {
    const all = await records();
    const intends = all.filter(({ kind, method }) => kind === 'intend' && method === 'tools/call');
    expect(intends).toHaveLength(upstream.calls().length);
    const settled = new Set(all.filter(({ kind }) => kind === 'settle').map(({ callId }) => callId));
    expect(intends.every(({ callId }) => settled.has(callId))).toBe(true);
  });
});

it('a revoked key ends open streams and sessions, and answers no more', async () => {
  const created = await veto.cli('keys', 'create', 'doomed', '--gateway', 'default', '--principal', 'eve', '--json');
  const { key, id } = JSON.parse(created.stdout) as { key: string; id: string };
  const own = { 'x-veto-api-key': key };
  const params = { _meta: META, notifications: { toolsListChanged: true } };
  const listen = await post(
    { jsonrpc: '2.0', id: 7, method: 'subscriptions/listen', params },
    { ...own, ...MODERN, 'mcp-method': 'subscriptions/listen' },
  );
  expect(listen.status).toBe(200);
  expect((await veto.cli('keys', 'revoke', id)).code).toBe(0);
  expect(await listen.text()).toContain('acknowledged');
  const late = await post({ jsonrpc: '2.0', id: 0, method: 'server/discover', params: { _meta: META } }, own);
  expect(late.status).toBe(403);
});
