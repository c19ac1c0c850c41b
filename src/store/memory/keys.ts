import { canRotate, isNameTaken, type KeyEntry, type KeyStore } from '../../authn/ports.ts';
import { Fault } from '../../core/fault.ts';

/** Keys in process memory. */
export class MemoryKeyStore implements KeyStore {
  readonly #entries = new Map<string, KeyEntry>();
  #revision = 0;

  revision(): number {
    return this.#revision;
  }

  list(): readonly KeyEntry[] {
    return [...this.#entries.values()];
  }

  add(entry: KeyEntry): boolean {
    if (isNameTaken(this.list(), entry)) return false;
    this.#insert(entry);
    return true;
  }

  #insert(entry: KeyEntry): void {
    if (this.#entries.has(entry.id)) throw new Fault('store_failed', `there is a key \`${entry.id}\` already`);
    this.#entries.set(entry.id, entry);
    this.#revision++;
  }

  revoke(id: string, atMs: number): boolean {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    this.#entries.set(id, { ...entry, revokedAtMs: Math.min(entry.revokedAtMs ?? Infinity, atMs) });
    this.#revision++;
    return true;
  }

  rotate(id: string, successor: KeyEntry, oldEndsAtMs: number): boolean {
    if (!canRotate(this.list(), id, successor.createdAtMs)) return false;
    this.#insert(successor);
    return this.revoke(id, oldEndsAtMs);
  }
}
