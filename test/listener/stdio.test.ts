import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { listenerLimits, type ListenerSection } from '../../src/listener/section.ts';
import { serveStdio } from '../../src/listener/stdio.ts';
import { ScriptedDoor } from './scripted-door.ts';
import { MODERN_META, until } from './started.ts';

type Line = Record<string, unknown>;

function open(section: Partial<ListenerSection> = {}) {
  const door = new ScriptedDoor();
  const [input, output] = [new PassThrough(), new PassThrough()];
  const lines: Line[] = [];
  let rest = '';
  output.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part) as Line);
  });
  const limits = listenerLimits({ drain_ms: 200, ...section });
  const serverInfo = { name: 'veto', version: '0' };
  const settings = { gateway: 'default', caller: door.callerOf('alice'), serverInfo, limits };
  const server = serveStdio(settings, door, systemClock, input, output);
  const say = (...messages: unknown[]): void => {
    for (const message of messages) input.write(typeof message === 'string' ? message : `${JSON.stringify(message)}\n`);
  };
  const line = async (no: number): Promise<Line> => {
    await until(() => lines.length > no, `line ${no} came`);
    return lines[no] ?? {};
  };
  return { door, input, output, lines, line, say, server };
}

const initialize = (protocolVersion: string) => ({
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion, capabilities: {} },
});
const call = (id: unknown, script: unknown[], _meta?: unknown) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'run', arguments: { script }, ...(_meta === undefined ? {} : { _meta }) },
});
const cancelled = (requestId: unknown) => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId },
});

