import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import type { Obligation } from '../core/decision.ts';
import { composeKey, SCOPE_NAMES } from './compose-key.ts';
import { Limits, type CallFacts } from './limits.ts';
import { parseSumPath, readAmount } from './read-amount.ts';
import { countersSection } from './section.ts';
import { Windows } from './windows.ts';

const facts: CallFacts = {
  gateway: 'default',
  principal: 'alice',
  keyId: 'k1',
  session: null,
  agent: null,
  server: 'bank',
  tool: 'transfer',
  arguments: {},
};

type Limit = Extract<Obligation, { kind: 'limit' }>;

function limit(more: Partial<Limit> = {}): Limit {
  const per = ['gateway', 'principal', 'tool'];
  return { kind: 'limit', rule: 'r', callsMax: 2, windowMs: 1_000, per, countAttempts: false, ...more };
}

function setUp(room = { keysMax: 1_000, chargesMax: 10_000 }) {
  const clock = new ManualClock(0);
  const windows = new Windows(room);
  const limits = new Limits(windows, clock);
  const take = (obligations: readonly Obligation[], more: Partial<CallFacts> = {}) =>
    limits.take(obligations, { ...facts, ...more });
  return { clock, windows, limits, take };
}

describe('take', () => {
  it('counts exactly: the third waits until the first has left the window', () => {
    const { clock, take } = setUp();
    expect(take([limit()]).ok).toBe(true);
    clock.advance(400);
    expect(take([limit()]).ok).toBe(true);
    clock.advance(100);
    expect(take([limit()])).toMatchObject({ ok: false, rule: 'r', retryAfterMs: 500 });
    clock.advance(499);
    expect(take([limit()])).toMatchObject({ ok: false, retryAfterMs: 1 });
    clock.advance(1);
    expect(take([limit()]).ok).toBe(true);
    expect(take([limit()])).toMatchObject({ ok: false, retryAfterMs: 400 });
  });

  it('takes from all or none, and names the one to wait longest for', () => {
    const { take } = setUp();
    const [a, b, c] = [
      limit({ rule: 'a', callsMax: 5 }),
      limit({ rule: 'b', callsMax: 1 }),
      limit({ rule: 'c', callsMax: 1, windowMs: 9_000 }),
    ];
    expect(take([a, b, c]).ok).toBe(true);
    for (let n = 0; n < 10; n++) expect(take([a, b, c])).toMatchObject({ ok: false, rule: 'c', retryAfterMs: 9_000 });
    for (let n = 0; n < 4; n++) expect(take([a]).ok).toBe(true);
    expect(take([a]).ok).toBe(false);
  });

  it('counts attempts where asked, and only there', () => {
    const { clock, take } = setUp();
    const attempts = limit({ rule: 'a', callsMax: 2, countAttempts: true });
    const calls = limit({ rule: 'b', callsMax: 1, windowMs: 100 });
    expect(take([attempts, calls]).ok).toBe(true);
    expect(take([attempts, calls])).toMatchObject({ ok: false, rule: 'b' });
    clock.advance(100);
    expect(take([attempts, calls])).toMatchObject({ ok: false, rule: 'a' });
    clock.advance(899);
    expect(take([attempts, calls])).toMatchObject({ ok: false, rule: 'a' });
    clock.advance(1_000);
    expect(take([attempts, calls]).ok).toBe(true);
  });

  it('sums an argument', () => {
    const { clock, take } = setUp();
    const spend = limit({ callsMax: 1, sum: 'arguments.amount' });
    for (let n = 0; n < 10; n++) expect(take([spend], { arguments: { amount: 0.1 } }).ok).toBe(true);
    expect(take([spend], { arguments: { amount: '0.000001' } })).toMatchObject({ ok: false, retryAfterMs: 1_000 });
    expect(take([spend], { arguments: { amount: 0 } }).ok).toBe(true);
    clock.advance(1_000);
    expect(take([spend], { arguments: { amount: 1.5 } })).toMatchObject({ ok: false, detail: /exceeds/ });
    const hostile = [
      {},
      { amount: -1 },
      { amount: 'NaN' },
      { amount: null },
      { amount: [1] },
      { amount: 1e300 },
      { amount: '1e1' },
    ];
    for (const args of hostile) expect(take([spend], { arguments: args })).toMatchObject({ ok: false, rule: 'r' });
    expect(take([spend], { arguments: { amount: 1 } }).ok).toBe(true);
  });

  it('bounds calls at once, and makes room however they end', () => {
    const { take } = setUp();
    const slot: Obligation = { kind: 'concurrency', rule: 'c', callsMax: 2, per: ['principal'] };
    const [one, two] = [take([slot]), take([slot])];
    expect(take([slot])).toMatchObject({ ok: false, rule: 'c', retryAfterMs: 1_000 });
    expect(take([slot], { principal: 'bob' }).ok).toBe(true);
    if (!one.ok || !two.ok) throw new Error('refused');
    one.release();
    one.release();
    one.giveBack();
    expect(take([slot]).ok).toBe(true);
    expect(take([slot]).ok).toBe(false);
  });

  it('spends nothing when a slot is missing', () => {
    const { take } = setUp();
    const slot: Obligation = { kind: 'concurrency', rule: 'c', callsMax: 1, per: [] };
    const first = take([slot, limit()]);
    for (let n = 0; n < 5; n++) expect(take([slot, limit()])).toMatchObject({ ok: false, rule: 'c' });
    if (first.ok) first.release();
    expect(take([limit()]).ok).toBe(true);
    expect(take([limit()]).ok).toBe(false);
  });

  it('gives back once, attempts apart', () => {
    const { take } = setUp();
    const attempts = limit({ rule: 'a', callsMax: 3, countAttempts: true });
    for (let n = 0; n < 3; n++) {
      const taken = take([limit(), attempts]);
      if (!taken.ok) throw new Error('refused');
      taken.giveBack();
      taken.giveBack();
    }
    expect(take([limit(), attempts])).toMatchObject({ ok: false, rule: 'a' });
    expect([take([limit()]).ok, take([limit()]).ok, take([limit()]).ok]).toEqual([true, true, false]);
  });

  it('remembers what was asked to be watched, apart by scope, and only calls that were made', () => {
    const { clock, limits, take } = setUp();
    const watch = { id: 'w', per: ['session'], windowMs: 1_000, callsMax: 5, untrusted: false, covers: () => true };
    const count = (session: string) => limits.count(watch, { ...facts, session }, clock.nowMs());
    for (const session of ['a', 'a', 'b']) take([{ kind: 'count', watch }], { session });
    expect([count('a'), count('b'), count('c')]).toEqual([2, 1, 0]);
    const back = take([{ kind: 'count', watch }], { session: 'c' });
    if (back.ok) back.giveBack();
    const refused = take(
      [
        { kind: 'concurrency', rule: 'r', callsMax: 0, per: [] },
        { kind: 'count', watch },
      ],
      {
        session: 'c',
      },
    );
    expect([refused.ok, count('c')]).toEqual([false, 0]);
    clock.advance(1_000);
    expect(count('a')).toBe(0);
  });

  it('remembers results that were not to be trusted when that is known, not when the call is made', () => {
    const { clock, limits, take } = setUp();
    const watch = { id: 'w', per: ['session'], windowMs: 1_000, callsMax: 5, untrusted: true, covers: () => true };
    const owed = [{ kind: 'count', watch } as const];
    const count = () => limits.count(watch, facts, clock.nowMs());
    take(owed);
    expect(count()).toBe(0);
    limits.distrust(owed, facts);
    expect(count()).toBe(1);
  });

  it('counts attempts of calls that policy refused, and nothing else of them', () => {
    const { limits, take } = setUp();
    const attempts = limit({ rule: 'a', countAttempts: true });
    limits.attempt([attempts, limit({ rule: 'b', callsMax: 1 })], facts);
    limits.attempt([attempts], facts);
    expect(take([attempts])).toMatchObject({ ok: false, rule: 'a' });
    expect(take([limit({ rule: 'b', callsMax: 1 })]).ok).toBe(true);
  });

  it('refuses rather than forgets when there is no room', () => {
    const { clock, take, windows } = setUp({ keysMax: 3, chargesMax: 100 });
    for (const principal of ['a', 'b', 'c']) expect(take([limit()], { principal }).ok).toBe(true);
    for (let n = 0; n < 50; n++)
      expect(take([limit()], { principal: `x${n}` })).toMatchObject({ ok: false, detail: /room/ });
    expect(take([limit()], { principal: 'a' }).ok).toBe(true);
    expect(take([limit()], { principal: 'a' }).ok).toBe(false);
    clock.advance(1_000);
    for (const principal of ['d', 'e', 'f']) expect(take([limit()], { principal }).ok).toBe(true);
    expect(windows.size).toBe(3);
  });

  it('bounds the charges of one window too', () => {
    const { take } = setUp({ keysMax: 3, chargesMax: 10 });
    for (let n = 0; n < 10; n++) expect(take([limit({ callsMax: 1e9 })]).ok).toBe(true);
    expect(take([limit({ callsMax: 1e9 })])).toMatchObject({ ok: false, detail: /room/ });
  });

  it('forgets windows nobody uses any more', () => {
    const { clock, take, windows } = setUp();
    for (let n = 0; n < 500; n++) take([limit()], { principal: `p${n}` });
    clock.advance(1_000);
    for (let n = 0; n < 300; n++) take([limit({ rule: 'other', callsMax: 1e6 })]);
    expect(windows.size).toBe(1);
  });
});

