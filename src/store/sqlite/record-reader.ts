import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { GENESIS, type ChainHead } from '../../audit/chain.ts';
import { matchesQuery, prepareGlance, readBody } from '../../audit/match.ts';
import type { RecordQuery, StoredRecord } from '../../audit/record.ts';
import { AUDIT_FILE, AUDIT_MIGRATIONS, STRETCH_RECORDS } from './audit-schema.ts';
import { asFault, openForReading } from './open.ts';
import { prepareTest } from './signature.ts';

/** Records per statement; between two statements other work gets its turn. */
const PAGE_RECORDS = STRETCH_RECORDS;
/** Signatures per statement. */
const PAGE_STRETCHES = 1_024;

/** A part of the log, both ends included. */
interface Range {
  readonly first: number;
  readonly last: number;
}

/** The reading end of `audit.db`, from any process, while a gateway writes. */
export class RecordReader {
  readonly #path: string;
  readonly #db: DatabaseSync;

  /**
   * @param directory the store directory
   * @throws Fault('store_failed')
   */
  constructor(directory: string, busyTimeoutMs = 2_000) {
    this.#path = join(directory, AUDIT_FILE);
    this.#db = openForReading(this.#path, { busyTimeoutMs, migrations: AUDIT_MIGRATIONS });
  }

  /** The last record; null when there is none. @throws Fault('store_failed') */
  head(): ChainHead | null {
    const row = this.#all('SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1', [])[0];
    return row ? { seq: Number(row['seq']), hash: hexOf(row['hash']) } : null;
  }

  /** How far the log is known to have reached: what `verifyChain` takes as `head`. @throws Fault('store_failed') */
  witness(): ChainHead {
    const row = this.#all('SELECT seq, hash FROM witness', [])[0];
    return row ? { seq: Number(row['seq']), hash: hexOf(row['hash']) } : GENESIS;
  }

  /**
   * Records that answer the query, oldest first unless asked otherwise.
   * @throws Fault('store_failed')
   */
  async *query(query: RecordQuery): AsyncIterable<StoredRecord> {
    let left = query.limit;
    for (const page of this.#pages(query)) {
      for (const record of page) {
        if (left <= 0) return;
        const body = readBody(record.body);
        if (body === null || !matchesQuery(body, query)) continue;
        left--;
        yield record;
      }
      if (left <= 0) return;
      await nextTurn();
    }
  }

  /** Every record, for verification: nothing is left out, broken bodies included. @throws Fault('store_failed') */
  async *all(afterSeq = 0): AsyncIterable<StoredRecord> {
    for (const page of this.#scan({ first: afterSeq + 1, last: Number.MAX_SAFE_INTEGER }, false, () => true)) {
      yield* page;
      await nextTurn();
    }
  }

  close(): void {
    this.#db.close();
  }

  /** Pages of candidates in order: full stretches if their signature says maybe, the newest records always. */
  *#pages(query: RecordQuery): Iterable<StoredRecord[]> {
    const back = query.newestFirst ?? false;
    const signed = (Number(this.#all('SELECT max(id) AS id FROM stretch', [])[0]?.['id'] ?? -1) + 1) * STRETCH_RECORDS;
    const whole: Range = {
      first: back ? 1 : (query.afterSeq ?? 0) + 1,
      last: back && query.afterSeq !== undefined ? query.afterSeq - 1 : Number.MAX_SAFE_INTEGER,
    };
    const recent = { first: Math.max(whole.first, signed + 1), last: whole.last };
    const glance = prepareGlance(query);
    if (back) yield* this.#scan(recent, true, glance);
    for (const stretch of this.#stretches(query, { first: whole.first, last: Math.min(whole.last, signed) }, back)) {
      yield* this.#scan(
        { first: Math.max(stretch.first, whole.first), last: Math.min(stretch.last, whole.last) },
        back,
        glance,
      );
    }
    if (!back) yield* this.#scan(recent, false, glance);
  }

  /** Stretches that may hold an answer. Clocks may step back: stretches overlap in time, so each is looked at. */
  *#stretches(query: RecordQuery, range: Range, back: boolean): Iterable<Range> {
    const test = prepareTest(query);
    const sql = `SELECT id, signature FROM stretch
      WHERE id BETWEEN ? AND ? AND last_at_ms >= ? AND first_at_ms <= ?
      ORDER BY id ${back ? 'DESC' : 'ASC'} LIMIT ${PAGE_STRETCHES}`;
    let first = Math.floor((range.first - 1) / STRETCH_RECORDS);
    let last = Math.floor((range.last - 1) / STRETCH_RECORDS);
    while (first <= last) {
      const page = this.#all(sql, [first, last, query.sinceMs ?? -Infinity, query.untilMs ?? Infinity]);
      for (const row of page) {
        const id = Number(row['id']);
        if (back) last = id - 1;
        else first = id + 1;
        if (!test(row['signature'] as Uint8Array)) continue; // a BLOB column is nothing else
        yield { first: id * STRETCH_RECORDS + 1, last: (id + 1) * STRETCH_RECORDS };
      }
      if (page.length < PAGE_STRETCHES) return;
    }
  }

  /** Pages of the records in a range whose bodies pass `keep`. */
  *#scan(range: Range, back: boolean, keep: (body: string) => boolean): Iterable<StoredRecord[]> {
    const order = back ? 'DESC' : 'ASC';
    const sql = `SELECT seq, previous, hash, body FROM record WHERE seq BETWEEN ? AND ?
      ORDER BY seq ${order} LIMIT ${PAGE_RECORDS}`;
    let { first, last } = range;
    while (first <= last) {
      const rows = this.#all(sql, [first, last]);
      if (rows.length === 0) return;
      yield rows.filter((row) => keep(String(row['body']))).map(readRecord);
      const end = Number(rows.at(-1)?.['seq']);
      if (rows.length < PAGE_RECORDS) return;
      if (back) last = end - 1;
      else first = end + 1;
    }
  }

  #all(sql: string, values: SQLInputValue[]): Record<string, unknown>[] {
    try {
      return this.#db.prepare(sql).all(...values);
    } catch (error) {
      throw asFault(this.#path, error);
    }
  }
}

function readRecord(row: Record<string, unknown>): StoredRecord {
  const { seq, previous, hash, body } = row;
  return { seq: Number(seq), previousHash: hexOf(previous), hash: hexOf(hash), body: String(body) };
}

/** Lets other work have its turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function hexOf(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : '';
}
