import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { GENESIS_HASH, linkText } from '../../audit/chain.ts';
import { Fault } from '../../core/fault.ts';
import { AUDIT_MIGRATIONS } from './audit-schema.ts';
import { asFault, guard, openDatabase, readPragma, type Durability } from './open.ts';
import { StretchSigner } from './stretches.ts';

export interface LedgerSettings {
  /** Path of `audit.db`. */
  readonly path: string;
  readonly durability: Durability;
  readonly busyTimeoutMs: number;
  /** Size of `audit.db` in bytes at which records, and therefore calls, are refused; 0: as large as the disk allows. */
  readonly auditBytesMax: number;
}

/**
 * The writing end of `audit.db`: continues the chain and commits a group of bodies at once. Synchronous; used in the
 * writer thread (`full`) or directly (`normal`). Another process may append too (`veto keys …` records what it did):
 * the head is read again whenever somebody else wrote.
 */
export class Ledger {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #signer: StretchSigner;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #insert: StatementSync;
  readonly #last: StatementSync;
  readonly #version: StatementSync;
  readonly #witness: StatementSync;
  #seq = 0;
  #hash: Buffer = Buffer.from(GENESIS_HASH, 'hex');
  #hashHex = GENESIS_HASH;
  #seenVersion = -1;

  /** @throws Fault('store_failed') */
  constructor(settings: LedgerSettings) {
    this.#path = settings.path;
    this.#db = openDatabase(settings.path, { ...settings, migrations: AUDIT_MIGRATIONS });
    if (settings.auditBytesMax > 0) {
      const pagesMax = Math.max(1, Math.floor(settings.auditBytesMax / readPragma(this.#db, 'page_size')));
      this.#db.exec(`PRAGMA max_page_count = ${pagesMax}`);
    }
    this.#begin = this.#db.prepare('BEGIN IMMEDIATE');
    this.#commit = this.#db.prepare('COMMIT');
    this.#insert = this.#db.prepare('INSERT INTO record VALUES (?, ?, ?, ?)');
    this.#last = this.#db.prepare('SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1');
    this.#version = this.#db.prepare('PRAGMA data_version');
    this.#witness = this.#db.prepare('SELECT seq FROM witness');
    this.#signer = guard(this.#path, () => new StretchSigner(this.#db));
  }

  /**
   * Appends all bodies, or none.
   * @throws Fault('store_failed')
   */
  append(bodies: readonly string[]): void {
    const before = { seq: this.#seq, hash: this.#hash, hashHex: this.#hashHex };
    try {
      this.#begin.run();
      this.#findHead();
      for (const body of bodies) this.#write(body);
      this.#signer.catchUp(this.#seq);
      this.#commit.run();
    } catch (error) {
      this.#seq = before.seq;
      this.#hash = before.hash;
      this.#hashHex = before.hashHex;
      throw this.#rollback(error);
    }
  }

  /** Notes how far the log reaches, so that a later loss of its end shows, and lets go of the file. */
  close(): void {
    try {
      if (this.#seq > 0) this.#db.prepare(NOTE).run(this.#seq, this.#hash);
    } finally {
      this.#db.close();
    }
  }

  #write(body: string): void {
    const seq = this.#seq + 1;
    const next = hash('sha256', linkText(this.#hashHex, seq, body), 'buffer');
    this.#insert.run(seq, this.#hash, next, body);
    this.#seq = seq;
    this.#hash = next;
    this.#hashHex = next.toString('hex');
  }

  #findHead(): void {
    const version = Number(this.#version.get()?.['data_version']);
    if (version === this.#seenVersion) return;
    const row = this.#last.get();
    const seq = Number(row?.['seq'] ?? 0);
    const known = Math.max(this.#seq, Number(this.#witness.get()?.['seq'] ?? 0));
    if (seq < known) {
      const what = `records vanished from \`${this.#path}\`: it ends at ${seq}, but once reached ${known}`;
      throw new Fault('store_failed', `${what}; keep the file as evidence and move it away, or restore a backup`);
    }
    this.#seenVersion = version;
    if (!row) return;
    this.#seq = seq;
    this.#hash = Buffer.from(row['hash'] as Uint8Array);
    this.#hashHex = this.#hash.toString('hex');
  }

  #rollback(error: unknown): Fault {
    this.#seenVersion = -1;
    try {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      this.#signer.forget();
    } catch {
      // the first error says more; the connection is opened anew after a failure
    }
    return asFault(this.#path, error);
  }
}

const NOTE = `INSERT INTO witness VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash
  WHERE excluded.seq > witness.seq`;
