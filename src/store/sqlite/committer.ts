import { Ledger, type LedgerSettings } from './ledger.ts';
import { isBusy } from './open.ts';

/** Why a group of records is not durable; null when it is. */
export type CommitFailure = string | null;

/** Commits groups of bodies, one group at a time: whoever calls waits for `done` before the next. */
export interface Committer {
  /** Calls `done` exactly once, before returning or later. Never throws. */
  commit(bodies: readonly string[], done: (failure: CommitFailure) => void): void;
  close(): Promise<void>;
}

/**
 * Commits in the calling thread, which stands still for as long as another process holds the lock: for the thread of
 * `writer-worker.ts`. Opens the ledger anew after any failure but a lock, which says nothing against the ledger.
 */
export class DirectCommitter implements Committer {
  readonly #settings: LedgerSettings;
  #ledger: Ledger | null = null;

  constructor(settings: LedgerSettings) {
    this.#settings = settings;
  }

  commit(bodies: readonly string[], done: (failure: CommitFailure) => void): void {
    const error = this.attempt(bodies);
    done(error === null ? null : error.message);
  }

  /** Commits the group before it returns. @returns null, or why the group is not durable */
  attempt(bodies: readonly string[]): Error | null {
    try {
      this.#ledger ??= new Ledger(this.#settings);
      this.#ledger.append(bodies);
      return null;
    } catch (error) {
      if (!isBusy(error)) this.#drop();
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  close(): Promise<void> {
    this.#drop();
    return Promise.resolve();
  }

  #drop(): void {
    const broken = this.#ledger;
    this.#ledger = null;
    try {
      broken?.close();
    } catch {
      // a connection that cannot even be closed is no longer used either way
    }
  }
}
