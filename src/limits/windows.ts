import type { Charge, Charged, Claim, CounterStore } from './ports.ts';
import { Window } from './window.ts';

/** Bounds of what is remembered. */
export interface WindowsLimits {
  /** Windows remembered at once. */
  readonly keysMax: number;
  /** Charges remembered at once, over all windows. */
  readonly chargesMax: number;
}

type Unmet = Omit<Extract<Charged, { ok: false }>, 'ok' | 'attempts'>;

/** Windows looked at for expiry with every charge, so that memory follows use. */
const SWEEP_STEP = 2;
/** Pause between two searches of everything for something expired, when there is no room left. */
const SWEEP_PAUSE_MS = 1_000;

/**
 * Exact sliding windows in process memory. What still counts is never forgotten to make room: without room, a claim is
 * refused.
 */
export class Windows implements CounterStore {
  readonly #limits: WindowsLimits;
  readonly #windows = new Map<string, Window>();
  #cursor: MapIterator<[string, Window]> | null = null;
  #charges = 0;
  #sweptAtMs = -Infinity;

  constructor(limits: WindowsLimits) {
    this.#limits = limits;
  }

  /** Windows remembered now. */
  get size(): number {
    return this.#windows.size;
  }

  charge(claims: readonly Claim[], nowMs: number): Charged {
    this.#sweepSome(nowMs);
    if (!this.#hasRoom(claims, nowMs))
      return { ok: false, claim: 0, retryAfterMs: SWEEP_PAUSE_MS, why: 'room', attempts: [] };
    const refused = this.#firstUnmet(claims, nowMs);
    const charges: Charge[] = [];
    for (const claim of claims) {
      if (refused && !claim.countAttempts) continue;
      this.#put(claim, nowMs);
      charges.push({ key: claim.key, atMs: nowMs, amount: claim.amount });
    }
    return refused ? { ok: false, ...refused, attempts: charges } : { ok: true, charges };
  }

  used(key: string, nowMs: number): number {
    return this.#usedAt(this.#windows.get(key), nowMs);
  }

  giveBack(charges: readonly Charge[]): void {
    for (const { key, atMs, amount } of charges) {
      if (this.#windows.get(key)?.giveBack(atMs, amount)) this.#charges--;
    }
  }

  /** Puts back what was charged before a restart; in the order of time. */
  restore(charge: Charge, windowMs: number): void {
    this.#window(charge.key, windowMs).charge(charge.atMs, charge.amount);
    this.#charges++;
  }

  /** The claim that has to wait longest, if any cannot be met. */
  #firstUnmet(claims: readonly Claim[], nowMs: number): Unmet | null {
    let worst: Unmet | null = null;
    for (const [index, claim] of claims.entries()) {
      if (claim.countOnly) continue;
      const { key, capacity, windowMs } = claim;
      const amount = claim.amount + sumBefore(claims, index, key);
      const window = this.#windows.get(key);
      if (window) window.windowMs = windowMs;
      if (this.#usedAt(window, nowMs) + amount <= capacity) continue;
      const never = amount > capacity;
      const retryAfterMs = never ? windowMs : (window?.waitFor(amount, capacity, nowMs) ?? 0);
      if (worst && (worst.why === 'never' || (!never && worst.retryAfterMs >= retryAfterMs))) continue;
      worst = { claim: index, retryAfterMs, why: never ? 'never' : 'used' };
    }
    return worst;
  }

  #usedAt(window: Window | undefined, nowMs: number): number {
    if (!window) return 0;
    const before = window.size;
    const used = window.usedAt(nowMs);
    this.#charges -= before - window.size;
    return used;
  }

  #put(claim: Claim, nowMs: number): void {
    const window = this.#window(claim.key, claim.windowMs);
    window.charge(nowMs, claim.amount);
    const before = window.size;
    if (claim.countAttempts || claim.countOnly) window.trim(claim.capacity);
    this.#charges += 1 - (before - window.size);
  }

  #window(key: string, windowMs: number): Window {
    const known = this.#windows.get(key);
    if (known) return known;
    const window = new Window(windowMs);
    this.#windows.set(key, window);
    return window;
  }

  #hasRoom(claims: readonly Claim[], nowMs: number): boolean {
    const fits = (): boolean => {
      const unknown = claims.filter((claim) => !this.#windows.has(claim.key)).length;
      const { keysMax, chargesMax } = this.#limits;
      return this.#windows.size + unknown <= keysMax && this.#charges + claims.length <= chargesMax;
    };
    if (fits()) return true;
    if (nowMs - this.#sweptAtMs < SWEEP_PAUSE_MS && nowMs >= this.#sweptAtMs) return false;
    this.#sweptAtMs = nowMs;
    for (const [key, window] of this.#windows) this.#sweep(key, window, nowMs);
    return fits();
  }

  #sweepSome(nowMs: number): void {
    for (let step = 0; step < SWEEP_STEP; step++) {
      this.#cursor ??= this.#windows.entries();
      const next = this.#cursor.next();
      if (next.done) {
        this.#cursor = null;
        return;
      }
      this.#sweep(next.value[0], next.value[1], nowMs);
    }
  }

  #sweep(key: string, window: Window, nowMs: number): void {
    this.#usedAt(window, nowMs);
    if (window.size === 0) this.#windows.delete(key);
  }
}

function sumBefore(claims: readonly Claim[], index: number, key: string): number {
  let sum = 0;
  for (let at = 0; at < index; at++) {
    const claim = claims[at];
    if (claim?.key === key) sum += claim.amount;
  }
  return sum;
}
