import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Io } from '../io.ts';
import { UsageError } from '../output.ts';

/** How long a command waits for another one that changes the same file, in milliseconds. */
const WAIT_MS = 10_000;
const LOOK_MS = 20;

/**
 * Does one change of a file at a time, however many commands want to: the one at work has a file beside it, with the
 * number of its process. One that a process left behind is taken over.
 * @param path of the file, absolute
 * @throws UsageError when another command is not done within `WAIT_MS`
 */
export async function whileHeld(io: Io, path: string, work: () => void): Promise<void> {
  const lock = join(dirname(path), `.${basename(path)}.lock`);
  const untilMs = io.clock.monotonicMs() + WAIT_MS;
  const leave = io.stay();
  try {
    while (!take(lock)) {
      if (io.signal.aborted || io.clock.monotonicMs() > untilMs) throw stillHeld(path, lock);
      await new Promise<void>((resolve) => io.clock.after(LOOK_MS, resolve));
    }
  } finally {
    leave();
  }
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  if (!isDead(holderOf(lock))) return false;
  rmSync(lock, { force: true });
  return take(lock);
}

/** The number of the process; null when it is let go just now, or not written yet. */
function holderOf(lock: string): number | null {
  try {
    const text = readFileSync(lock, 'utf8');
    return /^\d{1,10}$/.test(text) ? Number(text) : null;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function isDead(pid: number | null): boolean {
  if (pid === null) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return hasCode(error, 'ESRCH'); // somebody else's process may not be signalled, and lives
  }
}

function stillHeld(path: string, lock: string): UsageError {
  const pid = holderOf(lock);
  const who = pid === null ? 'another process' : `process ${pid}`;
  const mend = `try again, or remove \`${lock}\` when that is no command of veto`;
  return new UsageError(`\`${path}\` is being changed by ${who}, so nothing was changed; ${mend}`);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
