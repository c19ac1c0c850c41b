import { readFileSync, statSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';

/** How often files are looked at, in milliseconds: by their state, not by events, so that network drives work too. */
const LOOK_MS = 500;

/** A file that may change: its path and what was last seen of it. */
interface Watched {
  readonly path: string;
  seen: string;
}

/**
 * Calls `changed` after any of the files changed, appeared or vanished. Editors that write a new file in place of the
 * old one are seen too.
 * @returns stops watching
 */
export function watchFiles(paths: readonly string[], clock: Clock, changed: () => void): () => void {
  const watched: Watched[] = paths.map((path) => ({ path, seen: stateOf(path) }));
  let stop = (): void => {};
  const look = (): void => {
    let news = false;
    for (const file of watched) {
      const state = stateOf(file.path);
      if (state !== file.seen) news = true;
      file.seen = state;
    }
    stop = clock.after(LOOK_MS, look);
    if (news) changed();
  };
  stop = clock.after(LOOK_MS, look);
  return () => stop();
}

function stateOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.mtimeNs} ${stat.size} ${stat.ino}` : 'absent';
}

/** The bytes of a file, or null when it cannot be read. */
export function readBytes(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
