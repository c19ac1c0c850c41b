import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { ALICE, BOB, eventually, TestRoom, type Changes } from './open-room.ts';
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

const FINE: JsonObject = { content: [{ type: 'text', text: 'fine' }] };
const fine: Script = (got) => got.result(FINE);
/** A legacy server that answers the probe in its own way. */
const probedBy =
  (script: Script): Script =>
  (got) =>
    got.message['method'] === 'server/discover' ? script(got) : legacyServer(fine)(got);

describe('the probe for the era', () => {
  it.each<[string, Script]>([
    ['400 and nothing', (got) => got.raw(400, '', '')],
    ['400 and a page', (got) => got.raw(400, 'text/html', '<p>no</p>')],
    ['400 and an error of no request', (got) => got.error(400, -32000, undefined, null)],
    ['404', (got) => got.raw(404, 'text/plain', 'not here')],
    ['406', (got) => got.raw(406, 'text/plain', 'no')],
    ['200 and "method not found"', (got) => got.error(200, -32601)],
    ['200 and "invalid params"', (got) => got.error(200, -32602)],
    ['a result that is none', (got) => got.result({})],
    ['"unsupported version", listing a legacy one', (got) => got.error(400, -32022, { supported: ['2025-06-18'] })],
    ['a list of legacy revisions', (got) => got.result({ supportedVersions: ['2025-11-25'], capabilities: {} })],
  ])('goes on with `initialize` after %s', async (_, script) => {
    const server = await serve(probedBy(script));
    const room = roomFor(server);
    expect(await room.text('it')).toBe('fine');
    expect(await room.text('it', {}, { tenant: BOB })).toBe('fine');
    expect(server.methods().filter((method) => method === 'server/discover')).toHaveLength(1);
    expect(room.upstreams.status('it')).toMatchObject({ era: 'legacy', transport: 'streamable-http' });
  });

  it.each<[string, Script, string]>([
    ['401', (got) => got.raw(401, '', ''), 'upstream_unauthorized'],
    ['403', (got) => got.raw(403, 'text/plain', 'no'), 'upstream_unreachable'],
    ['500 with an error of its own', (got) => got.error(500, -32603), 'upstream_unreachable'],
    ['503', (got) => got.raw(503, '', ''), 'upstream_unreachable'],
    ['429', (got) => got.raw(429, '', ''), 'upstream_overloaded'],
    ['a redirect', (got) => void got.res.writeHead(302, { location: '/' }).end(), 'upstream_protocol'],
    ['"header mismatch"', (got) => got.error(400, -32020), 'upstream_protocol'],
    ['"missing capability"', (got) => got.error(400, -32021), 'upstream_protocol'],
    [
      '"unsupported version", listing unknown ones',
      (got) => got.error(400, -32022, { supported: ['2031-01-01'] }),
      'upstream_protocol',
    ],
    ['a list of unknown revisions', (got) => got.result({ supportedVersions: ['2031-01-01'] }), 'upstream_protocol'],
  ])('does not fall back after %s', async (_, script, code) => {
    const server = await serve(probedBy(script));
    await expect(roomFor(server).call('it')).rejects.toMatchObject({ code });
    expect(new Set(server.methods())).toEqual(new Set(['server/discover']));
  });

  it('tries `initialize` when the probe is met with silence', async () => {
    const server = await serve(probedBy(() => undefined));
    expect(await roomFor(server, { limits: { probeTimeoutMs: 200 } }).text('it')).toBe('fine');
  });

  it('is made once more when the server refuses a revision that it lists', async () => {
    let refusals = 1;
    const server = await serve((got) => {
      if (refusals-- > 0) got.error(400, -32022, { supported: ['2026-07-28'] });
      else modernServer(fine)(got);
    });
    expect(await roomFor(server).text('it')).toBe('fine');
    expect(server.count('initialize')).toBe(0);
  });

  it('is left out when the era is pinned', async () => {
    const legacy = await serve(legacyServer(fine));
    expect(await roomFor(legacy, { era: 'legacy' }).text('it')).toBe('fine');
    expect(legacy.count('server/discover')).toBe(0);
    const mock = await serve((got) =>
      got.message['method'] === 'server/discover' ? got.error(404, -32601) : modernServer(fine)(got),
    );
    const room = roomFor(mock, { era: 'modern' });
    expect(await room.text('it')).toBe('fine');
    expect(mock.count('initialize')).toBe(0);
    expect(await room.upstreams.catalogue('it', ALICE)).toMatchObject({ era: 'modern', capabilities: { tools: {} } });
  });

  it('is made once for many callers at once', async () => {
    const server = await serve(modernServer(fine));
    const room = roomFor(server);
    const tenants = Array.from({ length: 20 }, (_, n) => ({ key: `tenant ${n}`, capabilities: {} }));
    expect(new Set(await Promise.all(tenants.map((tenant) => room.text('it', {}, { tenant }))))).toEqual(
      new Set(['fine']),
    );
    expect(server.count('server/discover')).toBe(1);
  });

  it('is made again when the server turns out to be of the other era', async () => {
    const server = await serve(modernServer(fine));
    const room = roomFor(server);
    expect(await room.text('it')).toBe('fine');
    server.script = (got) =>
      got.headers['mcp-session-id'] === undefined && got.message['method'] === 'tools/call'
        ? got.raw(400, '', '')
        : legacyServer(fine)(got);
    expect(await room.text('it')).toBe('fine');
    expect(room.upstreams.status('it').era).toBe('legacy');
    server.script = (got) =>
      got.message['method'] === 'initialize' || got.headers['mcp-session-id'] !== undefined
        ? got.error(400, -32022, { supported: ['2026-07-28'] })
        : modernServer(fine)(got);
    expect(await room.text('it')).toBe('fine');
    expect(room.upstreams.status('it').era).toBe('modern');
  });

  it('is made again after a restart, because the server may be another one', async () => {
    const server = await serve(legacyServer(fine));
    const room = roomFor(server);
    expect(await room.text('it')).toBe('fine');
    const probes = server.count('server/discover');
    server.script = modernServer(fine);
    await room.upstreams.restart('it');
    expect(await room.text('it')).toBe('fine');
    expect(room.upstreams.status('it').era).toBe('modern');
    expect(server.count('server/discover')).toBe(probes + 1);
    // The old era was not tried first.
    expect(server.methods().filter((method) => method === 'initialize')).toHaveLength(1);
  });

  it('settles on the newest revision that both speak, and names it from then on', async () => {
    for (const revision of ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']) {
      const server = await serve(legacyServer(fine, revision));
      const room = roomFor(server, { era: 'legacy' });
      expect((await room.upstreams.catalogue('it', ALICE)).revision).toBe(revision);
      const [first, ...rest] = server.got;
      expect(first?.message['params']).toMatchObject({ protocolVersion: '2025-11-25', clientInfo: { name: 'veto' } });
      expect(first?.headers['mcp-protocol-version']).toBeUndefined();
      expect(new Set(rest.map(({ headers }) => headers['mcp-protocol-version']))).toEqual(new Set([revision]));
    }
    const future = await serve(legacyServer(fine, '2027-01-01'));
    await expect(roomFor(future, { era: 'legacy' }).call('it')).rejects.toMatchObject({ code: 'upstream_protocol' });
  });
});

