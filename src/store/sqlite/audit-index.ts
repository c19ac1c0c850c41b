import { Buffer } from 'node:buffer';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { readBody } from '../../audit/match.ts';
import type { JsonObject } from '../../core/json.ts';

/** Distinct (kind, gateway, principal, server, target, code) kept in memory; more are looked up in the table. */
const FACETS_CACHED_MAX = 10_000;

/**
 * Makes committed records searchable, behind the writer's back, in steps large enough to be cheap: measured at 32 in
 * flight, indexes kept with every commit cost 5 to 14 µs per record, steps of 128 about 3.
 */
export class AuditIndex {
  readonly #unindexed: StatementSync;
  readonly #addFacet: StatementSync;
  readonly #findFacet: StatementSync;
  readonly #byFacet: StatementSync;
  readonly #byTime: StatementSync;
  readonly #byCall: StatementSync;
  readonly #advance: StatementSync;
  readonly #facets = new Map<string, number>();
  #upTo: number;

  constructor(db: DatabaseSync) {
    this.#unindexed = db.prepare('SELECT seq, hash, body FROM record WHERE seq > ? ORDER BY seq LIMIT ?');
    this.#addFacet = db.prepare(
      'INSERT INTO facet (kind, gateway, principal, server, target, code) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#findFacet = db.prepare(
      'SELECT id FROM facet WHERE kind = ? AND gateway = ? AND principal = ? AND server = ? AND target = ? AND code = ?',
    );
    this.#byFacet = db.prepare('INSERT OR IGNORE INTO by_facet VALUES (?, ?)');
    this.#byTime = db.prepare('INSERT OR IGNORE INTO by_time VALUES (?, ?)');
    this.#byCall = db.prepare('INSERT OR IGNORE INTO by_call VALUES (?, ?)');
    this.#advance = db.prepare(
      'INSERT INTO indexed VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash',
    );
    this.#upTo = readIndexed(db).seq;
  }

  /** Place of the last record that can be found through the index. */
  get upTo(): number {
    return this.#upTo;
  }

  /** Indexes up to `recordsMax` more records. Must run inside a transaction of the writer. */
  catchUp(recordsMax: number): void {
    let last: { seq: number; hash: Buffer } | null = null;
    for (const row of this.#unindexed.iterate(this.#upTo, recordsMax)) {
      const seq = Number(row['seq']);
      this.#add(seq, readBody(String(row['body'])) ?? {});
      last = { seq, hash: Buffer.from(row['hash'] as Uint8Array) };
    }
    if (last === null) return;
    this.#advance.run(last.seq, last.hash);
    this.#upTo = last.seq;
  }

  #add(seq: number, body: JsonObject): void {
    this.#byFacet.run(this.#facet(facetOf(body)), seq);
    this.#byTime.run(typeof body['atMs'] === 'number' ? Math.trunc(body['atMs']) : 0, seq);
    if (typeof body['callId'] === 'string') this.#byCall.run(body['callId'], seq);
  }

  #facet(values: readonly string[]): number {
    const key = JSON.stringify(values);
    const known = this.#facets.get(key);
    if (known !== undefined) return known;
    this.#addFacet.run(...values);
    const id = Number(this.#findFacet.get(...values)?.['id']);
    if (this.#facets.size >= FACETS_CACHED_MAX) this.#facets.clear();
    this.#facets.set(key, id);
    return id;
  }

  /** After a rollback: what was cached may not exist. */
  forget(db: DatabaseSync): void {
    this.#facets.clear();
    this.#upTo = readIndexed(db).seq;
  }
}

/** How far the index, and therefore the log, has reached. */
export function readIndexed(db: DatabaseSync): { seq: number; hash: string } {
  const row = db.prepare('SELECT seq, hash FROM indexed').get();
  if (!row) return { seq: 0, hash: '' };
  return { seq: Number(row['seq']), hash: Buffer.from(row['hash'] as Uint8Array).toString('hex') };
}

/** Columns of `facet`, in order; the empty string stands for an absent field. */
export const FACETS = ['kind', 'gateway', 'principal', 'server', 'target', 'code'] as const;

function facetOf(body: JsonObject): string[] {
  return FACETS.map((name) => {
    const value = body[name];
    return typeof value === 'string' ? value : '';
  });
}
