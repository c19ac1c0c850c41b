import { join } from 'node:path';
import { encodeRecord, type EncodeLimits } from '../../audit/encode.ts';
import type { AuditRecord, RecordLog, RecordQuery, StoredRecord } from '../../audit/record.ts';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import { AUDIT_FILE } from './audit-schema.ts';
import type { Committer } from './committer.ts';
import type { Durability } from './open.ts';
import { RecordQueue, type Group } from './record-queue.ts';
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
  /** Memory of records waiting to be committed at which appending fails at once, in bytes (`record-queue.ts`). */
  readonly queueBytesMax: number;
  /** How long a record handed over without waiting may wait for company, in milliseconds. */
  readonly lingerMs: number;
  /** Pause between attempts to recover after a failure, in milliseconds. */
  readonly retryMs: number;
  readonly encode: EncodeLimits;
}

interface Failure {
  readonly sinceMs: number;
  readonly why: string;
  /** Appends that failed or were refused, and of which no durable note tells. */
  refused: number;
  /** Records handed over without waiting that found no room to wait in, and of which no durable note tells. */
  lost: number;
  /** Kept records that are to be written before the failure has ended; null until the note of the gap is durable. */
  keptLeft: number | null;
}

/** Records on SQLite, committed in groups. One per store directory and process (`hold.ts`). */
export class SqliteRecordLog implements RecordLog {
  readonly #settings: RecordLogSettings;
  readonly #clock: Clock;
  readonly #committer: Committer;
  readonly #queue: RecordQueue;
  #committing = false;
  #scheduled = false;
  #lingering = false;
  #retrying = false;
  #failure: Failure | null = null;
  #closed = false;
  #drained: (() => void)[] = [];
  #reader: RecordReader | null = null;

  constructor(settings: RecordLogSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#queue = new RecordQueue({ recordsMax: settings.queueRecordsMax, bytesMax: settings.queueBytesMax });
    const ledger = { ...settings, path: join(settings.directory, AUDIT_FILE) };
    this.#committer = settings.durability === 'full' ? new ThreadCommitter(ledger) : new YieldingCommitter(ledger);
  }

