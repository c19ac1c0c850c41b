import { Buffer } from 'node:buffer';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { GENESIS_HASH, linkHash } from '../../audit/chain.ts';
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
  /** Of the last record, lower-case hexadecimal. */
  #hash = GENESIS_HASH;
  /** Of the last record and of the next, as they are stored; they change places, so that none is made per record. */
  #previous = Buffer.from(GENESIS_HASH, 'hex');
  #next = Buffer.alloc(HASH_BYTES);
  #seenVersion = -1;

  /** @throws Fault('store_failed') */
  constructor(settings: LedgerSettings) {
    this.#path = settings.path;
    this.#db = openDatabase(settings.path, { ...settings, pageBytes: PAGE_BYTES, migrations: AUDIT_MIGRATIONS });
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
    const before = { seq: this.#seq, hash: this.#hash };
    try {
      this.#begin.run();
      this.#findHead();
      for (const body of bodies) this.#write(body);
      this.#signer.catchUp(this.#seq);
      this.#commit.run();
    } catch (error) {
      this.#stand(before.seq, before.hash);
      throw this.#rollback(error);
    }
  }

  /** Notes how far the log reaches, so that a later loss of its end shows, and lets go of the file. */
  close(): void {
    try {
      if (this.#seq > 0) this.#db.prepare(NOTE).run(this.#seq, this.#previous);
    } finally {
      this.#db.close();
    }
  }

  #write(body: string): void {
    const seq = this.#seq + 1;
    const hash = linkHash(this.#hash, seq, body);
    this.#next.write(hash, 'hex');
    this.#insert.run(seq, this.#previous, this.#next, body);
    this.#signer.note(seq, body);
    this.#seq = seq;
    this.#hash = hash;
    [this.#previous, this.#next] = [this.#next, this.#previous];
  }

  #stand(seq: number, hash: string): void {
    this.#seq = seq;
    this.#hash = hash;
    this.#previous.write(hash, 'hex');
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
    this.#stand(seq, Buffer.from(row['hash'] as Uint8Array).toString('hex'));
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

const HASH_BYTES = 32;
/**
 * Of a new file. Under load, records fill such pages better than those of the usual 4096 bytes: measured, groups of 64
 * write a third less. A record that is committed alone writes up to half more, for no more processor time.
 */
const PAGE_BYTES = 8_192;

const NOTE = `INSERT INTO witness VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash
  WHERE excluded.seq > witness.seq`;
