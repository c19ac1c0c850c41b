import { describe, expect, it } from 'vitest';
import { issueKey } from '../../../src/authn/issue-key.ts';
import type { KeyEntry, KeyStore } from '../../../src/authn/ports.ts';
import type { Principal } from '../../../src/core/principal.ts';

const alice: Principal = {
  id: 'alice',
  kind: 'agent',
  groups: ['dev', 'ops'],
  roles: ['r'],
  attributes: { team: { nested: [1, null, 'ü'] } },
  onBehalfOf: { id: 'bob', kind: 'user', groups: [], roles: [], attributes: {} },
};

export function sampleKey(more: Partial<KeyEntry> = {}): KeyEntry {
  const { entry } = issueKey({ name: 'laptop', gateway: 'default', principal: alice, expiresAtMs: null }, 1_000);
  return { ...entry, ...more };
}

/** What every `KeyStore` does. `open` gives an empty one each time. @param gateway of its keys */
export function describeKeyStore(name: string, open: () => KeyStore, gateway = 'default'): void {
  const sample = (more: Partial<KeyEntry> = {}) => sampleKey({ gateway, ...more });
  describe(`key store: ${name}`, () => {
    it('gives back entries exactly as added, in order', () => {
      const keys = open();
      const entries = [sample({ expiresAtMs: 5, revokedAtMs: 4 }), sample(), sample({ name: '' })];
      for (const entry of entries) keys.add(entry);
      expect(keys.list()).toEqual(entries);
    });

    it('grows its revision with every change, and only then', () => {
      const keys = open();
      const entry = sample();
      const seen = [keys.revision(), keys.revision()];
      keys.add(entry);
      seen.push(keys.revision(), keys.revision());
      keys.rotate(entry.id, sample(), 6);
      seen.push(keys.revision());
      keys.revoke(entry.id, 5);
      seen.push(keys.revision());
      const [a, b, c, d, e, f] = seen as [number, number, number, number, number, number];
      expect([b - a, d - c]).toEqual([0, 0]);
      expect([c > b, e > d, f > e]).toEqual([true, true, true]);
    });

    it('refuses an id twice and keeps the first', () => {
      const keys = open();
      const entry = sample();
      keys.add(entry);
      expect(() => keys.add({ ...entry, name: 'other' })).toThrow(expect.objectContaining({ code: 'store_failed' }));
      expect(keys.list()).toEqual([entry]);
    });

    it('adds no second live key of a name', () => {
      const keys = open();
      const first = sample({ expiresAtMs: 3_000 });
      expect(keys.add(first)).toBe(true);
      expect(keys.add(sample({ createdAtMs: 2_999 }))).toBe(false);
      expect(keys.list()).toEqual([first]);
      const [later, other] = [sample({ createdAtMs: 3_000 }), sample({ name: 'other' })];
      expect([keys.add(later), keys.add(other)]).toEqual([true, true]);
      keys.revoke(later.id, 4_000);
      expect(keys.add(sample({ createdAtMs: 3_999 }))).toBe(false);
      expect(keys.add(sample({ createdAtMs: 4_000 }))).toBe(true);
    });

    it('revokes once: the earliest time stays', () => {
      const keys = open();
      const entry = sample();
      keys.add(entry);
      expect(keys.revoke('nobody', 1)).toBe(false);
      for (const [atMs, stays] of [
        [50, 50],
        [60, 50],
        [40, 40],
      ] as const) {
        expect(keys.revoke(entry.id, atMs)).toBe(true);
        expect(keys.list()[0]?.revokedAtMs).toBe(stays);
      }
    });

    it('rotates both or neither', () => {
      const keys = open();
      const [old, successor] = [sample(), sample()];
      keys.add(old);
      expect(keys.rotate('nobody', successor, 9)).toBe(false);
      expect(keys.list()).toEqual([old]);
      expect(() => keys.rotate(old.id, old, 9)).toThrow(expect.objectContaining({ code: 'store_failed' }));
      expect(keys.list()).toEqual([old]);
      expect(keys.rotate(old.id, successor, 9)).toBe(true);
      expect(keys.list()).toEqual([{ ...old, revokedAtMs: 9 }, successor]);
      expect(keys.rotate(old.id, sample(), 9)).toBe(false);
      expect(keys.list()).toHaveLength(2);
    });

    it('gives one successor to a key, also while the key lives on', () => {
      const keys = open();
      const [old, successor] = [sample(), sample()];
      keys.add(old);
      expect(keys.rotate(old.id, successor, 9_000)).toBe(true);
      expect(keys.rotate(old.id, sample(), 9_000)).toBe(false);
      keys.revoke(successor.id, 1_000);
      expect(keys.rotate(old.id, sample(), 9_000)).toBe(true);
    });
  });
}
