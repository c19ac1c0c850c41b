import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { stringify } from 'yaml';
import { RecordReader } from '../../src/store/sqlite/record-reader.ts';
import { freePort, lineOf, listening, start, type Running } from '../support/processes.ts';
import { runProgram, type Ended } from '../support/run-program.ts';
import { until } from '../support/until.ts';
import { CLI } from '../support/veto.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const NOTE_TAKER = path('./note-taker.mjs');
const COLLECT = path('./collect-on-signal.mjs');

export interface RigSetup {
  readonly transport: 'stdio' | 'streamable-http';
  readonly principals: number;
  readonly policy?: string;
  /** More of veto.yaml. */
  readonly more?: object;
}

/** What came back to one call. */
export type Answer =
  | { readonly kind: 'text'; readonly text: string }
  /** The gateway said no or failed: a code of the refusal, or of JSON-RPC. */
  | { readonly kind: 'refused'; readonly status: number; readonly code: string; readonly retryAfter: string | null }
  /** No HTTP answer. */
  | { readonly kind: 'broken'; readonly why: string };

export interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
}

/** A real gateway, an upstream that takes notes, and everything needed to compare the two. */
export interface Rig {
  readonly directory: string;
  /** Starts the gateway (again), over the same store. */
  launch(): Promise<Launched>;
  setPolicy(text: string): Promise<void>;
  /** Words that reached the upstream, in order; what a process took is told by its id. */
  notes(): Promise<readonly { readonly nonce: string; readonly pid: number }[]>;
  /** Calls by kind of record: nonces of `intend`, by call id; ids of `settle`. */
  records(): Promise<{ readonly intends: ReadonlyMap<string, string>; readonly settles: ReadonlySet<string> }>;
  verify(): Promise<Ended>;
  /** Processes that work for this rig, other than gateways. */
  upstreamPids(): readonly number[];
  stop(): Promise<void>;
}

export interface Launched {
  readonly running: Running;
  readonly url: string;
  call(principal: number, nonce: string, ms?: number): Promise<Answer>;
  memory(): Promise<Memory>;
  /** Lets go of the client's connections. */
  hangUp(): Promise<void>;
}

export const ALLOW =
  'version: 1\ndefault: deny\npolicies:\n  - { name: notes, match: { tool: note }, action: allow }\n';

