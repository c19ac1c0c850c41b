import type { Pin, PinEvent, PinFilter, PinKey, PinStore, PinWrite } from '../../integrity/ports.ts';
import { readKept } from '../read-kept.ts';
import type { Registry } from './registry.ts';

/** Pins in `registry.db`, with their history. A write by another process shows in `revision` at once. */
export class SqlitePinStore implements PinStore {
  readonly #registry: Registry;
  readonly #ownWrites = new Map<string, number>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  revision(gateway: string, upstream: string): number {
    return this.#registry.foreignWrites() + (this.#ownWrites.get(`${gateway}\n${upstream}`) ?? 0);
  }

  load(gateway: string, upstream: string): Promise<readonly Pin[]> {
    return this.find({ gateway, upstream });
  }

  // Async for the port's sake: what SQLite throws becomes a rejection.
  async find(filter: PinFilter): Promise<readonly Pin[]> {
    const names = (['gateway', 'upstream', 'kind', 'name', 'status'] as const).filter(
      (name) => filter[name] !== undefined,
    );
    const { waiting, after, limit } = filter;
    const tests = [
      ...names.map((name) => `${name} = ?`),
      ...(waiting ? ["json_type(body, '$.waiting') = 'object'"] : []),
      ...(after ? ['(gateway, upstream, kind, name) > (?, ?, ?, ?)'] : []),
    ];
    const where = tests.join(' AND ') || 'TRUE';
    const sql = `SELECT body FROM pin WHERE ${where} ORDER BY gateway, upstream, kind, name LIMIT ?`;
    const key = after ? [after.gateway, after.upstream, after.kind, after.name] : [];
    const rows = this.#registry.all(sql, ...names.map((name) => filter[name] ?? ''), ...key, limit ?? -1);
    return rows.map((row) => readKept(String(row['body'])) as Pin); // written by `write`
  }

  async write(writes: readonly PinWrite[]): Promise<boolean> {
    const written = this.#registry.transact(() => writes.every((one) => this.#replace(one)));
    if (written) for (const { pin } of writes) this.#bump(`${pin.gateway}\n${pin.upstream}`);
    return written;
  }

  async history(key: PinKey): Promise<readonly PinEvent[]> {
    const rows = this.#registry.all(HISTORY, key.gateway, key.upstream, key.kind, key.name);
    return rows.map((row) => readKept(String(row['body'])) as PinEvent); // written by `write`
  }

  /** False when somebody was faster. */
  #replace({ expectedVersion, pin, event }: PinWrite): boolean {
    const { gateway, upstream, kind, name, version, status } = pin;
    const row = this.#registry.all(SELECT_VERSION, gateway, upstream, kind, name)[0];
    if (Number(row?.['version'] ?? 0) !== expectedVersion) return false;
    this.#registry.run(REPLACE, gateway, upstream, kind, name, version, status, JSON.stringify(pin));
    this.#registry.run(APPEND, gateway, upstream, kind, name, version, JSON.stringify(event));
    return true;
  }

  #bump(place: string): void {
    this.#ownWrites.set(place, (this.#ownWrites.get(place) ?? 0) + 1);
  }
}

const SELECT_VERSION = 'SELECT version FROM pin WHERE gateway = ? AND upstream = ? AND kind = ? AND name = ?';
const REPLACE = 'INSERT OR REPLACE INTO pin VALUES (?, ?, ?, ?, ?, ?, ?)';
const HISTORY =
  'SELECT body FROM pin_event WHERE gateway = ? AND upstream = ? AND kind = ? AND name = ? ORDER BY version';
const APPEND = 'INSERT INTO pin_event VALUES (?, ?, ?, ?, ?, ?)';
