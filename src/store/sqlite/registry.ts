import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { asFault, guard, openDatabase, transact } from './open.ts';
import { REGISTRY_FILE, REGISTRY_MIGRATIONS } from './registry-schema.ts';

/** One connection to `registry.db`, shared by everything that lives there. Any number of processes may have one. */
export class Registry {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #version: StatementSync;
  readonly #statements = new Map<string, StatementSync>();
  #seenVersion: unknown;
  #foreignWrites = 0;
  #looked = false;

  /** @throws Fault('store_failed') */
  constructor(directory: string, busyTimeoutMs: number) {
    this.#path = join(directory, REGISTRY_FILE);
    this.#db = openDatabase(this.#path, { durability: 'full', busyTimeoutMs, migrations: REGISTRY_MIGRATIONS });
    this.#version = this.#db.prepare('PRAGMA data_version');
    this.#version.setReturnArrays(true);
    this.#seenVersion = this.#readVersion();
  }

  /**
   * Grows whenever another connection has written. Looked up once per turn of the event loop: every call asks several
   * times, and what was written during a turn could as well have come right after it. @throws Fault('store_failed')
   */
  foreignWrites(): number {
    if (this.#looked) return this.#foreignWrites;
    const version = this.#readVersion();
    if (version !== this.#seenVersion) {
      this.#seenVersion = version;
      this.#foreignWrites++;
    }
    this.#looked = true;
    setImmediate(this.#turn);
    return this.#foreignWrites;
  }

  readonly #turn = (): void => {
    this.#looked = false;
  };

  /** @throws Fault('store_failed') */
  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    try {
      return this.#prepared(sql).all(...values);
    } catch (error) {
      throw asFault(this.#path, error);
    }
  }

  /** @returns how many rows changed. @throws Fault('store_failed') */
  run(sql: string, ...values: SQLInputValue[]): number {
    try {
      return Number(this.#prepared(sql).run(...values).changes);
    } catch (error) {
      throw asFault(this.#path, error);
    }
  }

  /**
   * All of `work` in one transaction, or nothing, the latter also when it returns false.
   * @throws Fault('store_failed')
   */
  transact<T>(work: () => T): T {
    return guard(this.#path, () => transact(this.#db, work));
  }

  /** As `transact`, but without waiting for the disk: survives the death of the process, not loss of power. */
  transactRelaxed<T>(work: () => T): T {
    return guard(this.#path, () => {
      this.#db.exec('PRAGMA synchronous = NORMAL');
      try {
        return transact(this.#db, work);
      } finally {
        this.#db.exec('PRAGMA synchronous = FULL');
      }
    });
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #readVersion(): unknown {
    try {
      const row: unknown = this.#version.get();
      return Array.isArray(row) ? row[0] : row;
    } catch (error) {
      throw asFault(this.#path, error);
    }
  }
}
