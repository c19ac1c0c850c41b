import { closeSync, constants, fstatSync, openSync, readSync, statSync, type BigIntStats } from 'node:fs';

/** What stands at a path, links followed. */
export type Found =
  | { readonly kind: 'file'; readonly state: string; readonly bytes: number }
  /** Nothing. */
  | { readonly kind: 'absent'; readonly state: string }
  /** No regular file, or nothing that can be looked at; `why` completes "the file …". */
  | { readonly kind: 'strange'; readonly state: string; readonly why: string };

/** The content of a file, or why there is none: `what` completes "the file …". */
export type FileRead = { readonly ok: true; readonly bytes: Uint8Array } | Unread;

export interface Unread {
  readonly ok: false;
  readonly kind: 'absent' | 'large' | 'strange' | 'changing';
  readonly what: string;
}

/**
 * Looks at a path without opening it. Never throws: what the operating system answers is the state.
 * @returns a `state` that is another one after every change of the file
 */
export function lookAt(path: string): Found {
  try {
    return foundOf(statSync(path, { bigint: true }));
  } catch (error) {
    return failed(error);
  }
}

/**
 * Reads a regular file. Opening a pipe waits for its writer and a device may never end, which would stop the whole
 * process; so neither is opened.
 * @param bytesMax a file that holds more is not read
 */
export function readFileOnce(path: string, bytesMax: number): FileRead {
  const before = lookAt(path);
  if (before.kind !== 'file') return unread(before);
  let handle: number;
  try {
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return unread(failed(error));
  }
  try {
    return readFrom(handle, bytesMax);
  } catch (error) {
    return unread(failed(error));
  } finally {
    closeSync(handle);
  }
}

function readFrom(handle: number, bytesMax: number): FileRead {
  const found = foundOf(fstatSync(handle, { bigint: true }));
  if (found.kind !== 'file') return unread(found);
  // Files of the kernel say that they are empty and are not.
  const room = Buffer.alloc(Math.min(found.bytes === 0 ? bytesMax : found.bytes, bytesMax) + 1);
  let length = 0;
  for (let got = -1; got !== 0 && length < room.byteLength; length += got) {
    got = readSync(handle, room, length, room.byteLength - length, null);
  }
  if (length > bytesMax) {
    return { ok: false, kind: 'large', what: `has more than ${bytesMax} bytes` };
  }
  const after = foundOf(fstatSync(handle, { bigint: true }));
  if (after.state !== found.state || length === room.byteLength) return CHANGING;
  return { ok: true, bytes: room.subarray(0, length) };
}

/** For a file that somebody writes while it is read. */
export const CHANGING: Unread = { ok: false, kind: 'changing', what: 'is being written just now' };

function foundOf(stat: BigIntStats): Found {
  const state = [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ');
  if (stat.isFile()) return { kind: 'file', state, bytes: Number(stat.size) };
  const what = stat.isDirectory() ? 'folder' : stat.isFIFO() ? 'pipe' : stat.isSocket() ? 'socket' : 'device';
  return { kind: 'strange', state, why: `is a ${what}` };
}

function failed(error: unknown): Found {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent', state: code };
  return { kind: 'strange', state: code, why: `cannot be read (${code})` };
}

function unread(found: Found): Unread {
  if (found.kind === 'strange') return { ok: false, kind: 'strange', what: found.why };
  return { ok: false, kind: 'absent', what: 'cannot be found' };
}