interface Step {
  readonly waitMs: number;
  readonly who: number;
  readonly which: readonly number[];
}

/** Every charge ever made, looked through in full each time. */
class Naive {
  readonly #charges: { key: string; atMs: number }[] = [];

  take(
    claims: readonly { key: string; callsMax: number; windowMs: number; attempts: boolean }[],
    nowMs: number,
  ): boolean {
    const ok = claims.every(({ key, callsMax, windowMs }) => {
      return this.#charges.filter((one) => one.key === key && one.atMs > nowMs - windowMs).length < callsMax;
    });
    for (const { key, attempts } of claims) if (ok || attempts) this.#charges.push({ key, atMs: nowMs });
    return ok;
  }
}

describe('against a naive model', () => {
  const rules = [
    limit({ rule: 'a', callsMax: 3, windowMs: 10 }),
    limit({ rule: 'b', callsMax: 5, windowMs: 40 }),
    limit({ rule: 'c', callsMax: 4, windowMs: 25, countAttempts: true }),
  ];
  const step: fc.Arbitrary<Step> = fc.record({
    waitMs: fc.integer({ min: 0, max: 12 }),
    who: fc.nat({ max: 2 }),
    which: fc.uniqueArray(fc.nat({ max: 2 }), { maxLength: 3 }),
  });

  it('decides the same, and its hint is the first moment that works', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { clock, take } = setUp();
        const naive = new Naive();
        for (const { waitMs, who, which } of steps) {
          clock.advance(waitMs);
          const chosen = rules.filter((_, index) => which.includes(index));
          const claims = chosen.map((rule) => ({ ...rule, key: `${rule.rule}${who}`, attempts: rule.countAttempts }));
          const taken = take(chosen, { principal: String(who) });
          expect(taken.ok).toBe(naive.take(claims, clock.nowMs()));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('hints at the first moment that works, when nobody else calls', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 60 }), (waits) => {
        const { clock, take } = setUp();
        const chosen = rules.slice(0, 2);
        for (const waitMs of waits) {
          clock.advance(waitMs);
          const taken = take(chosen);
          if (taken.ok) continue;
          expect(taken.retryAfterMs).toBeGreaterThan(0);
          clock.advance(taken.retryAfterMs - 1);
          expect(take(chosen).ok).toBe(false);
          clock.advance(1);
          expect(take(chosen).ok).toBe(true);
        }
      }),
    );
  });

  it('never lets more through when the clock is set back, and recovers within one window', () => {
    const windows = new Windows({ keysMax: 10, chargesMax: 1_000 });
    const limits = new Limits(windows, new ManualClock());
    const takeAt = (nowMs: number): boolean => limits.take([limit()], facts, nowMs).ok;
    expect([takeAt(1_000_000), takeAt(1_000_000), takeAt(1_000)]).toEqual([true, true, false]);
    expect([takeAt(1_999), takeAt(2_000)]).toEqual([false, true]);
  });
});

