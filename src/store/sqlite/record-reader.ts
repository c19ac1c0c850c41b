import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChainHead } from '../../audit/chain.ts';
import { matchesQuery, readBody } from '../../audit/match.ts';
import type { RecordQuery, StoredRecord } from '../../audit/record.ts';
import { readIndexed } from './audit-index.ts';
import { AUDIT_FILE, AUDIT_MIGRATIONS } from './audit-schema.ts';
import { asFault, guard, openForReading } from './open.ts';

/** Rows per statement; between two of them other work gets its turn. */
const PAGE_RECORDS = 256;
/** Width of the first stretch of the log that is searched through the index; doubled while too little is found. */
const STRETCH_RECORDS = 4_096;

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
    return guard(this.#path, () => readIndexed(this.#db));
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
    for (const page of this.#scan({ first: afterSeq + 1, last: Number.MAX_SAFE_INTEGER }, false)) {
      yield* page;
      await nextTurn();
    }
  }

  close(): void {
    this.#db.close();
  }

  /** Pages of candidates in order: the indexed part through the index, the newest records by looking at each. */
  *#pages(query: RecordQuery): Iterable<StoredRecord[]> {
    const back = query.newestFirst ?? false;
    const indexed = this.witness().seq;
    const newest = this.head()?.seq ?? 0;
    const before = back ? (query.afterSeq ?? newest + 1) - 1 : newest;
    const after = back ? 0 : (query.afterSeq ?? 0);
    const old: Range = { first: after + 1, last: Math.min(indexed, before) };
    const recent: Range = { first: Math.max(after, indexed) + 1, last: before };
    if (back) yield* this.#scan(recent, true);
    yield* this.#search(query, old, back);
    if (!back) yield* this.#scan(recent, false);
  }

  #search(query: RecordQuery, range: Range, back: boolean): Iterable<StoredRecord[]> {
    if (range.first > range.last) return [];
    if (query.callId !== undefined) return this.#byCall(query.callId, range, back);
    const within = this.#narrowByTime(query, range);
    const { where, values } = facetCondition(query);
    return where === '' ? this.#scan(within, back) : this.#byFacet(where, values, within, back);
  }

  *#scan(range: Range, back: boolean): Iterable<StoredRecord[]> {
    const order = back ? 'DESC' : 'ASC';
    const sql = `${SELECT} FROM record WHERE seq BETWEEN ? AND ? ORDER BY seq ${order} LIMIT ${PAGE_RECORDS}`;
    let { first, last } = range;
    while (first <= last) {
      const page = this.#records(sql, [first, last]);
      const end = page.at(-1);
      if (!end) return;
      yield page;
      if (back) last = end.seq - 1;
      else first = end.seq + 1;
    }
  }

  *#byCall(callId: string, range: Range, back: boolean): Iterable<StoredRecord[]> {
    yield this.#records(
      `${SELECT} FROM record WHERE seq IN (SELECT seq FROM by_call WHERE call_id = ? AND seq BETWEEN ? AND ?)
       ORDER BY seq ${back ? 'DESC' : 'ASC'}`,
      [callId, range.first, range.last],
    );
  }

  *#byFacet(where: string, values: string[], range: Range, back: boolean): Iterable<StoredRecord[]> {
    const order = back ? 'DESC' : 'ASC';
    const sql = `${SELECT} FROM record WHERE seq IN (
        SELECT b.seq FROM facet f CROSS JOIN by_facet b ON b.facet = f.id
        WHERE ${where} AND b.seq BETWEEN ? AND ? ORDER BY b.seq ${order} LIMIT ${PAGE_RECORDS})
      ORDER BY seq ${order}`;
    let { first, last } = range;
    let width = STRETCH_RECORDS;
    while (first <= last) {
      const stretch = back
        ? { first: Math.max(first, last - width + 1), last }
        : { first, last: Math.min(last, first + width - 1) };
      const page = this.#records(sql, [...values, stretch.first, stretch.last]);
      yield page;
      const end = page.length === PAGE_RECORDS ? page.at(-1)?.seq : undefined;
      if (end === undefined) width *= 2;
      if (back) last = (end ?? stretch.first) - 1;
      else first = (end ?? stretch.last) + 1;
    }
  }

  /** The smallest range that holds every indexed record of that time. Clocks may step back: order in time is not order in the log. */
  #narrowByTime(query: RecordQuery, range: Range): Range {
    if (query.sinceMs === undefined && query.untilMs === undefined) return range;
    const row = this.#all('SELECT min(seq) AS first, max(seq) AS last FROM by_time WHERE at_ms BETWEEN ? AND ?', [
      Math.floor(query.sinceMs ?? Number.MIN_SAFE_INTEGER),
      Math.ceil(query.untilMs ?? Number.MAX_SAFE_INTEGER),
    ])[0];
    if (typeof row?.['first'] !== 'number' || typeof row['last'] !== 'number') return { first: 1, last: 0 };
    return { first: Math.max(range.first, row['first']), last: Math.min(range.last, row['last']) };
  }

  #records(sql: string, values: SQLInputValue[]): StoredRecord[] {
    return this.#all(sql, values).map((row) => ({
      seq: Number(row['seq']),
      previousHash: hexOf(row['previous']),
      hash: hexOf(row['hash']),
      body: String(row['body']),
    }));
  }

  #all(sql: string, values: SQLInputValue[]): Record<string, unknown>[] {
    try {
      return this.#db.prepare(sql).all(...values);
    } catch (error) {
      throw asFault(this.#path, error);
    }
  }
}

const SELECT = 'SELECT seq, previous, hash, body';

function hexOf(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : '';
}

function facetCondition(query: RecordQuery): { where: string; values: string[] } {
  const parts: string[] = [];
  const values: string[] = [];
  for (const name of ['gateway', 'principal', 'server', 'target', 'code'] as const) {
    const value = query[name];
    if (value === undefined) continue;
    parts.push(`f.${name} = ?`);
    values.push(value);
  }
  if (query.kinds !== undefined) {
    parts.push(`f.kind IN (${query.kinds.map(() => '?').join(', ')})`);
    values.push(...query.kinds);
  }
  return { where: parts.join(' AND '), values };
}
