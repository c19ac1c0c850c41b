/**
 * What an idle session costs: growth of the resident memory of a listener per session of 2025-11-25, once without a
 * connection and once with an open GET stream. `node bench/sessions.ts [sessions]`
 */
import { fork, type ChildProcess } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { systemClock } from '../src/core/clock.ts';
import type { Door } from '../src/gateway/door.ts';
import { listenerLimits } from '../src/listener/section.ts';
import { startListener } from '../src/listener/server.ts';
import { numberArguments } from './rig.ts';

const PATH = '/v1/mcp/default';
const SETTLE_MS = 1500;

async function serve(): Promise<void> {
  const principal = { id: 'bench', kind: 'agent' as const, groups: [], roles: [], attributes: {} };
  const caller = { principal, keyId: 'bench', authenticatedBy: 'api-key' as const, isValid: () => true };
  const door: Door = {
    has: () => true,
    recognise: () => Promise.resolve({ kind: 'caller', caller }),
    introduce: () => Promise.resolve({ capabilities: {}, serverInfo: { name: 'bench' }, instructions: null }),
    answer: () => Promise.resolve({ kind: 'result', result: {} }),
    notified: () => undefined,
    attach: () => undefined,
  };
  const most = 100_000;
  const limits = listenerLimits({
    sessions_max: most,
    sessions_per_principal_max: most,
    streams_max: most,
    streams_per_principal_max: most,
    connections_max: most,
  });
  const about = { host: '127.0.0.1', port: 0, publicUrl: null, serverInfo: { name: 'veto' }, limits, challenge: null };
  const listener = await startListener(about, door, systemClock, { readiness: () => [], routes: [] });
  process.on('message', () => {
    globalThis.gc?.();
    process.send?.({ rssBytes: process.memoryUsage().rss, ...listener.counts() });
  });
  process.send?.({ url: listener.url });
}

function told<T>(child: ChildProcess, word: string | null): Promise<T> {
  return new Promise((resolve) => {
    child.once('message', (message) => resolve(message as T)); // only our own child writes here
    if (word !== null) child.send(word);
  });
}

interface Size {
  readonly rssBytes: number;
  readonly sessions: number;
  readonly streams: number;
}

async function measure(child: ChildProcess): Promise<Size> {
  await new Promise<void>((resolve) => setTimeout(resolve, SETTLE_MS));
  return told<Size>(child, 'measure');
}

async function initialize(url: string): Promise<string> {
  const body = { jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25' } };
  const headers = { 'content-type': 'application/json', 'x-veto-api-key': 'bench' };
  const opened = await fetch(url + PATH, { method: 'POST', headers, body: JSON.stringify(body) });
  const id = opened.headers.get('mcp-session-id') ?? '';
  await opened.arrayBuffer();
  const note = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });
  await fetch(url + PATH, { method: 'POST', headers: { ...headers, 'mcp-session-id': id }, body: note });
  return id;
}

function openStream(url: string, id: string): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.once('data', () => resolve(socket));
    const lines = [`GET ${PATH} HTTP/1.1`, `host: ${host}`, 'x-veto-api-key: bench', `mcp-session-id: ${id}`];
    socket.write(`${lines.join('\r\n')}\r\naccept: text/event-stream\r\n\r\n`);
  });
}

async function main(count: number): Promise<void> {
  const child = fork(import.meta.filename, ['--serve'], { execArgv: ['--expose-gc'] });
  const { url } = await told<{ url: string }>(child, null);
  for (let i = 0; i < 200; i++) await initialize(url);
  const empty = await measure(child);
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push(await initialize(url));
  const idle = await measure(child);
  const sockets: Socket[] = [];
  for (const id of ids) sockets.push(await openStream(url, id));
  const open = await measure(child);
  const kb = (from: Size, to: Size): string => ((to.rssBytes - from.rssBytes) / count / 1000).toFixed(1);
  process.stdout.write(`${idle.sessions - empty.sessions} sessions without a connection: ${kb(empty, idle)} kB each\n`);
  process.stdout.write(`${open.streams} of them with an open GET stream: ${kb(empty, open)} kB each\n`);
  for (const socket of sockets) socket.destroy();
  child.kill();
}

const [sessions = 2000] = numberArguments();
if (process.argv.includes('--serve')) await serve();
else await main(sessions);
