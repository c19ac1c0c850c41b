import { join } from 'node:path';
import { encodeRecord, type EncodeLimits } from '../../audit/encode.ts';
import type { AuditRecord, RecordLog, RecordQuery, StoredRecord } from '../../audit/record.ts';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import { AUDIT_FILE } from './audit-schema.ts';
import type { CommitFailure, Committer } from './committer.ts';
import type { Durability } from './open.ts';
import { RecordReader } from './record-reader.ts';
import { ThreadCommitter } from './thread-committer.ts';
import { YieldingCommitter } from './yielding-committer.ts';

// In: records. Out: promises that settle once a record is as durable as configured. What must never happen here: a
// resolved `append` whose record is not in the log, or a gap in the log that the log itself does not mention.

export interface RecordLogSettings {
  readonly directory: string;
  readonly durability: Durability;
  readonly busyTimeoutMs: number;
  /** Size of `audit.db` in bytes at which records are refused; 0: as large as the disk allows. */
  readonly auditBytesMax: number;
  /** Records waiting to be committed; beyond that, appending fails at once. */
  readonly queueRecordsMax: number;
  /** How long a record handed over without waiting may wait for company, in milliseconds. */
  readonly lingerMs: number;
  /** Pause between attempts to recover after a failure, in milliseconds. */
  readonly retryMs: number;
  readonly encode: EncodeLimits;
}

/** The promise of one `append`. */
interface Waiter {
  resolve(): void;
  reject(fault: Fault): void;
}

interface Failure {
  readonly sinceMs: number;
  readonly why: string;
  /** Appends that failed or were refused. */
  refused: number;
  /** Records handed over without waiting that found no room to wait in. */
  lost: number;
}

/** Records on SQLite, committed in groups. One per store directory and process (`hold.ts`). */
export class SqliteRecordLog implements RecordLog {
  readonly #settings: RecordLogSettings;
  readonly #clock: Clock;
  readonly #committer: Committer;
  #bodies: string[] = [];
  #waiters: (Waiter | null)[] = [];
  #committing = false;
  #scheduled = false;
  #lingering = false;
  #failure: Failure | null = null;
  #closed = false;
  #drained: (() => void)[] = [];
  #reader: RecordReader | null = null;

  constructor(settings: RecordLogSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    const ledger = { ...settings, path: join(settings.directory, AUDIT_FILE) };
    this.#committer = settings.durability === 'full' ? new ThreadCommitter(ledger) : new YieldingCommitter(ledger);
  }

