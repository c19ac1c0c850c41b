import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { readBody } from '../../audit/match.ts';
import { STRETCH_RECORDS } from './audit-schema.ts';
import { sign, SIGNATURE_BYTES } from './signature.ts';

/** Signs stretches of the log once they are full, from the records as they are stored. */
export class StretchSigner {
  readonly #bodies: StatementSync;
  readonly #add: StatementSync;
  readonly #last: StatementSync;
  #next: number;

  constructor(db: DatabaseSync) {
    this.#bodies = db.prepare('SELECT body FROM record WHERE seq BETWEEN ? AND ?');
    this.#add = db.prepare('INSERT OR IGNORE INTO stretch VALUES (?, ?, ?, ?)');
    this.#last = db.prepare('SELECT max(id) AS id FROM stretch');
    this.#next = this.#find();
  }

  /** Must run in the writer's transaction, before it commits. `seq` is the last record. */
  catchUp(seq: number): void {
    while (seq >= (this.#next + 1) * STRETCH_RECORDS) this.#sign(this.#next++);
  }

  /** After a rollback: what was signed may be gone. */
  forget(): void {
    this.#next = this.#find();
  }

  #find(): number {
    const id = this.#last.get()?.['id'];
    return typeof id === 'number' ? id + 1 : 0;
  }

  #sign(id: number): void {
    const signature = new Uint8Array(SIGNATURE_BYTES);
    const known = new Set<string>();
    let firstAtMs = Infinity;
    let lastAtMs = -Infinity;
    for (const row of this.#bodies.iterate(id * STRETCH_RECORDS + 1, (id + 1) * STRETCH_RECORDS)) {
      const body = readBody(String(row['body'])) ?? {};
      const atMs = typeof body['atMs'] === 'number' ? body['atMs'] : 0;
      firstAtMs = Math.min(firstAtMs, atMs);
      lastAtMs = Math.max(lastAtMs, atMs);
      sign(signature, body, known);
    }
    this.#add.run(id, firstAtMs, lastAtMs, signature);
  }
}
