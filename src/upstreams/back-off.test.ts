import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { BackOff } from './back-off.ts';

const whyNot = (backOff: BackOff): string => {
  try {
    backOff.check();
    return '';
  } catch (error) {
    return error instanceof Fault ? error.message : 'a bug';
  }
};

const FAULT = new Fault('upstream_unreachable', 'nobody is there');

it('waits twice as long after each failure, up to a limit, half of it at random', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(3), fc.nat(60), (jitter, free, failures) => {
      const clock = new ManualClock();
      const backOff = new BackOff({ clock, jitter: () => jitter, baseMs: 100, maxMs: 5000, free });
      for (let n = 0; n < failures; n++) backOff.failed(FAULT);
      const fullMs = failures <= free ? 0 : Math.min(5000, 100 * 2 ** (failures - free - 1));
      expect(backOff.waitMs()).toBeGreaterThanOrEqual(fullMs / 2);
      expect(backOff.waitMs()).toBeLessThanOrEqual(fullMs);
      expect(whyNot(backOff)).toMatch(fullMs > 0 ? /^nobody is there; not tried again for/ : /^$/);
      clock.advance(fullMs);
      expect(() => backOff.check()).not.toThrow();
      backOff.succeeded();
      expect([backOff.waitMs(), backOff.failures]).toEqual([0, 0]);
    }),
  );
});
