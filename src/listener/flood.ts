import ipaddr from 'ipaddr.js';
import type { Clock } from '../core/clock.ts';

const ENTRIES_MAX = 10_000;

/**
 * What of an address its owner cannot change at will: of IPv6 the first 64 bits (RFC 6177 gives a site no less), of
 * IPv4, mapped into IPv6 or not, all of it.
 */
export function networkOf(address: string): string {
  if (!address.includes(':') || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString();
}

/**
 * Bounds how often a name may come: the generic cell rate algorithm (ITU-T I.371), one number per name. Names beyond
 * `ENTRIES_MAX` push out the oldest ones, so that made-up names cannot fill the memory.
 */
export class Flood {
  readonly #clock: Clock;
  readonly #spacingMs: number;
  readonly #toleranceMs: number;
  /** When each name's next request would be on time. */
  readonly #dueMs = new Map<string, number>();

  constructor(clock: Clock, perSecondMax: number, burstMax: number) {
    this.#clock = clock;
    this.#spacingMs = 1000 / perSecondMax;
    this.#toleranceMs = (burstMax - 1) * this.#spacingMs;
  }

  /** Milliseconds to wait before `name` may come again; 0 when it may come now. Counts nothing. */
  waitMs(name: string): number {
    const due = this.#dueMs.get(name);
    return due === undefined ? 0 : Math.max(0, due - this.#toleranceMs - this.#clock.monotonicMs());
  }

  /** Counts one coming of `name`; the same answer as `waitMs`. Refused comings do not count. */
  count(name: string): number {
    const nowMs = this.#clock.monotonicMs();
    const due = this.#dueMs.get(name) ?? nowMs;
    const waitMs = due - this.#toleranceMs - nowMs;
    if (waitMs > 0) return waitMs;
    if (this.#dueMs.size >= ENTRIES_MAX && !this.#dueMs.has(name)) this.#forgetOldest();
    this.#dueMs.set(name, Math.max(due, nowMs) + this.#spacingMs);
    return 0;
  }

  /** Adds to what `name` used up, without asking: for work whose size is known only when it is done. */
  charge(name: string, units: number): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#dueMs.size >= ENTRIES_MAX && !this.#dueMs.has(name)) this.#forgetOldest();
    this.#dueMs.set(name, Math.max(this.#dueMs.get(name) ?? 0, nowMs) + units * this.#spacingMs);
  }

  #forgetOldest(): void {
    for (const name of this.#dueMs.keys()) {
      this.#dueMs.delete(name);
      return;
    }
  }
}
