import { randomInt } from 'node:crypto';
import { userInfo } from 'node:os';
import { MessageChannel } from 'node:worker_threads';
import type { Readable, Writable } from 'node:stream';
import { systemClock, type Clock } from '../core/clock.ts';

/** The world of a command: what it reads and where it writes. Tests bring their own. */
export interface Io {
  /** Writes to standard output, as it is. */
  out(text: string): void;
  /** Writes to standard error, as it is. */
  err(text: string): void;
  /** Standard input and output as streams, for the command that speaks MCP on them. */
  readonly input: Readable;
  readonly output: Writable;
  /** A number from 0 (inclusive) to 1 (exclusive), to spread retries. */
  random(): number;
  /** Whether standard output is a terminal that shows colours. */
  readonly colour: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the working directory. */
  readonly folder: string;
  readonly clock: Clock;
  /** Name of the person at the keyboard, for the record. */
  readonly user: string;
  /** Keeps the process alive until the answer is called, for commands that wait. */
  stay(): () => void;
  /** Aborted by Ctrl-C: commands that follow something end. */
  readonly signal: AbortSignal;
}

const RANDOM_STEPS = 2 ** 32;

/** The world as it is. */
export function processIo(): Io {
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  process.once('SIGTERM', () => abort.abort());
  process.stdout.on('error', () => abort.abort()); // the reader of a pipe went away
  const colour = process.stdout.isTTY && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb';
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    input: process.stdin,
    output: process.stdout,
    random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
    colour,
    env: process.env,
    folder: process.cwd(),
    clock: systemClock,
    user: userName(),
    stay,
    signal: abort.signal,
  };
}

/** Resolves once the signal is aborted: at once when that came earlier, such as while the command was starting. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** An open port is work to the event loop; the clock's timers are not. */
function stay(): () => void {
  const { port1 } = new MessageChannel();
  port1.ref();
  return () => port1.close();
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`; // a user without an entry, as in some containers
  }
}
