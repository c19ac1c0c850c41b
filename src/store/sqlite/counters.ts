import { Fault } from '../../core/fault.ts';
import type { Charge, Charged, Claim, CounterStore } from '../../limits/ports.ts';
import { Windows, type WindowsLimits } from '../../limits/windows.ts';
import type { Registry } from './registry.ts';

/** Charges waiting to be written; beyond that, counting fails, because it would not survive a restart. */
const WAITING_MAX = 100_000;
const PRUNE_EVERY_MS = 60_000;

interface Entry {
  readonly charge: Charge;
  readonly windowMs: number;
}

/**
 * Windows in memory that survive a restart. Charges are written once per turn of the event loop, before the record of
 * the call is durable and so before it is forwarded: killing the process forgives nothing. Loss of power may forgive
 * the last moment.
 */
export class SqliteCounterStore implements CounterStore {
  readonly #registry: Registry;
  readonly #windows: Windows;
  #waiting = new Set<Entry>();
  readonly #written = new WeakSet<Charge>();
  #scheduled = false;
  #prunedAtMs: number;
  #nowMs: number;
  #failure: unknown = null;

  /** @throws Fault('store_failed') */
  constructor(registry: Registry, limits: WindowsLimits, nowMs: number) {
    this.#registry = registry;
    this.#windows = new Windows(limits);
    this.#prunedAtMs = this.#nowMs = nowMs;
    for (const row of registry.all('SELECT * FROM charge WHERE expires_at_ms > ? ORDER BY at_ms', nowMs)) {
      const charge = { key: String(row['key']), atMs: Number(row['at_ms']), amount: Number(row['amount']) };
      this.#windows.restore(charge, Number(row['window_ms']));
    }
  }

  charge(claims: readonly Claim[], nowMs: number): Charged {
    if (this.#waiting.size > WAITING_MAX) {
      throw new Fault('store_failed', 'limits cannot be counted durably', { cause: this.#failure });
    }
    this.#nowMs = nowMs;
    const charged = this.#windows.charge(claims, nowMs);
    const charges = charged.ok ? charged.charges : charged.attempts;
    for (const charge of charges) {
      const windowMs = claims.find((claim) => claim.key === charge.key)?.windowMs ?? 0;
      this.#waiting.add({ charge, windowMs });
    }
    if (charges.length > 0) this.#schedule();
    return charged;
  }

  used(key: string, nowMs: number): number {
    return this.#windows.used(key, nowMs);
  }

  giveBack(charges: readonly Charge[]): void {
    this.#windows.giveBack(charges);
    const back = new Set(charges);
    for (const entry of this.#waiting) if (back.has(entry.charge)) this.#waiting.delete(entry);
    for (const charge of charges) if (this.#written.has(charge)) this.#remove(charge);
  }

  /** Writes what waits. @throws Fault('store_failed') */
  flush(): void {
    const entries = this.#waiting;
    if (entries.size === 0) return;
    this.#registry.transactRelaxed(() => {
      for (const { charge, windowMs } of entries) {
        const { key, atMs, amount } = charge;
        this.#registry.run(INSERT, key, atMs, windowMs, amount, atMs + windowMs);
      }
      this.#prune();
    });
    for (const { charge } of entries) this.#written.add(charge);
    this.#waiting = new Set();
  }

  #remove(charge: Charge): void {
    try {
      this.#registry.transactRelaxed(() => this.#registry.run(REMOVE, charge.key, charge.atMs, charge.amount));
    } catch (error) {
      this.#failure = error; // stricter after a restart, until the window has passed
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      try {
        this.flush();
      } catch (error) {
        this.#failure = error; // everything waits for the next charge
      }
    });
  }

  #prune(): void {
    if (Math.abs(this.#nowMs - this.#prunedAtMs) < PRUNE_EVERY_MS) return;
    this.#prunedAtMs = this.#nowMs;
    this.#registry.run('DELETE FROM charge WHERE expires_at_ms <= ?', this.#nowMs);
  }
}

const INSERT = 'INSERT INTO charge (key, at_ms, window_ms, amount, expires_at_ms) VALUES (?, ?, ?, ?, ?)';
const REMOVE =
  'DELETE FROM charge WHERE id = (SELECT id FROM charge WHERE key = ? AND at_ms = ? AND amount = ? LIMIT 1)';