  append(record: AuditRecord): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fault = this.#refusal();
    if (fault) {
      reject(fault);
    } else {
      this.#bodies.push(encodeRecord(record, this.#settings.encode));
      this.#waiters.push({ resolve, reject });
      this.#schedule();
    }
    return promise;
  }

  enqueue(record: AuditRecord): void {
    if (this.#closed) return;
    if (this.#bodies.length >= this.#settings.queueRecordsMax) return this.#lose();
    this.#bodies.push(encodeRecord(record, this.#settings.encode));
    this.#waiters.push(null);
    if (this.#failure) return; // waits for recovery
    if (this.#bodies.length >= GROUP_RECORDS) this.#schedule();
    else this.#linger();
  }

  isFailing(): boolean {
    return this.#failure !== null || this.#closed || this.#bodies.length >= this.#settings.queueRecordsMax;
  }

  async *query(query: RecordQuery): AsyncIterable<StoredRecord> {
    await this.flush();
    this.#reader ??= new RecordReader(this.#settings.directory, this.#settings.busyTimeoutMs);
    yield* this.#reader.query(query);
  }

  async flush(): Promise<void> {
    while (this.#committing || (!this.#failure && this.#bodies.length > 0)) {
      this.#schedule();
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#drained.push(resolve);
      await promise;
    }
    if (this.#failure) throw new Fault('store_failed', this.#failure.why);
  }

  /** Makes everything durable that can be, then lets go of the files. @throws Fault when something could not be */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      if (this.#failure) this.#recover();
      await this.flush();
    } finally {
      await this.#committer.close();
      this.#reader?.close();
    }
  }

  #refusal(): Fault | null {
    if (this.#failure) {
      this.#failure.refused++;
      return new Fault('store_failed', this.#failure.why);
    }
    if (this.#closed) return new Fault('store_failed', 'the record log is closed');
    const { queueRecordsMax } = this.#settings;
    if (this.#bodies.length < queueRecordsMax) return null;
    return new Fault('store_failed', `more than ${queueRecordsMax} records wait to be written; the disk is too slow`);
  }

  /** Everything that comes in during one turn of the event loop goes into one commit. */
  #schedule(): void {
    if (this.#scheduled || this.#committing || this.#failure) return;
    this.#scheduled = true;
    setImmediate(this.#commitNow);
  }

  #linger(): void {
    if (this.#lingering || this.#scheduled || this.#committing) return;
    this.#lingering = true;
    this.#clock.after(this.#settings.lingerMs, () => {
      this.#lingering = false;
      if (this.#bodies.length > 0) this.#schedule();
    });
  }

  readonly #commitNow = (): void => {
    this.#scheduled = false;
    if (this.#bodies.length === 0 || this.#committing || this.#failure) return this.#announce();
    const bodies = this.#bodies;
    const waiters = this.#waiters;
    this.#bodies = [];
    this.#waiters = [];
    this.#committing = true;
    this.#committer.commit(bodies, (failure) => {
      this.#committing = false;
      if (failure === null) for (const waiter of waiters) waiter?.resolve();
      else this.#fail(failure, bodies, waiters);
      if (this.#bodies.length > 0) this.#schedule();
      this.#announce();
    });
  };

  #announce(): void {
    if (this.#drained.length === 0) return;
    const drained = this.#drained;
    this.#drained = [];
    for (const resolve of drained) resolve();
  }

  /** Rejects whoever waits, keeps what nobody waits for, and tries again after a while. */
  #fail(why: string, bodies: readonly string[], waiters: readonly (Waiter | null)[]): void {
    // A commit under way may fail into a failure that is known already: what that one counted is not forgotten.
    const failure = this.#failure ?? { sinceMs: this.#clock.nowMs(), why, refused: 0, lost: 0 };
    this.#failure = failure;
    const kept: string[] = [];
    const fault = new Fault('store_failed', why);
    for (const [index, body] of [...bodies, ...this.#bodies].entries()) {
      const waiter = index < waiters.length ? waiters[index] : this.#waiters[index - waiters.length];
      if (waiter) {
        failure.refused++;
        waiter.reject(fault);
      } else kept.push(body);
    }
    const lost = Math.max(0, kept.length - this.#settings.queueRecordsMax);
    failure.lost += lost;
    this.#bodies = kept.slice(lost);
    this.#waiters = this.#bodies.map(() => null);
    this.#retryLater();
  }

  #retryLater(): void {
    if (!this.#closed) this.#clock.after(this.#settings.retryMs, () => this.#recover());
  }

  /** Writes what was kept, and a record that tells of the gap. Success ends the failure. */
  #recover(): void {
    const failure = this.#failure;
    if (!failure) return;
    if (this.#committing) return this.#retryLater();
    const kept = this.#bodies.length;
    const note = this.#gapNote(failure, kept);
    this.#committing = true;
    this.#committer.commit([...this.#bodies, encodeRecord(note, this.#settings.encode)], (again: CommitFailure) => {
      this.#committing = false;
      if (again === null) {
        this.#failure = null;
        this.#bodies = this.#bodies.slice(kept);
        this.#waiters = this.#waiters.slice(kept);
        if (this.#bodies.length > 0) this.#schedule();
      } else this.#retryLater();
      this.#announce();
    });
  }

  #gapNote(failure: Failure, kept: number): AuditRecord {
    return {
      kind: 'admin',
      atMs: this.#clock.nowMs(),
      callId: '',
      gateway: '',
      code: 'store_recovered',
      reason: 'records could be written again after a failure',
      detail: { why: failure.why, sinceMs: failure.sinceMs, refused: failure.refused, lost: failure.lost, kept },
    };
  }

  #lose(): void {
    if (!this.#failure) this.#fail('more records were handed over than can wait to be written', [], []);
    if (this.#failure) this.#failure.lost++;
  }
}

/** Records that are worth a commit of their own. */
const GROUP_RECORDS = 64;