describe('composeKey', () => {
  it('keeps every combination of facts apart', () => {
    const value = fc.oneof(fc.constantFrom('a', 'b', '', '","', 'null'), fc.string());
    const some = fc.record({
      gateway: value,
      principal: value,
      keyId: fc.option(value),
      session: fc.option(value),
      agent: fc.option(value),
      server: value,
      tool: value,
    });
    fc.assert(
      fc.property(some, some, value, value, (one, other, ruleA, ruleB) => {
        const same = ruleA === ruleB && JSON.stringify(one) === JSON.stringify(other);
        expect(composeKey('calls', ruleA, SCOPE_NAMES, one) === composeKey('calls', ruleB, SCOPE_NAMES, other)).toBe(
          same,
        );
      }),
    );
  });

  it('counts by what was asked and nothing else', () => {
    const other = { ...facts, principal: 'bob' };
    expect(composeKey('calls', 'r', ['tool'], facts)).toBe(composeKey('calls', 'r', ['tool'], other));
    expect(composeKey('calls', 'r', ['tool', 'key'], facts)).toBe(
      composeKey('calls', 'r', ['key', 'tool', 'key'], other),
    );
    expect(composeKey('calls', 'r', ['principal'], facts)).not.toBe(composeKey('calls', 'r', ['principal'], other));
    expect(composeKey('calls', 'r', [], facts)).toBe(composeKey('calls', 'r', ['constructor'], other));
  });
});

describe('readAmount', () => {
  it.each([
    ['arguments.amount', { amount: 2 }, 2],
    ['amount', { amount: '12.50' }, 12.5],
    ['items[*].price', { items: [{ price: 1 }, { price: 2 }] }, 3],
    ['items[1].price', { items: [{ price: 1 }, { price: 2 }] }, 2],
    ['by.*.n', { by: { x: { n: 1 }, y: { n: 4 } } }, 5],
    ['items[*].price', { items: [] }, null],
    ['items[*].price', { items: [{ price: 1 }, { price: 'x' }] }, null],
    ['constructor.length', {}, null],
  ])('%s of %j is %s', (path, args, expected) => {
    expect(readAmount(args, parseSumPath(path))).toBe(expected === null ? null : expected * 1_000_000);
  });
});

it('has a section with defaults', () => {
  expect(countersSection.parse(undefined)).toEqual({ keys_max: 100_000, charges_max: 2_000_000 });
});
