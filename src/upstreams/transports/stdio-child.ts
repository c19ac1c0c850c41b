import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../core/clock.ts';
import { invariant } from '../../core/invariant.ts';
import type { UpstreamSettings } from '../upstream.ts';

/**
 * A watcher in the child's process group. It reads a pipe of which only the gateway holds the other end; when the
 * gateway is gone, however it went (`kill -9` included), the pipe ends and the watcher kills the whole group.
 *
 * Closing stdin alone is not enough: a server may ignore it, and grandchildren (`npx` starts one) do not have it.
 * `PR_SET_PDEATHSIG` (`setpriv --pdeathsig`) is not either: grandchildren do not inherit it. A watcher on Node would
 * cost 40 MB per child; this one is a forked shell of 1 MB, and the server itself replaces the shell by `exec`.
 * As long as the watcher lives the group's id cannot be given to anybody else, so killing the group is safe.
 * A server that leaves its process group on purpose escapes; that is what containers are for.
 */
const WATCHED =
  '(trap "" TERM INT HUP; read -r _ <&3; kill -s KILL -- "-$$") </dev/null >/dev/null 2>&1 & exec 3<&-; exec "$@"';
const SHELL = '/bin/sh';
const canWatch = process.platform !== 'win32' && existsSync(SHELL);

/** On Windows a process cannot start without these. */
const INHERITED =
  process.platform === 'win32'
    ? ['PATH', 'HOME', 'SYSTEMROOT', 'SYSTEMDRIVE', 'TEMP', 'APPDATA', 'LOCALAPPDATA', 'USERPROFILE', 'PATHEXT']
    : ['PATH', 'HOME'];

/** How long the pipes of a process that is gone may stay open, because something escaped its group. */
const LAST_OUTPUT_MS = 250;

export interface ChildEvents {
  stdout(chunk: Buffer): void;
  /** So many bytes came on stderr, and their end was kept. */
  stderr(bytes: number): void;
  /** Once, after the process is gone or could not be started; `why` is a clause such as "exited with code 1". */
  exit(why: string): void;
}

/** A child process with its own group, and what becomes of it. */
export class StdioChild {
  readonly pid: number | null;
  readonly #process: ChildProcess;
  readonly #clock: Clock;
  readonly #stderrBytesMax: number;
  #stderr: Buffer = Buffer.alloc(0);
  #gone = false;
  #waiting: (() => void)[] = [];

  constructor(settings: UpstreamSettings, clock: Clock, events: ChildEvents) {
    this.#clock = clock;
    this.#stderrBytesMax = settings.limits.stderrBytesMax;
    this.#process = start(settings);
    this.pid = this.#process.pid ?? null;
    const exited = (why: string) => this.#exited(why, events);
    this.#process.on('error', (error) => exited(`could not be started (${error.message})`));
    this.#process.on('exit', (code, signal) => {
      this.#signal('SIGKILL');
      // Output that the process left in its pipes is read before anybody hears that it is gone.
      this.#process.on('close', () => exited(describeExit(code, signal)));
      clock.after(LAST_OUTPUT_MS, () => exited(describeExit(code, signal)));
    });
    this.#stdin().on('error', () => undefined);
    this.#pipe(1).on('data', (chunk: Buffer) => events.stdout(chunk));
    this.#pipe(2).on('data', (chunk: Buffer) => {
      this.#keepStderr(chunk);
      events.stderr(chunk.length);
    });
    for (const stream of this.#process.stdio) stream?.on('error', () => undefined);
  }

  /** Bytes that the child has not taken yet. */
  get pendingBytes(): number {
    return this.#stdin().writableLength;
  }

  write(text: string): void {
    if (!this.#gone) this.#stdin().write(text);
  }

  stderrTail(): string {
    return this.#stderr.toString('utf8');
  }

  /** Closes stdin, then SIGTERM, then SIGKILL, each after `graceMs`; the group goes with its leader. */
  async stop(graceMs: number): Promise<void> {
    if (this.#gone) return;
    this.#stdin().end();
    if (await this.#goneWithin(graceMs)) return;
    this.#signal('SIGTERM');
    if (await this.#goneWithin(graceMs)) return;
    this.kill();
    await this.#goneWithin(graceMs);
  }

  /** Ends the whole group at once; what it still says is not read. */
  kill(): void {
    this.#signal('SIGKILL');
    this.#shut();
  }

  #stdin(): Writable {
    const { stdin } = this.#process;
    invariant(stdin, 'a child was started without stdin');
    return stdin;
  }

  #pipe(index: 1 | 2): Readable {
    const stream = index === 1 ? this.#process.stdout : this.#process.stderr;
    invariant(stream, 'a child was started without its pipes');
    return stream;
  }

  /** What escaped the group may hold the other ends for ever. */
  #shut(): void {
    this.#pipe(1).destroy();
    this.#pipe(2).destroy();
  }

  #keepStderr(chunk: Buffer): void {
    const all = chunk.length < this.#stderrBytesMax ? Buffer.concat([this.#stderr, chunk]) : chunk;
    this.#stderr = Buffer.from(all.subarray(-this.#stderrBytesMax));
  }

  #exited(why: string, events: ChildEvents): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#shut();
    events.exit(why);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.pid === null) return;
    try {
      if (process.platform === 'win32') this.#process.kill(signal);
      else process.kill(-this.pid, signal);
    } catch {
      // No process of the group is left: that is what was wanted.
    }
  }

  #goneWithin(ms: number): Promise<boolean> {
    if (this.#gone) return Promise.resolve(true);
    return new Promise((resolve) => {
      const callOff = this.#clock.after(ms, () => resolve(false));
      this.#waiting.push(() => {
        callOff();
        resolve(true);
      });
    });
  }
}

function start(settings: UpstreamSettings): ChildProcess {
  const { command, args, cwd } = settings;
  invariant(command !== null, 'an upstream without a command was started as a process');
  const env: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  const [file, argv] = canWatch ? [SHELL, ['-c', WATCHED, 'veto', command, ...args]] : [command, [...args]];
  return spawn(file, argv, {
    env: { ...env, ...settings.env },
    stdio: ['pipe', 'pipe', 'pipe', canWatch ? 'pipe' : 'ignore'],
    detached: process.platform !== 'win32',
    windowsHide: true,
    ...(cwd === null ? {} : { cwd }),
  });
}

/** What a shell answers for a command that it cannot run or find (POSIX, 2.8.2). */
const NOT_RUNNABLE: Readonly<Record<number, string>> = { 126: 'is not executable', 127: 'was not found' };

function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `was ended by ${signal}`;
  const known = code === null ? undefined : NOT_RUNNABLE[code];
  return known === undefined || !canWatch ? `exited with code ${code}` : `${known} (exit code ${code})`;
}
