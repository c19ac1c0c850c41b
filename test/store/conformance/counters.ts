import { describe, expect, it } from 'vitest';
import type { Claim, CounterStore } from '../../../src/limits/ports.ts';

function claim(key: string, more: Partial<Claim> = {}): Claim {
  return { key, capacity: 2, windowMs: 1_000, amount: 1, countAttempts: false, ...more };
}

/** What every `CounterStore` does. `open` gives an empty one that starts at 0 ms. */
export function describeCounterStore(name: string, open: () => CounterStore): void {
  describe(`counter store: ${name}`, () => {
    it('counts exactly in each window', () => {
      const counters = open();
      const at = (nowMs: number): boolean => counters.charge([claim('a')], nowMs).ok;
      expect([at(0), at(999), at(999), at(1_000), at(1_998), at(1_999)]).toEqual([
        true,
        true,
        false,
        true,
        false,
        true,
      ]);
      expect(counters.charge([claim('b')], 1_999).ok).toBe(true);
    });

    it('charges all or none, attempts apart, and says what it charged', () => {
      const counters = open();
      expect(counters.charge([claim('a', { capacity: 1 })], 0)).toEqual({
        ok: true,
        charges: [{ key: 'a', atMs: 0, amount: 1 }],
      });
      const both = [claim('b', { capacity: 1 }), claim('a', { capacity: 1 }), claim('c', { countAttempts: true })];
      const attempts = [{ key: 'c', atMs: 5, amount: 1 }];
      expect(counters.charge(both, 5)).toEqual({ ok: false, claim: 1, retryAfterMs: 995, why: 'used', attempts });
      expect(counters.charge([claim('b', { capacity: 1 })], 5).ok).toBe(true);
      expect([counters.charge([claim('c')], 5).ok, counters.charge([claim('c')], 5).ok]).toEqual([true, false]);
    });

    it('counts the same key twice in one call', () => {
      const counters = open();
      const twice = [claim('a', { capacity: 3 }), claim('a', { capacity: 3 })];
      expect([counters.charge(twice, 0).ok, counters.charge(twice, 0).ok]).toEqual([true, false]);
    });

    it('gives back', () => {
      const counters = open();
      const charged = counters.charge([claim('a', { amount: 2 })], 0);
      if (!charged.ok) throw new Error('refused');
      expect(counters.charge([claim('a')], 1).ok).toBe(false);
      counters.giveBack(charged.charges);
      expect(counters.charge([claim('a', { amount: 2 })], 1).ok).toBe(true);
    });
  });
}
