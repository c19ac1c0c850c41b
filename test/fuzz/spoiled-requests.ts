import { connect } from 'node:net';
import { systemClock } from '../../src/core/clock.ts';
import { MODERN_META } from '../listener/started.ts';

/** mulberry32: small, seeded, good enough to pick mutations. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

export type Random = ReturnType<typeof seeded>;

export interface Case {
  readonly name: string;
  readonly head: string;
  readonly body: Buffer;
  /** Whether the gateway may see it at all. */
  readonly verdict: 'refused' | 'accepted';
  /** How it is sent. */
  readonly end: 'wait' | 'half-close' | 'destroy' | 'stall';
}

let marker = 0;

/** A valid call with a mark of its own, so that what came of it can be searched for it. */
function valid({ key }: Sender): { mark: string; message: Record<string, unknown>; headers: Record<string, string> } {
  marker++;
  const mark = `mark-${marker}-${marker * 7919}`; // spoiled, it is not the mark of another case
  const params = { name: 'run', arguments: { mark, text: 'wörk ✓ 𝄞' }, _meta: MODERN_META };
  const message = { jsonrpc: '2.0', id: marker, method: 'tools/call', params };
  const headers = {
    host: 'localhost',
    'x-veto-api-key': key,
    'content-type': 'application/json',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'run',
  };
  return { mark, message, headers };
}

const WRONG = [null, 7, 'text', true, [], [1], { a: 1 }, 1.5];
const HUGE = ['9007199254740993', '1e400', '-9007199254740993', `1${'0'.repeat(400)}`];
const BROKEN_UTF8 = [[0xff], [0xc3, 0x28], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80]];
const NOISE = '{}[]",:\\0019ae\n\t\u0000/*x'.split('');

/** Who sends, and the headers of a session of theirs. */
export interface Sender {
  readonly key: string;
  readonly session: Readonly<Record<string, string>>;
}

type Mutation = (random: Random, from: Sender) => { case: Case; mark: string };

function made(
  name: string,
  parts: { headers: Record<string, string>; body: Buffer | string; mark: string },
  verdict: Case['verdict'],
  end: Case['end'] = 'wait',
): { case: Case; mark: string } {
  const body = typeof parts.body === 'string' ? Buffer.from(parts.body) : parts.body;
  const lines = Object.entries({ 'content-length': String(body.length), connection: 'close', ...parts.headers });
  const head = `POST /v1/mcp/default HTTP/1.1\r\n${lines.map(([key, value]) => `${key}: ${value}\r\n`).join('')}\r\n`;
  return { case: { name, head, body, verdict, end }, mark: parts.mark };
}

export function pick<T>(random: Random, from: readonly T[]): T {
  const found = from[random(from.length)];
  if (found === undefined && from.length === 0) throw new Error('nothing to pick from');
  return found as T; // the index is within
}