describe('HTTP+SSE', () => {
  const refusing: Script = (got) => got.raw(405, 'text/plain', 'no');

  it.each([
    'http://localhost:9/messages',
    'https://127.0.0.1/m',
    '//evil.example/m',
    'file:///etc/passwd',
    'http://a:b@127.0.0.1:1/m',
    'http://[',
  ])('refuses the endpoint %s', async (endpoint) => {
    const elsewhere = await serve(refusing);
    const where = endpoint.replace('localhost:9', new URL(elsewhere.url).host.replace('127.0.0.1', 'localhost'));
    const server = await serve((got) => {
      if (got.verb === 'GET')
        got.res.writeHead(200, { 'content-type': 'text/event-stream' }).write(`event: endpoint\ndata: ${where}\n\n`);
      else refusing(got);
    });
    const call = roomFor(server, { headers: { authorization: 'x' } }).call('it');
    await expect(call).rejects.toThrow('names an endpoint of another origin');
    expect(elsewhere.got).toEqual([]);
  });

  it('gives up on a server that never names an endpoint', async () => {
    const server = await serve((got) => (got.verb === 'GET' ? void got.stream() : refusing(got)));
    const room = roomFor(server, { limits: { startTimeoutMs: 300 } });
    await expect(room.call('it')).rejects.toMatchObject({ code: 'upstream_timeout' });
  });

  it('says what the first refusal was when neither transport is there', async () => {
    const server = await serve((got) => got.raw(404, 'text/plain', 'nothing here'));
    await expect(roomFor(server).call('it')).rejects.toThrow('HTTP 404: `nothing here`');
  });

  it('fails what is under way when the stream ends, and connects again', async () => {
    let streams = 0;
    const server = await serve((got) => {
      if (got.verb === 'GET') {
        streams++;
        got.res.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: endpoint\ndata: ?post\n\n');
        server.script = script(got.res);
      } else refusing(got);
    });
    const first = server.script;
    const script =
      (stream: { write(text: string): void; destroy(): void }): Script =>
      (got) => {
        const { method, id, params } = got.message;
        if (got.verb === 'GET') return first(got);
        got.raw(202, '', '');
        const name = (params as JsonObject | undefined)?.['name'];
        if (name === 'die') stream.destroy();
        else if (name === 'fine') stream.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result: FINE })}\n\n`);
        else if (method === 'initialize') {
          const result = { protocolVersion: '2024-11-05', capabilities: {}, serverInfo: {} };
          stream.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`);
        }
      };
    const room = roomFor(server, { transport: 'sse' });
    expect(await room.text('fine')).toBe('fine');
    const hanging = room.call('hang');
    const dying = room.call('die');
    await expect(hanging).rejects.toMatchObject({ code: 'upstream_closed' });
    await expect(dying).rejects.toMatchObject({ code: 'upstream_closed' });
    expect(await room.text('fine')).toBe('fine');
    expect(streams).toBe(2);
  });
});

