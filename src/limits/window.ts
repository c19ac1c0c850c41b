/** Compact once this many expired entries lead the list, and they are half of it. */
const LEAD_ENTRIES = 64;

/**
 * One exact sliding window: an amount counts from the moment it was charged until `windowMs` later, that moment
 * excluded. Every charge is remembered until then; nothing is approximated by buckets or rates.
 */
export class Window {
  #times: number[] = [];
  #amounts: number[] = [];
  #first = 0;
  #used = 0;
  windowMs: number;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  /** Remembered charges. */
  get size(): number {
    return this.#times.length - this.#first;
  }

  /** Sum of what counts at this moment; forgets what no longer does. */
  usedAt(nowMs: number): number {
    this.#stepBack(nowMs);
    while (this.size > 0 && this.#time(this.#first) + this.windowMs <= nowMs) this.#dropFirst();
    return this.#used;
  }

  charge(atMs: number, amount: number): void {
    this.#times.push(atMs);
    this.#amounts.push(amount);
    this.#used += amount;
  }

  /** Takes one charge back. @returns false when it has expired meanwhile */
  giveBack(atMs: number, amount: number): boolean {
    for (let at = this.#times.length - 1; at >= this.#first; at--) {
      if (this.#amounts[at] !== amount || this.#time(at) > atMs) continue;
      this.#times.splice(at, 1);
      this.#amounts.splice(at, 1);
      this.#used -= amount;
      if (this.size === 0) this.#used = 0;
      return true;
    }
    return false;
  }

  /** Forgets the oldest charges that make no difference while the rest alone exceeds `capacity`. */
  trim(capacity: number): void {
    while (this.size > 0 && this.#used - this.#amount(this.#first) > capacity) this.#dropFirst();
  }

  /** Milliseconds until `amount` fits under `capacity`; call after `usedAt`. */
  waitFor(amount: number, capacity: number, nowMs: number): number {
    let toFree = this.#used + amount - capacity;
    for (let at = this.#first; at < this.#times.length && toFree > 0; at++) {
      toFree -= this.#amount(at);
      if (toFree <= 0) return this.#time(at) + this.windowMs - nowMs;
    }
    return 0;
  }

  /** A clock that was set back: what seems to lie ahead counts from now on, so it expires within one window. */
  #stepBack(nowMs: number): void {
    for (let at = this.#times.length - 1; at >= this.#first && this.#time(at) > nowMs; at--) this.#times[at] = nowMs;
  }

  #dropFirst(): void {
    this.#used -= this.#amount(this.#first);
    this.#first++;
    if (this.size === 0) this.#used = 0;
    if (this.#first < LEAD_ENTRIES || this.#first * 2 < this.#times.length) return;
    this.#times = this.#times.slice(this.#first);
    this.#amounts = this.#amounts.slice(this.#first);
    this.#first = 0;
  }

  #time(at: number): number {
    return this.#times[at] ?? 0;
  }

  #amount(at: number): number {
    return this.#amounts[at] ?? 0;
  }
}