export async function buildRig({ transport, principals, policy = ALLOW, more = {} }: RigSetup): Promise<Rig> {
  const directory = await mkdtemp(join(tmpdir(), 'veto-chaos-'));
  const notes = join(directory, 'notes');
  const config = join(directory, 'veto.yaml');
  const ids = Array.from({ length: principals }, (_, n) => n);
  const env: NodeJS.ProcessEnv = { ...process.env, NOTES: notes };
  for (const n of ids) env[`CHAOS_KEY_${n}`] = keyOf(n);
  const server = transport === 'stdio' ? null : await startServer(env, directory);
  const upstream = server
    ? { transport, url: server.url }
    : { command: process.execPath, args: [NOTE_TAKER, '--stdio', directory], env: { NOTES: notes } };
  await writeFile(join(directory, 'policies.yaml'), policy);
  const keys = ids.map((n) => ({ name: `k${n}`, secret: `env:CHAOS_KEY_${n}`, principal: { id: `p${n}` } }));
  const gateways = { default: { upstreams: ['notes'], policies: ['policies.yaml'] } };
  await writeFile(
    config,
    stringify({
      version: 1,
      listen: '127.0.0.1:0',
      store: './store',
      gateways,
      upstreams: { notes: upstream },
      keys,
      ...more,
    }),
  );
  const launched: Launched[] = [];
  return {
    directory,
    async launch() {
      const next = await launch(config, directory, env);
      launched.push(next);
      return next;
    },
    async setPolicy(text) {
      await writeFile(join(directory, 'policies.new'), text);
      await rename(join(directory, 'policies.new'), join(directory, 'policies.yaml'));
    },
    notes: () => readNotes(notes),
    records: () => readRecords(join(directory, 'store')),
    verify: () => runProgram(process.execPath, [CLI, 'audit', 'verify', '--config', config], { cwd: directory, env }),
    upstreamPids: () => pidsWith([NOTE_TAKER, directory]),
    async stop() {
      for (const one of launched) {
        await one.hangUp();
        await one.running.stop();
      }
      await server?.running.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const keyOf = (n: number): string => `chaos-${n}-${'k'.repeat(40)}`;

async function startServer(env: NodeJS.ProcessEnv, directory: string): Promise<{ url: string; running: Running }> {
  const port = await freePort();
  const running = start(process.execPath, [NOTE_TAKER, String(port), directory], { env });
  await listening(port, running);
  return { running, url: `http://127.0.0.1:${port}/mcp` };
}

async function launch(config: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Launched> {
  const flags = ['--expose-gc', '--import', COLLECT];
  const running = start(process.execPath, [...flags, CLI, 'serve', '--config', config], { cwd, env });
  const [, url = ''] = await lineOf(running, /(http:\/\/[^\s/]+)/);
  const pool = new Pool(url, { connections: 128, bodyTimeout: 0, headersTimeout: 0 });
  return {
    running,
    url,
    call: (principal, nonce, ms) => call(pool, principal, nonce, ms),
    async memory() {
      const told = () => running.stderr().match(/^memory .*$/gm) ?? [];
      const before = told().length;
      running.child.kill('SIGUSR2');
      await until(() => told().length > before, 'the gateway collected its garbage');
      return JSON.parse((told().at(-1) ?? '').slice('memory '.length)) as Memory;
    },
    hangUp: () => pool.destroy(),
  };
}

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

async function call(pool: Pool, principal: number, nonce: string, ms?: number): Promise<Answer> {
  const args = ms === undefined ? { nonce } : { nonce, ms };
  const params = { name: 'note', arguments: args, _meta: META };
  try {
    const { statusCode, headers, body } = await pool.request({
      path: '/v1/mcp/default',
      method: 'POST',
      headers: {
        'x-veto-api-key': keyOf(principal),
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'note',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    });
    const retryAfter = headers['retry-after'];
    return read(statusCode, typeof retryAfter === 'string' ? retryAfter : null, await body.text());
  } catch (error) {
    return { kind: 'broken', why: error instanceof Error ? error.message : String(error) };
  }
}

interface Body {
  readonly result?: {
    readonly isError?: boolean;
    readonly content: { text: string }[];
    readonly _meta?: Record<string, { code?: string }>;
  };
  readonly error?: { readonly code: number };
}

/** A JSON body, or the last event of a stream. */
function read(status: number, retryAfter: string | null, text: string): Answer {
  const json = text.startsWith('{')
    ? text
    : (text.match(/^data: (.*)$/gm)?.at(-1) ?? 'data: {}').slice('data: '.length);
  const { result, error } = JSON.parse(json) as Body;
  if (result !== undefined && result.isError !== true) return { kind: 'text', text: result.content[0]?.text ?? '' };
  const code = result?._meta?.['veto/decision']?.code ?? String(error?.code ?? 'nothing');
  return { kind: 'refused', status, code, retryAfter };
}

async function readNotes(file: string): Promise<{ nonce: string; pid: number }[]> {
  if (!existsSync(file)) return [];
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => {
    const [nonce = '', pid = ''] = line.split(' ');
    return { nonce, pid: Number(pid) };
  });
}

async function readRecords(store: string) {
  const reader = new RecordReader(store);
  const intends = new Map<string, string>();
  const settles = new Set<string>();
  try {
    for await (const { body } of reader.query({ kinds: ['intend', 'settle'], limit: Number.MAX_SAFE_INTEGER })) {
      const record = JSON.parse(body) as { kind: string; callId: string; arguments?: { nonce?: string } };
      if (record.kind === 'settle') settles.add(record.callId);
      else intends.set(record.callId, record.arguments?.nonce ?? '');
    }
  } finally {
    reader.close();
  }
  return { intends, settles };
}

/** Processes whose command line has all of these words (Linux). */
function pidsWith(words: readonly string[]): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const line = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      return words.every((word) => line.includes(word)) ? [Number(entry)] : [];
    } catch {
      return []; // gone meanwhile
    }
  });
}

/** Whether a process runs: one that only waits to be fetched by its parent does not (Linux). */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** mulberry32: small, seeded, good enough to choose victims. @returns numbers from 0 (inclusive) to 1 (exclusive) */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What reached the upstream without a record that says so. */
export function unrecorded(
  notes: readonly { readonly nonce: string }[],
  { intends }: { readonly intends: ReadonlyMap<string, string> },
): string[] {
  const recorded = new Set(intends.values());
  return notes.map(({ nonce }) => nonce).filter((nonce) => !recorded.has(nonce));
}
