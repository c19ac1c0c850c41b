import { GENESIS_HASH, linkHash } from '../../audit/chain.ts';
import { ENCODE_LIMITS, encodeRecord } from '../../audit/encode.ts';
import { matchesQuery, readBody } from '../../audit/match.ts';
import type { AuditRecord, RecordLog, RecordQuery, StoredRecord } from '../../audit/record.ts';
import { Fault } from '../../core/fault.ts';

/** Records in process memory, gone with it: for tests and for trying a policy, never for a gateway that matters. */
export class MemoryRecordLog implements RecordLog {
  readonly #records: StoredRecord[] = [];
  readonly #recordsMax: number;
  #closed = false;

  /** @param recordsMax records kept; beyond that, appending fails */
  constructor(recordsMax = 100_000) {
    this.#recordsMax = recordsMax;
  }

  append(record: AuditRecord): Promise<void> {
    if (this.#closed) return Promise.reject(new Fault('store_failed', 'the record log is closed'));
    if (this.#records.length >= this.#recordsMax) {
      return Promise.reject(
        new Fault('store_failed', `the record log in memory is full (${this.#recordsMax} records)`),
      );
    }
    this.#write(record);
    return Promise.resolve();
  }

  enqueue(record: AuditRecord): void {
    if (!this.#closed && this.#records.length < this.#recordsMax) this.#write(record);
  }

  isFailing(): boolean {
    return this.#closed || this.#records.length >= this.#recordsMax;
  }

  async *query(query: RecordQuery): AsyncIterable<StoredRecord> {
    const { afterSeq } = query;
    let left = query.limit;
    for (const record of query.newestFirst ? this.#records.toReversed() : [...this.#records]) {
      if (left <= 0) return;
      if (afterSeq !== undefined && (query.newestFirst ? record.seq >= afterSeq : record.seq <= afterSeq)) continue;
      const body = readBody(record.body);
      if (body === null || !matchesQuery(body, query)) continue;
      left--;
      yield record;
    }
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  #write(record: AuditRecord): void {
    const previousHash = this.#records.at(-1)?.hash ?? GENESIS_HASH;
    const seq = this.#records.length + 1;
    const body = encodeRecord(record, ENCODE_LIMITS);
    this.#records.push({ seq, previousHash, hash: linkHash(previousHash, seq, body), body });
  }
}
