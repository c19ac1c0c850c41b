import { canRotate, isNameTaken, type KeyEntry, type KeyStore } from '../../authn/ports.ts';
import type { Principal } from '../../core/principal.ts';
import type { Registry } from './registry.ts';

/** One table per kind of key, of the same form. */
type Drawer = 'api_key' | 'admin_key';

/** Keys of one kind in `registry.db`. A change by any process shows in `revision` on the next call. */
export class SqliteKeyStore implements KeyStore {
  readonly #registry: Registry;
  readonly #drawer: Drawer;
  #ownWrites = 0;

  constructor(registry: Registry, drawer: Drawer = 'api_key') {
    this.#registry = registry;
    this.#drawer = drawer;
  }

  revision(): number {
    return this.#registry.foreignWrites() + this.#ownWrites;
  }

  list(): readonly KeyEntry[] {
    return this.#registry.all(`SELECT * FROM ${this.#drawer} ORDER BY rowid`).map(readEntry);
  }

  add(entry: KeyEntry): boolean {
    return this.#registry.transact(() => {
      if (isNameTaken(this.list(), entry)) return false;
      this.#insert(entry);
      return true;
    });
  }

  #insert(entry: KeyEntry): void {
    const { id, name, gateway, principal, hash, createdAtMs, expiresAtMs, revokedAtMs } = entry;
    const sql = `INSERT INTO ${this.#drawer} VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
    this.#registry.run(sql, id, name, gateway, JSON.stringify(principal), hash, createdAtMs, expiresAtMs, revokedAtMs);
    this.#ownWrites++;
  }

  revoke(id: string, atMs: number): boolean {
    const sql = `UPDATE ${this.#drawer} SET revoked_at_ms = min(coalesce(revoked_at_ms, ?1), ?1) WHERE id = ?2`;
    const found = this.#registry.run(sql, atMs, id) > 0;
    this.#ownWrites++;
    return found;
  }

  rotate(id: string, successor: KeyEntry, oldEndsAtMs: number): boolean {
    return this.#registry.transact(() => {
      if (!canRotate(this.list(), id, successor.createdAtMs)) return false;
      this.revoke(id, oldEndsAtMs);
      this.#insert(successor);
      return true;
    });
  }
}

function readEntry(row: Record<string, unknown>): KeyEntry {
  return {
    id: String(row['id']),
    name: String(row['name']),
    gateway: String(row['gateway']),
    principal: JSON.parse(String(row['principal'])) as Principal, // written by `add`, from the same type
    hash: String(row['hash']),
    createdAtMs: Number(row['created_at_ms']),
    expiresAtMs: readTime(row['expires_at_ms']),
    revokedAtMs: readTime(row['revoked_at_ms']),
  };
}

function readTime(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
