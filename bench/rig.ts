import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** C sources of the load generator and the upstream: cheaper than what they measure, as JavaScript would not be. */
const SOURCES = join(import.meta.dirname, '../../shared/rig/bench/c');
const CACHE = join(tmpdir(), 'veto-bench');

export const LOAD_CORE = '1';
export const TARGET_CORE = '1';

/** Compiles what is missing or older than its source. @returns where the programs are; null without sources */
export function compiled(): { load: string; upstream: string } | null {
  if (!existsSync(SOURCES)) return null;
  mkdirSync(CACHE, { recursive: true });
  const [load, upstream] = ['mcpload', 'mcpupstream'].map((name) => {
    const source = join(SOURCES, `${name}.c`);
    const program = join(CACHE, name);
    if (!existsSync(program) || statSync(program).mtimeMs < statSync(source).mtimeMs) {
      execFileSync('cc', ['-O2', '-w', '-o', program, source, '-lm']);
    }
    return program;
  });
  return load && upstream ? { load, upstream } : null;
}

/** Starts a program on one core, without a say on our own output. */
export function pinned(
  core: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const child = spawn('taskset', ['-c', core, command, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
}

/** CPU seconds of a process and its threads so far, from the scheduler's nanoseconds (Linux). */
export function cpuSeconds(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  }
  return nanoseconds / 1e9;
}

/** Resident memory of a process, in kB. */
export function residentKb(pid: number): number {
  return Number(/^Rss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? Number.NaN);
}

export interface LoadOptions {
  readonly url: string;
  readonly headers?: readonly string[];
  readonly args: readonly (string | number)[];
}

/** What the load generator prints; every answer was verified. */
export interface LoadReport {
  readonly verified: number;
  readonly errors: number;
  readonly first_error: string;
  readonly per_s: number;
  readonly latency_us: { readonly p50: number; readonly p99: number };
}

/** Runs the load generator to its end. */
export async function load(program: string, { url, headers = [], args }: LoadOptions): Promise<LoadReport> {
  const all = ['-c', LOAD_CORE, program, '--url', url, ...headers.flatMap((h) => ['--header', h]), ...args.map(String)];
  const child = spawn('taskset', all, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  await new Promise((resolve) => child.once('close', resolve));
  return JSON.parse(text) as LoadReport;
}

export async function freePort(): Promise<number> {
  for (let port = 20_000 + Math.trunc(process.pid % 5_000); ; port++) {
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free && !taken.has(port)) {
      taken.add(port);
      return port;
    }
  }
}
const taken = new Set<number>();

/** Waits until something accepts connections on the port. */
export async function listens(port: number): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      setTimeout(() => socket.destroy(), 50).unref();
    });
    if (open) return;
    await sleep(20);
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** The numbers of the command line, in order: names of benches stand there too. */
export function numberArguments(): number[] {
  return process.argv.slice(2).flatMap((argument) => (/^\d+(?:\.\d+)?$/.test(argument) ? [Number(argument)] : []));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2;
}
