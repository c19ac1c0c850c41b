import { describe, expect, it } from 'vitest';
import { count, totalsLine, type TestOutcome } from './totals.ts';

const outcome = (state: TestOutcome['state'], name: string = state): TestOutcome => ({ name, state });
const lenient = { strict: false, allowed: [] };
const line = (...args: Parameters<typeof count>) => totalsLine(count(...args));

describe('totals', () => {
  it('counts each state', () => {
    const outcomes = [outcome('passed'), outcome('passed', 'b'), outcome('failed'), outcome('skipped')];
    expect(line(outcomes, 0, lenient)).toBe('2 passed, 1 failed, 1 skipped');
  });

  it('fails when no test ran', () => {
    expect(line([], 0, lenient)).toBe('0 passed, 1 failed, 0 skipped');
    expect(count([outcome('skipped')], 0, lenient).failed).toBe(1);
  });

  it('counts a test that never ended and an error outside tests as failed', () => {
    expect(line([outcome('passed'), outcome('pending')], 2, lenient)).toBe('1 passed, 3 failed, 0 skipped');
  });

  it('turns an unlisted skip into a failure where CI runs', () => {
    const outcomes = [outcome('passed'), outcome('skipped', 'a.test.ts > x'), outcome('skipped', 'a.test.ts > y')];
    const rules = { strict: true, allowed: [{ test: 'a.test.ts > x', because: 'reason' }] };
    expect(line(outcomes, 0, rules)).toBe('1 passed, 1 failed, 1 skipped');
    expect(count(outcomes, 0, rules).complaints).toEqual([
      'skipped without leave: a.test.ts > y (scripts/allowed-skips.ts)',
    ]);
  });
});
