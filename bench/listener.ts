/**
 * What the door towards clients costs: CPU microseconds per call of a listener in front of a gateway that answers at
 * once, against a bare `node:http` echo, interleaved in one run. `node bench/listener.ts [calls per round] [rounds]`
 */
import { fork, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { systemClock } from '../src/core/clock.ts';
import type { Answer } from '../src/core/exchange.ts';
import type { Door } from '../src/gateway/door.ts';
import { listenerLimits } from '../src/listener/section.ts';
import { startListener } from '../src/listener/server.ts';
import { numberArguments } from './rig.ts';

const CONNECTIONS = 32;
const PADDING = 'x'.repeat(200);
const RESULT = { content: [{ type: 'text', text: PADDING }] };

type Target = 'echo' | 'modern' | 'legacy';

async function startEcho(): Promise<string> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const message = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { id: number };
      const text = JSON.stringify({ jsonrpc: '2.0', id: message.id, result: RESULT });
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      res.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server that listens has one
}

async function startDoor(): Promise<string> {
  const principal = { id: 'bench', kind: 'agent' as const, groups: [], roles: [], attributes: {} };
  const caller = { principal, keyId: 'bench', authenticatedBy: 'api-key' as const, isValid: () => true };
  const answer: Answer = { kind: 'result', result: RESULT };
  const door: Door = {
    has: () => true,
    recognise: () => Promise.resolve({ kind: 'caller', caller }),
    introduce: () => Promise.resolve({ capabilities: {}, serverInfo: { name: 'bench' }, instructions: null }),
    answer: () => Promise.resolve(answer),
    notified: () => undefined,
    attach: () => undefined,
  };
  const listener = await startListener(
    {
      host: '127.0.0.1',
      port: 0,
      publicUrl: null,
      serverInfo: { name: 'veto', version: '0.1.0' },
      limits: listenerLimits({ flood_per_second_max: 1_000_000, flood_burst_max: 1_000_000 }),
      challenge: null,
    },
    door,
    systemClock,
    { readiness: () => [], routes: [] },
  );
  return listener.url;
}

async function serve(target: Target): Promise<void> {
  const url = target === 'echo' ? await startEcho() : await startDoor();
  let before = process.cpuUsage();
  process.on('message', (word) => {
    if (word === 'start') before = process.cpuUsage();
    const { user, system } = process.cpuUsage(before);
    process.send?.({ cpuUs: user + system, rssBytes: process.memoryUsage().rss });
  });
  process.send?.({ url });
}

interface Running {
  readonly target: Target;
  readonly child: ChildProcess;
  readonly lanes: readonly Lane[];
  readonly samples: number[];
}

/** Digits of a request id: always as many, so that all requests and all answers are equally long. */
const FIRST_ID = 1_000_000;

/**
 * One connection that sends the same request again and again with another id. It costs far less than what it measures:
 * answers are told apart by their length, and the id and the text are looked for, nothing is parsed.
 */
class Lane {
  readonly #socket: Socket;
  readonly #head: string;
  readonly #tail: string;
  #expected = 0;
  #parts: Buffer[] = [];
  #bytes = 0;
  #wake: () => void = () => undefined;

  constructor(url: string, headers: Record<string, string>, params: string) {
    const { hostname, port, host } = new URL(url);
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    const body = `{"jsonrpc":"2.0","id":${FIRST_ID},"method":"tools/call","params":${params}}`;
    const lines = Object.entries({ host, ...headers, 'content-length': String(body.length) });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    this.#head = `POST ${PATH} HTTP/1.1\r\n${head}\r\n{"jsonrpc":"2.0","id":`;
    this.#tail = `,"method":"tools/call","params":${params}}`;
  }

  #read(chunk: Buffer): void {
    this.#parts.push(chunk);
    this.#bytes += chunk.length;
    if (this.#expected === 0) this.#expected = answerLength(Buffer.concat(this.#parts).toString('latin1'));
    if (this.#expected > 0 && this.#bytes >= this.#expected) this.#wake();
  }

  async call(id: number): Promise<void> {
    this.#parts = [];
    this.#bytes = 0;
    const answered = new Promise<void>((resolve) => (this.#wake = resolve));
    this.#socket.write(`${this.#head}${id}${this.#tail}`, 'latin1');
    await answered;
    const text = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    if (text?.includes(`"id":${id}`) !== true || !text.includes(PADDING))
      throw new Error(`answered ${text?.toString()}`);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Bytes of a whole HTTP answer with a `content-length`; 0 while its head is incomplete. */
function answerLength(text: string): number {
  const end = text.indexOf('\r\n\r\n');
  const length = /^content-length: (\d+)/im.exec(text)?.[1];
  return end < 0 || length === undefined ? 0 : end + 4 + Number(length);
}

function told<T>(child: ChildProcess, word: string | null): Promise<T> {
  return new Promise((resolve) => {
    child.once('message', (message) => resolve(message as T)); // only our own child writes here
    if (word !== null) child.send(word);
  });
}

const PATH = '/v1/mcp/default';
const MODERN = {
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'echo',
};

async function launch(target: Target): Promise<Running> {
  const child = fork(import.meta.filename, ['--serve', target]);
  const { url } = await told<{ url: string }>(child, null);
  const params: Record<string, unknown> = { name: 'echo', arguments: { text: PADDING } };
  let headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'x-veto-api-key': 'bench',
    'user-agent': 'bench',
  };
  if (target !== 'legacy') {
    headers = { ...headers, ...MODERN };
    params['_meta'] = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
  } else {
    const body = { jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25' } };
    const opened = await fetch(url + PATH, { method: 'POST', headers, body: JSON.stringify(body) });
    headers = { ...headers, 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
    await opened.arrayBuffer();
  }
  const text = JSON.stringify(params);
  const lanes = Array.from({ length: CONNECTIONS }, () => new Lane(url, headers, text));
  return { target, child, lanes, samples: [] };
}

let callNo = FIRST_ID;

async function load(running: Running, calls: number): Promise<void> {
  let left = calls;
  const one = async (lane: Lane): Promise<void> => {
    while (left-- > 0) await lane.call(++callNo);
  };
  await Promise.all(running.lanes.map(one));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

async function main(calls: number, rounds: number): Promise<void> {
  const all: Running[] = [];
  for (const target of ['echo', 'modern', 'legacy'] as const) all.push(await launch(target));
  for (const running of all) await load(running, calls);
  for (let round = 0; round < rounds; round++) {
    for (const running of all) {
      await told(running.child, 'start');
      await load(running, calls);
      const { cpuUs } = await told<{ cpuUs: number }>(running.child, 'stop');
      running.samples.push(cpuUs / calls);
    }
  }
  const base = median(all[0]?.samples ?? []);
  for (const { target, samples } of all) {
    const us = median(samples);
    process.stdout.write(
      `${target.padEnd(8)} ${us.toFixed(1).padStart(7)} µs/call  ${(us / base).toFixed(2)} × echo\n`,
    );
  }
  for (const { child, lanes } of all) {
    for (const lane of lanes) lane.close();
    child.kill();
  }
}

const [first, second] = process.argv.slice(2);
if (first === '--serve')
  await serve(second as Target); // only `launch` starts it so
else {
  const [calls = 4000, rounds = 7] = numberArguments();
  await main(calls, rounds);
}
