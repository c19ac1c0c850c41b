import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { WatchedFiles, readBytes } from './watch-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'veto-watch-'));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const unheard = (): void => undefined;

/** A watched file, and what was read of it whenever it was said to have changed. */
function watched(text: string) {
  const path = join(folder, `${(count += 1)}.yaml`);
  writeFileSync(path, text);
  const clock = new ManualClock();
  const files = new WatchedFiles();
  files.read(path);
  const seen: string[] = [];
  const restless: (readonly string[])[] = [];
  const stop = files.watch(
    [path],
    clock,
    () => {
      const read = files.read(path);
      seen.push(read.ok ? Buffer.from(read.bytes).toString() : read.what);
    },
    (paths) => restless.push(paths),
  );
  return { path, clock, files, seen, restless, stop };
}

describe('WatchedFiles', () => {
  it('tells of a change within a second, once', () => {
    const { path, clock, seen, stop } = watched('old');
    clock.advance(10_000);
    writeFileSync(path, 'new');
    clock.advance(1_000);
    expect(seen).toEqual(['new']);
    clock.advance(10_000);
    expect(seen).toEqual(['new']);
    stop();
    writeFileSync(path, 'newer');
    clock.advance(10_000);
    expect(seen).toEqual(['new']);
  });

  it('waits for a writer that pauses', () => {
    const { path, clock, seen } = watched('old');
    writeFileSync(path, 'allow');
    clock.advance(749);
    appendFileSync(path, ' deny');
    clock.advance(749);
    expect(seen).toEqual([]);
    clock.advance(500);
    expect(seen).toEqual(['allow deny']);
  });

  it('tells of a file that never rests, once, and takes it when it does', () => {
    const { path, clock, seen, restless } = watched('old');
    for (let n = 0; n < 60; n++) {
      writeFileSync(path, `new ${'.'.repeat(n)}`);
      clock.advance(250);
    }
    expect([seen, restless]).toEqual([[], [[path]]]);
    writeFileSync(path, 'done');
    clock.advance(1_000);
    expect(seen).toEqual(['done']);
    clock.advance(20_000);
    expect(restless).toHaveLength(1);
  });

  it('waits until all files are quiet, for they are taken together', () => {
    const { path, clock } = watched('old');
    const other = join(folder, 'other.yaml');
    let changes = 0;
    new WatchedFiles().watch([path, other], clock, () => (changes += 1), unheard);
    writeFileSync(path, 'new');
    clock.advance(700);
    writeFileSync(other, 'part');
    clock.advance(700);
    expect(changes).toBe(0);
    clock.advance(300);
    expect(changes).toBe(1);
  });

  it('sees a file that was renamed into place, also one of the same length and time', () => {
    const { path, clock, seen } = watched('old');
    writeFileSync(`${path}.new`, 'new');
    renameSync(`${path}.new`, path);
    clock.advance(1_000);
    expect(seen).toEqual(['new']);
  });

  it('sees what changed between the first reading and the beginning of the watch', () => {
    const { path } = watched('half');
    const files = new WatchedFiles();
    files.read(path);
    writeFileSync(path, 'half and half');
    const clock = new ManualClock();
    let changes = 0;
    files.watch([path], clock, () => (changes += 1), unheard);
    clock.advance(1_000);
    expect(changes).toBe(1);
  });

  it('gives nothing out that changed after the last look, and tells of it later', () => {
    const { path, clock, files, seen } = watched('old');
    writeFileSync(path, 'new');
    expect(files.read(path)).toEqual({ ok: false, kind: 'changing', what: 'is being written just now' });
    clock.advance(1_000);
    expect(seen).toEqual(['new']);
  });

  it.each<[string, (path: string) => void, string]>([
    ['a link to itself', (path) => symlinkSync(path, path), 'cannot be read (ELOOP)'],
    [
      'a name that is too long',
      (path) => symlinkSync(`/tmp/${'y'.repeat(300)}`, path),
      'cannot be read (ENAMETOOLONG)',
    ],
    ['a link to nothing', (path) => symlinkSync('/nowhere/x', path), 'cannot be found'],
    ['a path through a file', (path) => symlinkSync(`${import.meta.filename}/x`, path), 'cannot be found'],
    ['a folder', (path) => mkdirSync(path), 'is a folder'],
    ['a pipe', (path) => execFileSync('mkfifo', [path]), 'is a pipe'],
    ['a device', (path) => symlinkSync('/dev/zero', path), 'is a device'],
  ])('takes %s in the place of a file for a change, and the file that follows for another', (_name, put, what) => {
    const { path, clock, seen } = watched('old');
    unlinkSync(path);
    put(path);
    clock.advance(10_000);
    expect(seen).toEqual([what]);
    rmSync(path, { recursive: true });
    writeFileSync(path, 'new');
    clock.advance(10_000);
    expect(seen).toEqual([what, 'new']);
  });

  it('tells of rights that are taken and given back', () => {
    const { path, clock, seen } = watched('old');
    chmodSync(path, 0);
    clock.advance(1_000);
    chmodSync(path, 0o600);
    clock.advance(1_000);
    // Nobody takes the right to read from the superuser.
    expect(seen).toEqual([process.getuid?.() === 0 ? 'old' : 'cannot be read (EACCES)', 'old']);
  });
});

describe('readBytes', () => {
  it('reads at most what a policy may have', () => {
    const path = join(folder, 'large.yaml');
    writeFileSync(path, 'x'.repeat(2_097_152));
    expect(readBytes(path)).toMatchObject({ ok: true });
    appendFileSync(path, 'x');
    expect(readBytes(path)).toEqual({ ok: false, kind: 'large', what: 'has more than 2097152 bytes' });
  });

  it('reads files that say that they are empty and are not', () => {
    expect(readBytes('/proc/self/status')).toMatchObject({ ok: true });
  });

  it('reads an empty file', () => {
    const path = join(folder, 'empty.yaml');
    writeFileSync(path, '');
    expect(readBytes(path)).toMatchObject({ ok: true, bytes: { byteLength: 0 } });
  });
});
