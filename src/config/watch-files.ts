import type { Clock } from '../core/clock.ts';
import { SOURCE_LIMITS } from '../policy/source.ts';
import { CHANGING, lookAt, readFileOnce, type FileRead } from './read-file.ts';

/** How often files are looked at, in milliseconds: by their state, not by events, so that network drives work too. */
const LOOK_MS = 250;
/**
 * How many looks in a row must find a file as it was. Three, so 750 ms: a writer that pauses for less is waited for,
 * and what was saved in one go is in force after a second at most.
 */
const QUIET_LOOKS = 3;
/** How many looks files may change without a pause before that is told: 40, so 10 s. */
const RESTLESS_LOOKS = 40;

/** What was last seen of a file, by how many looks, and which state was last acted upon. */
interface Watched {
  seen: string;
  quietLooks: number;
  taken: string;
}

/** Files that are read and may change, of which nothing is to be taken that is still being written. */
export class WatchedFiles {
  readonly #files = new Map<string, Watched>();
  /** Looks since there is news that is not complete. */
  #restlessLooks = 0;

  /** The content; no longer the one that the looks agreed on: not given out, and looked at again. */
  readonly read = (path: string): FileRead => {
    const { state } = lookAt(path);
    const watched = this.#files.get(path);
    if (watched && watched.seen !== state) {
      watched.taken = '';
      return CHANGING;
    }
    if (!watched) this.#files.set(path, { seen: state, quietLooks: 0, taken: state });
    return readBytes(path);
  };

  /**
   * Calls `changed` after any of the files changed since it was read, appeared or vanished, and all of them have been
   * quiet for 750 ms. Editors that write a new file in place of the old one are seen too.
   * @param restless files that changed again and again for 10 s, so that nothing new was taken; once until they rest
   * @returns stops watching
   */
  watch(
    paths: readonly string[],
    clock: Clock,
    changed: () => void,
    restless: (paths: readonly string[]) => void,
  ): () => void {
    for (const path of paths) {
      const { state } = lookAt(path);
      if (!this.#files.has(path)) this.#files.set(path, { seen: state, quietLooks: 0, taken: state });
    }
    let stop = (): void => {};
    const look = (): void => {
      stop = clock.after(LOOK_MS, look);
      if (this.#look()) changed();
      else if (this.#restlessLooks === RESTLESS_LOOKS) restless(this.#changing());
    };
    stop = clock.after(LOOK_MS, look);
    return () => stop();
  }

  /** Whether there is news that is complete. */
  #look(): boolean {
    for (const [path, file] of this.#files) {
      const { state } = lookAt(path);
      file.quietLooks = state === file.seen ? file.quietLooks + 1 : 0;
      file.seen = state;
    }
    const files = [...this.#files.values()];
    const isNews = files.some(({ seen, taken }) => seen !== taken);
    const isComplete = isNews && files.every(({ quietLooks }) => quietLooks >= QUIET_LOOKS);
    this.#restlessLooks = isNews && !isComplete ? this.#restlessLooks + 1 : 0;
    if (!isComplete) return false;
    for (const file of files) file.taken = file.seen;
    return true;
  }

  #changing(): string[] {
    return [...this.#files].filter(([, { quietLooks }]) => quietLooks < QUIET_LOOKS).map(([path]) => path);
  }
}

/** The content of a policy file, once. */
export function readBytes(path: string): FileRead {
  return readFileOnce(path, SOURCE_LIMITS.fileBytesMax);
}