  append(record: AuditRecord): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fault = this.#refusal();
    if (fault) {
      reject(fault);
    } else {
      this.#queue.push(encodeRecord(record, this.#settings.encode), { resolve, reject });
      this.#schedule();
    }
    return promise;
  }

  enqueue(record: AuditRecord): void {
    if (this.#closed) return;
    if (this.#queue.whyFull() !== null) return this.#lose();
    this.#queue.push(encodeRecord(record, this.#settings.encode), null);
    if (this.#failure) return; // waits for recovery
    if (this.#queue.length >= GROUP_RECORDS) this.#schedule();
    else this.#linger();
  }

  isFailing(): boolean {
    return this.#failure !== null || this.#closed || this.#queue.whyFull() !== null;
  }

  async *query(query: RecordQuery): AsyncIterable<StoredRecord> {
    await this.flush();
    this.#reader ??= new RecordReader(this.#settings.directory, this.#settings.busyTimeoutMs);
    yield* this.#reader.query(query);
  }

  async flush(): Promise<void> {
    await this.#drain();
    if (this.#failure) throw new Fault('store_failed', this.#failure.why);
  }

  /** Makes everything durable that can be, then lets go of the files. @throws Fault when something could not be */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#drain();
      if (this.#failure) this.#recover();
      await this.#drain();
      if (this.#failure && this.#failure.keptLeft !== null) this.#giveUp(this.#failure);
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
    const full = this.#queue.whyFull();
    if (full === null) return null;
    return new Fault('store_failed', `more than ${full} wait to be written; the disk is too slow`);
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
      if (this.#queue.length > 0) this.#schedule();
    });
  }

  readonly #commitNow = (): void => {
    this.#scheduled = false;
    if (this.#queue.length === 0 || this.#committing || this.#failure) return this.#announce();
    const group = this.#queue.take();
    this.#committing = true;
    this.#committer.commit(group.bodies, (failure) => {
      this.#committing = false;
      if (failure === null) for (const waiter of group.waiters) waiter?.resolve();
      else this.#fail(failure, group);
      if (this.#queue.length > 0) this.#schedule();
      this.#announce();
    });
  };

  /** Waits until everything is written that can be, and nothing is being tried. */
  async #drain(): Promise<void> {
    while (this.#committing || (!this.#failure && this.#queue.length > 0)) {
      this.#schedule();
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#drained.push(resolve);
      await promise;
    }
  }

  #announce(): void {
    if (this.#drained.length === 0) return;
    const drained = this.#drained;
    this.#drained = [];
    for (const resolve of drained) resolve();
  }

  /** Rejects whoever waits, keeps what nobody waits for, and tries again after a while. */
  #fail(why: string, group: Group): void {
    // A commit under way may fail into a failure that is known already: what that one counted is not forgotten.
    const failure = this.#failure ?? { sinceMs: this.#clock.nowMs(), why, refused: 0, lost: 0, keptLeft: null };
    this.#failure = failure;
    const { refused, lost } = this.#queue.takeBack(group, new Fault('store_failed', why));
    failure.refused += refused;
    failure.lost += lost;
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#closed || this.#retrying) return;
    this.#retrying = true;
    this.#clock.after(this.#settings.retryMs, () => {
      this.#retrying = false;
      this.#recover();
    });
  }

  /**
   * One attempt to write again, with one record, so that it costs next to nothing while the failure lasts: first the
   * note of the gap, so that no loss goes unmentioned whatever comes next, then the oldest that was kept.
   */
  #recover(): void {
    const failure = this.#failure;
    if (!failure) return;
    if (this.#committing) return this.#retryLater();
    this.#committing = true;
    if (failure.keptLeft === null) this.#writeNote(failure);
    else this.#writeKept(failure, failure.keptLeft, 1);
  }

  #writeNote(failure: Failure): void {
    const kept = this.#queue.length;
    const { refused, lost } = failure;
    this.#committer.commit([this.#gapNote(failure)], (again) => {
      if (again !== null) return this.#pause();
      failure.refused -= refused; // what was counted meanwhile is left for another note
      failure.lost -= lost;
      this.#carryOn(failure, kept);
    });
  }

  #writeKept(failure: Failure, left: number, recordsMax: number): void {
    const group = this.#queue.take(recordsMax);
    this.#committer.commit(group.bodies, (again) => {
      if (again === null) return this.#carryOn(failure, left - group.bodies.length);
      failure.lost += this.#queue.takeBack(group, new Fault('store_failed', again)).lost;
      this.#pause();
    });
  }

  /** Something could be written. Once everything is that was kept, the failure has ended. */
  #carryOn(failure: Failure, keptLeft: number): void {
    failure.keptLeft = keptLeft;
    if (keptLeft > 0) {
      setImmediate(() => this.#writeKept(failure, keptLeft, keptLeft)); // others get their turn between two groups
      return;
    }
    if (failure.refused + failure.lost > 0) this.#queue.unshift(this.#gapNote(failure));
    this.#failure = null;
    this.#committing = false;
    if (this.#queue.length > 0) this.#schedule();
    this.#announce();
  }

  #pause(): void {
    this.#committing = false;
    this.#retryLater();
    this.#announce();
  }

  /** At the end: what was kept and cannot be written is lost. The log is told, if so much can be written. */
  #giveUp(failure: Failure): void {
    failure.lost += this.#queue.clear();
    this.#committing = true;
    this.#committer.commit([this.#gapNote(failure)], () => this.#pause());
  }

  #gapNote({ why, sinceMs, refused, lost }: Failure): string {
    const note: AuditRecord = {
      kind: 'admin',
      atMs: this.#clock.nowMs(),
      callId: '',
      gateway: '',
      code: 'store_recovered',
      reason: 'records could be written again after a failure',
      detail: { why, sinceMs, refused, lost, kept: this.#queue.length },
    };
    return encodeRecord(note, this.#settings.encode);
  }

  #lose(): void {
    if (!this.#failure) this.#fail('more records were handed over than can wait to be written', NONE);
    if (this.#failure) this.#failure.lost++;
  }
}

/** Records that are worth a commit of their own. */
const GROUP_RECORDS = 64;
const NONE: Group = { bodies: [], waiters: [] };
