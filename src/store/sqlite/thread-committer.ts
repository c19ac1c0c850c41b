import { Worker } from 'node:worker_threads';
import type { CommitFailure, Committer } from './committer.ts';
import type { LedgerSettings } from './ledger.ts';

/** What goes to `writer-worker.ts`: a group of bodies, or the end. */
export type ToWriter = readonly string[] | 'close';

/**
 * Commits in a worker thread: the caller never waits for the disk. For `full`, where each commit is an fsync. The
 * thread starts with the first group, and again after it was lost.
 */
export class ThreadCommitter implements Committer {
  readonly #settings: LedgerSettings;
  #worker: Worker | null = null;
  #done: ((failure: CommitFailure) => void) | null = null;

  constructor(settings: LedgerSettings) {
    this.#settings = settings;
  }

  commit(bodies: readonly string[], done: (failure: CommitFailure) => void): void {
    this.#done = done;
    this.#worker ??= this.#start();
    this.#send(this.#worker, bodies);
  }

  close(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return Promise.resolve();
    return new Promise((resolve) => {
      worker.once('exit', () => resolve());
      this.#send(worker, 'close');
    });
  }

  #start(): Worker {
    const worker = new Worker(writerUrl(), { workerData: this.#settings, name: 'veto-records' });
    worker.on('message', (failure: CommitFailure) => this.#finish(failure));
    worker.on('error', (error) => this.#lost(worker, String(error)));
    worker.on('exit', () => this.#lost(worker, 'the writer thread ended'));
    return worker;
  }

  #send(worker: Worker, message: ToWriter): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origins
    worker.postMessage(message);
  }

  #finish(failure: CommitFailure): void {
    const done = this.#done;
    this.#done = null;
    done?.(failure);
  }

  #lost(worker: Worker, why: string): void {
    if (this.#worker !== worker) return; // said before, by the error that led to the exit
    this.#worker = null;
    this.#finish(`the records cannot be written: ${why}`);
  }
}

/** Beside this file, as it is run: from the sources, or compiled. */
function writerUrl(): URL {
  const fromSources = import.meta.url.endsWith('.ts');
  return fromSources ? new URL('./writer-worker.ts', import.meta.url) : new URL('./writer-worker.js', import.meta.url);
}
