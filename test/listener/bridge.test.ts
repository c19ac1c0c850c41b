import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bridgeStdio } from '../../src/cli/stdio-bridge.ts';
import { systemClock } from '../../src/core/clock.ts';
import { MODERN_META, start, until, type Started } from './started.ts';

let on: Started;
beforeAll(async () => {
  on = await start();
});
afterAll(() => on.listener.close());

type Line = Record<string, unknown>;

function open(key = 'key-alice', url = on.url) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const lines: Line[] = [];
  let rest = '';
  output.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part) as Line);
  });
  const stop = new AbortController();
  const { signal } = stop;
  const world = { input, output, clock: systemClock, jitter: () => 0.5, signal, report: () => {} };
  const done = bridgeStdio({ url: new URL(url), key }, world);
  const say = (message: unknown): void => void input.write(`${JSON.stringify(message)}\n`);
  const line = async (no: number): Promise<Line> => {
    await until(() => lines.length > no, `line ${no} came`);
    return lines[no] ?? {};
  };
  return { input, lines, line, say, done, stop };
}

const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'piped', version: '1' } },
};
const run = (id: unknown, args: unknown, more: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'run', arguments: args, ...more },
});

describe('veto stdio --url', () => {
  it('carries a session both ways, and ends it', async () => {
    const { say, line, input, done } = open();
    const sessions = on.listener.counts().sessions;
    say(initialize);
    say({ jsonrpc: '2.0', method: 'notifications/initialized' });
    expect(await line(0)).toMatchObject({ id: 0, result: { protocolVersion: '2025-11-25' } });
    await until(() => on.listener.counts().streams === 1, 'the bridge listens');
    on.door.attached.at(-1)?.session.notify('notifications/tools/list_changed', {});
    expect(await line(1)).toMatchObject({ method: 'notifications/tools/list_changed' });
    say(run(1, { script: [{ do: 'ask', method: 'roots/list', params: {} }] }));
    const asked = await line(2);
    say({ jsonrpc: '2.0', id: asked['id'], result: { roots: [] } });
    expect(await line(3)).toMatchObject({ id: 1, result: {} });
    expect(on.door.answers).toContainEqual({ roots: [] });
    say(run('w', { script: [{ do: 'wait', name: 'bridge' }] }));
    await until(() => on.door.isWaiting('bridge'), 'the call waits');
    say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'w' } });
    await until(() => on.door.cancelled.includes('w'), 'the call is cancelled');
    input.end();
    await done;
    await until(() => on.listener.counts().sessions === sessions, 'the session ended');
  });

  it('gives 2026-07-28 the headers that it needs over HTTP', async () => {
    const { say, line, input, done } = open();
    const more = { _meta: MODERN_META };
    say({ jsonrpc: '2.0', id: 1, method: 'server/discover', params: more });
    expect(await line(0)).toMatchObject({ id: 1, result: { resultType: 'complete' } });
    say(run('a', { text: 'ü' }, more));
    expect(await line(1)).toMatchObject({ id: 'a', result: { resultType: 'complete' } });
    say(run('w', { script: [{ do: 'wait', name: 'hang-up' }] }, more));
    await until(() => on.door.isWaiting('hang-up'), 'the call waits');
    say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'w' } });
    await until(() => on.door.cancelled.includes('w'), 'the call is cancelled');
    input.end();
    await done;
  });

  it('answers every request, whatever happens to the gateway', async () => {
    const wrong = open('nonsense');
    wrong.say(initialize);
    expect(await wrong.line(0)).toMatchObject({ id: 0, error: { code: -31002 } });
    wrong.stop.abort();
    await wrong.done;
    const nobody = open('key-alice', 'http://127.0.0.1:9/v1/mcp/default');
    nobody.say(initialize);
    expect(await nobody.line(0)).toMatchObject({ id: 0, error: { code: -31020 } });
    nobody.input.write('nonsense\n');
    expect(await nobody.line(1)).toMatchObject({ error: { code: -32700 } });
    nobody.input.end();
    await nobody.done;
  });
});
