// `npm run bench start`: how long a start takes, as multiples of a bare `node -e 0` in the same rounds. Cold: nothing
// is kept from an earlier start (V8's compile cache is empty). Warm: it is. `dist` is measured when it was built.
// A first call counts when its answer is the upstream's own; the upstream is a process of its own and starts meanwhile.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cpuSeconds, median } from './rig.ts';

const ROUNDS = 7;
const ROOT = join(import.meta.dirname, '..');
const FIXTURE = join(ROOT, 'test/conformance/fixture/server.mjs');
const PROGRAMS = [
  ['src', join(ROOT, 'src/cli/veto.ts')],
  ['dist', join(ROOT, 'dist/cli/veto.js')],
] as const;

const folder = mkdtempSync(join(tmpdir(), 'veto-start-'));
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
const cache = join(folder, 'compiled');
const env: NodeJS.ProcessEnv = { ...process.env, NODE_COMPILE_CACHE: cache };

function node(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Milliseconds until the program has ended. */
async function runtime(args: readonly string[]): Promise<number> {
  const startedMs = performance.now();
  const child = node(args);
  child.stdout?.resume();
  await new Promise((resolve) => child.once('exit', resolve));
  return performance.now() - startedMs;
}

interface Start {
  readonly listensMs: number;
  readonly firstCallMs: number;
  readonly cpuMs: number;
}

/** Milliseconds until the gateway listens, and until the first call came back with the upstream's own words. */
async function firstCall(program: string): Promise<Start> {
  const startedMs = performance.now();
  const child = node([program, 'serve', '--json', '--port', '0']);
  if (!child.stdout || child.pid === undefined) throw new Error('the gateway did not start');
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  const listensMs = performance.now() - startedMs;
  const { url } = JSON.parse(line) as { url: string };
  const _meta = { [`${PREFIX}protocolVersion`]: '2026-07-28', [`${PREFIX}clientCapabilities`]: {} };
  const params = { name: 'test_simple_text', arguments: {}, _meta };
  const answer = await fetch(`${url}/v1/mcp/default`, {
    method: 'POST',
    headers: {
      'x-veto-api-key': KEY,
      'content-type': 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': params.name,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  const text = await answer.text();
  const firstCallMs = performance.now() - startedMs;
  if (!text.includes('plain text')) throw new Error(`not the upstream's answer: ${text}`);
  const cpuMs = cpuSeconds(child.pid) * 1000;
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
  return { listensMs, firstCallMs, cpuMs };
}

const PREFIX = 'io.modelcontextprotocol/';
const KEY = `bench-${'k'.repeat(40)}`;
env['BENCH_KEY'] = KEY;
writeFileSync(
  join(folder, 'veto.yaml'),
  JSON.stringify({
    version: 1,
    listen: '127.0.0.1:0',
    store: './store',
    gateways: { default: { upstreams: ['fixture'], policies: ['policies.yaml'] } },
    upstreams: { fixture: { command: process.execPath, args: [FIXTURE, '--stdio'] } },
    keys: [{ name: 'bench', secret: 'env:BENCH_KEY', principal: { id: 'bench' } }],
  }),
);
writeFileSync(join(folder, 'policies.yaml'), 'version: 1\ndefault: allow\npolicies: []\n');

const times = new Map<string, number[]>();
const note = (what: string, ms: number): void => void times.set(what, [...(times.get(what) ?? []), ms]);

for (let round = 0; round < ROUNDS; round++) {
  note('node -e 0', await runtime(['-e', '0']));
  for (const [name, program] of PROGRAMS.filter(([, file]) => existsSync(file))) {
    for (const state of ['cold', 'warm'] as const) {
      if (state === 'cold') rmSync(cache, { recursive: true, force: true });
      note(`${name} ${state}: veto --version`, await runtime([program, '--version']));
      const start = await firstCall(program);
      note(`${name} ${state}: veto serve, listens`, start.listensMs);
      note(`${name} ${state}: veto serve, first call`, start.firstCallMs);
      note(`${name} ${state}: veto serve, own CPU`, start.cpuMs);
    }
  }
}
const bareMs = median(times.get('node -e 0') ?? []);
console.log(`${'median of'.padEnd(36)} ${String(ROUNDS).padStart(4)} rounds   best      ratio to bare node`);
for (const [what, all] of times) {
  const ms = median(all);
  const best = Math.min(...all);
  const [middle, fastest] = [ms, best].map((value) => `${value.toFixed(0).padStart(6)} ms`);
  console.log(`${what.padEnd(36)} ${middle}  ${fastest}  ${(ms / bareMs).toFixed(1)} ×`);
}
