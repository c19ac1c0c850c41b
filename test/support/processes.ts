import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** A child process of a test: what it wrote, and how to end it. */
export interface Running {
  readonly child: ChildProcess;
  /** The last lines of standard error, for a failing test's message. */
  stderr(): string;
  /** Ends it (SIGTERM, then SIGKILL after `graceMs`) and waits until it is gone. */
  stop(graceMs?: number): Promise<number | null>;
}

const STDERR_CHARS_MAX = 20_000;

/** Starts a program with piped output; it dies with the test run at the latest. */
export function start(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Running {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-STDERR_CHARS_MAX);
  });
  const reap = (): void => void child.kill('SIGKILL');
  process.once('exit', reap);
  child.once('exit', () => process.removeListener('exit', reap));
  return {
    child,
    stderr: () => errors,
    async stop(graceMs = 10_000) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await gone;
      clearTimeout(timer);
      return child.exitCode;
    },
  };
}

/** The first line of standard output (or error) that matches; rejects when the program ends before. */
export async function lineOf(
  running: Running,
  pattern: RegExp,
  from: 'stdout' | 'stderr' = 'stdout',
): Promise<RegExpExecArray> {
  const stream = running.child[from];
  if (!stream) throw new Error(`no ${from}`);
  const lines = createInterface({ input: stream });
  for await (const line of lines) {
    const match = pattern.exec(line);
    if (!match) continue;
    stream.resume();
    return match;
  }
  throw new Error(`the program ended before it printed ${String(pattern)}:\n${running.stderr()}`);
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Waits until something accepts connections on a loopback port. */
export async function listening(port: number, running: Running, attemptsMax = 200): Promise<void> {
  const { connect } = await import('node:net');
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (running.child.exitCode !== null) throw new Error(`the program ended:\n${running.stderr()}`);
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on port ${port}:\n${running.stderr()}`);
}