describe('an upstream that is not to be had', () => {
  it('costs one attempt per back-off, answers at once meanwhile, and is found again', async () => {
    const server = await new ScriptedServer(modernServer(fine)).listen();
    const room = roomFor(server, { limits: { backOffMs: 400, backOffMaxMs: 400 } });
    expect(await room.text('it')).toBe('fine');
    await server.close();
    await expect(room.call('it')).rejects.toMatchObject({
      code: expect.stringMatching(/^upstream_(unreachable|closed)$/) as string,
    });
    await expect(room.call('it')).rejects.toMatchObject({ code: 'upstream_unreachable' });
    await expect(room.call('it')).rejects.toThrow('not tried again for');
    await expect(room.upstreams.catalogue('it', BOB)).rejects.toThrow('not tried again for');
    expect(room.upstreams.status('it').state).toBe('backing-off');
    const again = await new ScriptedServer(modernServer(fine)).listen(Number(new URL(server.url).port));
    opened.push(again);
    await eventually(() => room.upstreams.status('it').state !== 'backing-off', 'the back-off is over');
    expect(await room.text('it')).toBe('fine');
    expect(room.upstreams.status('it').state).toBe('ready');
  });

  it('is asked once for a list, however many want it, and not again until the back-off is over', async () => {
    const server = await serve((got) => {
      if (got.message['method'] === 'tools/list') setTimeout(() => got.error(200, -32603), 50);
      else modernServer(fine)(got);
    });
    const room = roomFor(server, { limits: { backOffMs: 60_000, backOffMaxMs: 60_000 } });
    const wanted = await Promise.allSettled(Array.from({ length: 10 }, () => room.upstreams.catalogue('it', ALICE)));
    expect(wanted.every(({ status }) => status === 'rejected')).toBe(true);
    await expect(room.upstreams.catalogue('it', ALICE)).rejects.toThrow('not tried again for');
    expect(server.count('tools/list')).toBe(1);
    expect(await room.text('it')).toBe('fine');
  });
});

describe('a legacy server that forgot the session', () => {
  it('is listed again in a new session, although nobody calls it', async () => {
    let forgotten = false;
    const plain = legacyServer(fine);
    const server = await serve((got) => {
      if (forgotten && got.headers['mcp-session-id'] === 'session-1') got.error(404, -32000, undefined, null);
      else plain(got);
    });
    const room = roomFor(server, { limits: { catalogueTtlMs: 1 } });
    const first = await room.upstreams.catalogue('it', ALICE);
    forgotten = true;
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await room.upstreams.catalogue('it', ALICE)).toBe(first);
    expect(server.count('initialize')).toBe(2);
  });
});
