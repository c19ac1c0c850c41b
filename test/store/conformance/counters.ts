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

    it('counts without refusing where only counting is asked, as far as the capacity tells apart', () => {
      const counters = open();
      const seen = claim('seen', { capacity: 2, countOnly: true });
      for (let nowMs = 0; nowMs < 9; nowMs++) expect(counters.charge([seen], nowMs).ok).toBe(true);
      expect([counters.used('seen', 9), counters.used('other', 9)]).toEqual([3, 0]);
      const refused = counters.charge([claim('full', { capacity: 0 }), seen], 500);
      expect(refused).toMatchObject({ ok: false, claim: 0, attempts: [] });
      expect([counters.used('seen', 1_006), counters.used('seen', 1_007), counters.used('seen', 1_008)]).toEqual([
        2, 1, 0,
      ]);
      const taken = counters.charge([seen], 2_000);
      if (taken.ok) counters.giveBack(taken.charges);
      expect(counters.used('seen', 2_000)).toBe(0);
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
