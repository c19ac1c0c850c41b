import { MessageChannel } from 'node:worker_threads';
import { systemClock, type Clock } from '../core/clock.ts';

/** The world of a command: what it reads and where it writes. Tests bring their own. */
export interface Io {
  /** Writes to standard output, as it is. */
  out(text: string): void;
  /** Writes to standard error, as it is. */
  err(text: string): void;
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
    colour,
    env: process.env,
    folder: process.cwd(),
    clock: systemClock,
    user: userName(),
    stay,
    signal: abort.signal,
  };
}

/** An open port is work to the event loop; the clock's timers are not. */
function stay(): () => void {
  const { port1 } = new MessageChannel();
  port1.ref();
  return () => port1.close();
}

function userName(): string {
  return process.env['SUDO_USER'] ?? process.env['USER'] ?? process.env['USERNAME'] ?? 'unknown';
}
