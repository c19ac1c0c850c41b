import type { RestartOrder, RestartOrders } from '../../upstreams/ports.ts';
import type { Registry } from './registry.ts';

/** What became of an order, for whoever gave it. */
export interface SettledOrder {
  /** Why it could not be carried out; null when it was. */
  readonly error: string | null;
}

/** Orders to restart upstreams, in `registry.db`: any process gives them, the gateway on the store carries them out. */
export class SqliteRestartOrders implements RestartOrders {
  readonly #registry: Registry;
  #seen: number | null = null;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Gives an order. @returns its number. @throws Fault('store_failed') */
  give(upstream: string, by: string, atMs: number): number {
    return this.#registry.transact(() => {
      this.#registry.run('DELETE FROM restart_order WHERE asked_at_ms < ?', atMs - KEPT_MS);
      this.#registry.run(INSERT, upstream, by, atMs);
      return Number(this.#registry.all('SELECT last_insert_rowid() AS id')[0]?.['id']);
    });
  }

  /** What became of it; null while nothing did. @throws Fault('store_failed') */
  outcome(id: number): SettledOrder | null {
    const row = this.#registry.all('SELECT settled_at_ms, error FROM restart_order WHERE id = ?', id)[0];
    if (typeof row?.['settled_at_ms'] !== 'number') return null;
    const { error } = row;
    return { error: typeof error === 'string' ? error : null };
  }

  due(): readonly RestartOrder[] {
    const writes = this.#registry.foreignWrites();
    if (writes === this.#seen) return NONE;
    this.#seen = writes;
    const rows = this.#registry.all('SELECT id, upstream FROM restart_order WHERE settled_at_ms IS NULL ORDER BY id');
    return rows.map((row) => ({ id: Number(row['id']), upstream: String(row['upstream']) }));
  }

  settle(id: number, atMs: number, error: string | null): void {
    this.#registry.run('UPDATE restart_order SET settled_at_ms = ?, error = ? WHERE id = ?', atMs, error, id);
  }

  dismissAll(atMs: number): void {
    const why = 'the gateway was started after the order was given';
    this.#registry.run('UPDATE restart_order SET settled_at_ms = ?, error = ? WHERE settled_at_ms IS NULL', atMs, why);
  }
}

const NONE: readonly RestartOrder[] = [];
const KEPT_MS = 86_400_000;
const INSERT = 'INSERT INTO restart_order (upstream, asked_by, asked_at_ms) VALUES (?, ?, ?)';
