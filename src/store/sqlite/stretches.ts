import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { readHead } from '../../audit/match.ts';
import { STRETCH_RECORDS } from './audit-schema.ts';
import { sign, SIGNATURE_BYTES } from './signature.ts';

/** Signs stretches of the log once they are full. */
export class StretchSigner {
  readonly #bodies: StatementSync;
  readonly #add: StatementSync;
  readonly #last: StatementSync;
  #next: number;
  /** Bodies written here since the last stretch was full, in a row from `#notedFrom` on. */
  #noted: string[] = [];
  #notedFrom = 0;

  constructor(db: DatabaseSync) {
    this.#bodies = db.prepare('SELECT body FROM record WHERE seq BETWEEN ? AND ?');
    this.#add = db.prepare('INSERT OR IGNORE INTO stretch VALUES (?, ?, ?, ?)');
    this.#last = db.prepare('SELECT max(id) AS id FROM stretch');
    this.#next = this.#find();
  }

  /** A record that was just written: it need not be read again, unless another process writes as well. */
  note(seq: number, body: string): void {
    if (seq !== this.#notedFrom + this.#noted.length) {
      this.#noted = [];
      this.#notedFrom = seq;
    }
    this.#noted.push(body);
  }

  /** Must run in the writer's transaction, before it commits. `seq` is the last record. */
  catchUp(seq: number): void {
    while (seq >= (this.#next + 1) * STRETCH_RECORDS) this.#sign(this.#next++);
  }

  /** After a rollback: what was signed may be gone. */
  forget(): void {
    this.#noted = [];
    this.#notedFrom = 0;
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
    for (const text of this.#bodiesOf(id * STRETCH_RECORDS + 1, (id + 1) * STRETCH_RECORDS)) {
      const body = readHead(text) ?? {};
      const atMs = typeof body['atMs'] === 'number' ? body['atMs'] : 0;
      firstAtMs = Math.min(firstAtMs, atMs);
      lastAtMs = Math.max(lastAtMs, atMs);
      sign(signature, body, known);
    }
    this.#add.run(id, firstAtMs, lastAtMs, signature);
  }

  #bodiesOf(first: number, last: number): string[] {
    const from = first - this.#notedFrom;
    const after = last + 1 - this.#notedFrom;
    if (from < 0 || after > this.#noted.length) {
      return this.#bodies.all(first, last).map((row) => String(row['body']));
    }
    const bodies = this.#noted.slice(from, after);
    this.#noted = this.#noted.slice(after);
    this.#notedFrom = last + 1;
    return bodies;
  }
}