describe('stdio', () => {
  it('serves a session of the older revisions, questions to the client included', async () => {
    const { door, line, say, server, input } = open();
    say(initialize('2025-06-18'));
    expect(await line(0)).toMatchObject({ id: 0, result: { protocolVersion: '2025-06-18' } });
    say({ jsonrpc: '2.0', method: 'notifications/initialized' });
    await until(() => door.attached.length === 1, 'the session is attached');
    door.attached[0]?.session.notify('notifications/tools/list_changed', {});
    expect(await line(1)).toMatchObject({ method: 'notifications/tools/list_changed' });
    say(call(1, [{ do: 'ask', method: 'roots/list', params: {} }]));
    const asked = await line(2);
    say({ jsonrpc: '2.0', id: asked['id'], result: { roots: [] } });
    expect(await line(3)).toMatchObject({ id: 1, result: {} });
    expect(door.answers).toEqual([{ roots: [] }]);
    expect(door.seen.at(-1)?.exchange.client).toMatchObject({ transport: 'stdio', address: 'local', era: 'legacy' });
    input.end();
    await server.done;
    expect(door.closed.length).toBe(1);
  });

  it('serves 2026-07-28 without a session', async () => {
    const { door, line, say, server, input } = open();
    say({ jsonrpc: '2.0', id: 'd', method: 'server/discover', params: { _meta: MODERN_META } });
    expect(await line(0)).toMatchObject({
      id: 'd',
      result: {
        resultType: 'complete',
        supportedVersions: expect.arrayContaining(['2026-07-28']) as unknown,
        ttlMs: 0,
      },
    });
    say(call(1, [], MODERN_META));
    expect(await line(1)).toMatchObject({ id: 1, result: { resultType: 'complete' } });
    expect(door.seen.at(-1)?.exchange).toMatchObject({ session: null, ask: null });
    say({ jsonrpc: '2.0', id: 2, method: 'ping', params: { _meta: MODERN_META } });
    expect(await line(2)).toMatchObject({ id: 2, error: { code: -32601 } });
    say({ jsonrpc: '2.0', id: 3, method: 'tools/list', params: { _meta: { ...MODERN_META, [V]: '2099-01-01' } } });
    expect(await line(3)).toMatchObject({ id: 3, error: { code: -32022 } });
    say({ jsonrpc: '2.0', id: 4, method: 'server/discover' });
    expect(await line(4)).toMatchObject({ id: 4, error: { code: -32602 } });
    input.end();
    await server.done;
  });

  it('ends subscriptions with a result when the input ends', async () => {
    const { line, say, server, input } = open();
    const params = { notifications: { toolsListChanged: true }, _meta: MODERN_META };
    say({ jsonrpc: '2.0', id: 'sub', method: 'subscriptions/listen', params });
    const tag = { 'io.modelcontextprotocol/subscriptionId': 'sub' };
    expect(await line(0)).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { _meta: tag },
    });
    await line(1);
    input.end();
    await server.done;
    expect(await line(2)).toMatchObject({ id: 'sub', result: { resultType: 'complete', _meta: tag } });
  });

  it.each<[string, unknown]>([
    ['2026-07-28', MODERN_META],
    ['2025-11-25', undefined],
  ])('cancels by notification, with silence, in %s', async (_, meta) => {
    const { door, line, say, lines, server, input } = open();
    say(initialize('2025-11-25'));
    await line(0);
    say(call('w', [{ do: 'wait', name: 'x' }], meta));
    await until(() => door.isWaiting('x'), 'the call waits');
    say(cancelled('w'));
    await until(() => door.cancelled.includes('w'), 'the call is cancelled');
    say({ jsonrpc: '2.0', id: 'p', method: 'ping' });
    await until(() => lines.some((l) => l['id'] === 'p'), 'the ping is answered');
    expect(lines.some((l) => l['id'] === 'w')).toBe(false);
    input.end();
    await server.done;
  });

  it('takes batches in 2025-03-26 only', async () => {
    const two = [
      { jsonrpc: '2.0', id: 1, method: 'ping' },
      { jsonrpc: '2.0', id: 2, method: 'ping' },
    ];
    const old = open();
    old.say(initialize('2025-03-26'));
    await old.line(0);
    old.say(two);
    expect([await old.line(1), await old.line(2)]).toMatchObject([{ id: 1 }, { id: 2 }]);
    const late = open();
    late.say(initialize('2025-06-18'));
    await late.line(0);
    late.say(two);
    expect(await late.line(1)).toMatchObject({ error: { code: -32600 } });
  });

  it('answers what is no message, and goes on', async () => {
    const { line, say } = open({ body_bytes_max: 1000, json_depth_max: 8 });
    say(
      '{"jsonrpc"\n',
      '\r\n',
      '\n',
      '  \t\r\n',
      '"text"\n',
      `${'x'.repeat(5000)}\n`,
      `${'['.repeat(50)}\n`,
      '{"a":1,"a":2}\n',
    );
    say({ jsonrpc: '2.0', id: 9, method: 'ping' });
    const codes = [];
    for (let no = 0; no < 5; no++) codes.push(((await line(no))['error'] as { code: number }).code);
    expect(codes).toEqual([-32700, -32600, -32700, -32700, -32700]);
    expect(await line(5)).toMatchObject({ id: 9 });
  });

  it('ends when the key is revoked', async () => {
    const { door, server } = open();
    door.revoked.add('alice');
    await server.done;
  });

  it('stops reading while the client does not', async () => {
    const { input, output, say, server, door } = open({ stream_buffer_bytes_max: 1000 });
    say(initialize('2025-11-25'));
    await until(() => door.seen.length === 1, 'the session is open');
    output.pause();
    const big = 'x'.repeat(30_000);
    for (let id = 1; id <= 20; id++) say(call(id, [{ do: 'result', result: { big } }]));
    await until(() => input.isPaused(), 'the input is paused');
    output.resume();
    await until(() => door.seen.length === 21, 'all calls came through');
    input.end();
    await server.done;
  });

  it('survives a client that closes its end', async () => {
    const { output, say, server, input } = open();
    output.destroy(new Error('EPIPE'));
    say({ jsonrpc: '2.0', id: 1, method: 'ping' });
    input.end();
    await server.done;
  });
});

const V = 'io.modelcontextprotocol/protocolVersion';
