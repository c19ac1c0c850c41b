import { lstatSync, mkdirSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';

/**
 * Lets V8 keep what it compiled for the next start, which halves the time that a start takes. What is kept is code, so
 * it is kept only where nobody else can write; else nothing is kept. `NODE_COMPILE_CACHE` names another folder and
 * `NODE_DISABLE_COMPILE_CACHE=1` turns it off, both as Node knows them. Must come before anything large is imported.
 */
export function keepCompiledCode(env: Readonly<Record<string, string | undefined>>): void {
  if (env['NODE_COMPILE_CACHE'] !== undefined || env['NODE_DISABLE_COMPILE_CACHE'] !== undefined) return;
  const folder = join(tmpdir(), `veto-compiled-${process.getuid?.() ?? 'user'}`);
  if (isOurs(folder)) enableCompileCache(folder);
}

/** When a gateway writes down what was compiled, in milliseconds after it listens: not during the first calls. */
const WRITE_AFTER_MS = 5_000;

/** Writes it down for a process that may run for long and end without notice; Node itself does so only at the end. */
export function writeCompiledCode(clock: Clock): void {
  clock.after(WRITE_AFTER_MS, flushCompileCache);
}

const WRITABLE_BY_OTHERS = 0o022;

/** Makes the folder when it is missing. @returns whether it is a folder that only this user can write */
export function isOurs(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stat = lstatSync(folder);
    const owned = process.getuid === undefined || stat.uid === process.getuid();
    return stat.isDirectory() && owned && (stat.mode & WRITABLE_BY_OTHERS) === 0;
  } catch {
    return false; // a full disk, a read-only one, a file of that name: then nothing is kept
  }
}