export const MUTATIONS: readonly Mutation[] = [
  (_, from) => {
    const { mark, message, headers } = valid(from);
    return made('as it should be', { headers, mark, body: JSON.stringify(message) }, 'accepted');
  },
  (random, from) => {
    const { mark, message, headers } = valid(from);
    const text = JSON.stringify(message);
    return made('cut off', { headers, mark, body: text.slice(0, 1 + random(text.length - 1)) }, 'refused');
  },
  (random, from) => {
    const { mark, message, headers } = valid(from);
    const text = JSON.stringify(message);
    const at = random(text.length);
    const spoiled = text.slice(0, at) + pick(random, NOISE) + text.slice(at + random(3));
    // Spoiled text may still be a valid call; then only that it is answered counts.
    return made('spoiled', { headers, mark: `${mark}-none`, body: spoiled }, 'refused');
  },
  (random, from) => {
    const { mark, message, headers } = valid(from);
    const bytes = Buffer.from(JSON.stringify(message));
    const at = bytes.indexOf('wörk') + random(4);
    const body = Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(random, BROKEN_UTF8)), bytes.subarray(at)]);
    return made('broken UTF-8', { headers, mark, body }, 'refused');
  },
  (random, from) => {
    const { mark, message, headers } = valid(from);
    const key = pick(random, ['jsonrpc', 'id', 'method', 'params', 'name', 'arguments', 'mark', '_meta']);
    const value = JSON.stringify(pick(random, WRONG));
    const body = JSON.stringify(message).replace(`"${key}":`, `"${key}":${value},"${key}":`);
    return made(`two of \`${key}\``, { headers, mark, body }, 'refused');
  },
  (random, from) => {
    const { mark, message, headers } = valid(from);
    const body = JSON.stringify(message).replace('"text":', `"n":${pick(random, HUGE)},"text":`);
    return made('a huge number', { headers, mark, body }, 'refused');
  },
  (random, from) => {
    const { mark, message, headers } = valid(from);
    const depth = 65 + random(3000);
    const body = JSON.stringify(message).replace('"text":', `"d":${'['.repeat(depth)}${']'.repeat(depth)},"text":`);
    return made('deep nesting', { headers, mark, body }, 'refused');
  },
  (random, from) => {
    const { mark, message, headers } = valid(from);
    const key = pick(random, ['jsonrpc', 'method', 'params']);
    const body = JSON.stringify({ ...message, [key]: pick(random, WRONG) });
    return made(`a wrong \`${key}\``, { headers, mark, body }, 'refused');
  },
  (random, from) => {
    const { mark, message, headers } = valid(from);
    const body = JSON.stringify({ ...message, id: pick(random, [null, true, [], {}, 1.5]) });
    return made('a wrong id', { headers, mark, body }, 'refused');
  },
  (random, from) => {
    const { mark, message, headers } = valid(from);
    const name = pick(random, ['mcp-protocol-version', 'mcp-method', 'mcp-name']);
    const value = pick(random, ['', 'x', 'tools/list', '2025-11-25', '=?base64?!!?=', 'rün', 'RUN', 'run,run']);
    const body = JSON.stringify(message);
    return made(`another \`${name}\``, { headers: { ...headers, [name]: value }, mark, body }, 'refused');
  },
  (random, from) => {
    const { mark, message, headers } = valid(from);
    const body = JSON.stringify(message);
    const shift = 1 + random(20);
    const more = { ...headers, 'content-length': String(body.length + 100 + shift) };
    return made('a length too long', { headers: more, mark, body }, 'refused', pick(random, ['half-close', 'stall']));
  },
  (random, from) => {
    const { mark, message, headers } = valid(from);
    const text = JSON.stringify(message);
    const more = { ...headers, 'content-length': String(Buffer.byteLength(text)) };
    const body = text.slice(0, random(text.length - 20));
    return made('a client that leaves', { headers: more, mark, body }, 'refused', 'destroy');
  },
  (_, from) => {
    const { mark, message, headers } = valid(from);
    return made('a large body', { headers, mark, body: JSON.stringify(message).padEnd(30_000) }, 'refused');
  },
  (random, from) => {
    const { mark, message, headers } = valid(from);
    const own = { ...headers, ...from.session };
    const items = [message, pick(random, [...WRONG, message, [message]])];
    return made('a batch of the new era', { headers: own, mark, body: JSON.stringify(items) }, 'refused');
  },
  (random, from) => {
    const { mark, message, headers } = valid(from);
    const own = { ...headers, 'mcp-session-id': pick(random, ['', 'x', 'a'.repeat(43), '../..']) };
    const plain = { ...message, params: { name: 'run', arguments: { mark } } };
    const body = JSON.stringify(plain);
    return made(
      'no such session',
      { headers: { ...own, 'mcp-protocol-version': '2025-11-25' }, mark, body },
      'refused',
    );
  },
];

/** Sends a case in pieces cut anywhere, and waits, bounded, until the server answered or hung up. */
export function deliver(port: number, one: Case, random: Random, withinMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    let answer = '';
    const late = systemClock.after(withinMs, () => {
      socket.destroy();
      reject(new Error(`no answer to ${one.name} within ${withinMs} ms`));
    });
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      late();
      resolve(answer);
    });
    const bytes = Buffer.concat([Buffer.from(one.head, 'latin1'), one.body]);
    const cut = 1 + random(bytes.length - 1);
    socket.write(bytes.subarray(0, cut));
    setImmediate(() => {
      if (one.end === 'destroy') {
        socket.write(bytes.subarray(cut), () => socket.destroy());
        return;
      }
      socket.write(bytes.subarray(cut));
      if (one.end === 'half-close') socket.end();
    });
  });
}
