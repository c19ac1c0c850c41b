import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { Gate } from './gate.ts';

const settled = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

it('never lets in more than it may, loses no place, and serves in order, however callers come and give up', async () => {
  const step = fc.record({ what: fc.constantFrom('enter', 'leave', 'give up', 'wait'), which: fc.nat(10) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), async (steps, max) => {
      const clock = new ManualClock();
      const gate = new Gate(max, 3, clock);
      const state: ('waiting' | 'inside' | 'refused' | 'gone')[] = [];
      const aborts: AbortController[] = [];
      const entered: number[] = [];
      for (const { what, which } of steps) {
        if (what === 'enter') {
          const n = state.push('waiting') - 1;
          const abort = new AbortController();
          aborts.push(abort);
          gate.enter({ signal: abort.signal, deadlineMs: clock.monotonicMs() + 1000 }).then(
            () => {
              state[n] = 'inside';
              entered.push(n);
            },
            () => (state[n] = 'refused'),
          );
        } else if (what === 'leave') {
          const n = state.findIndex((s, i) => s === 'inside' && i >= which % (state.length || 1));
          if (n < 0) continue;
          state[n] = 'gone';
          gate.leave();
        } else if (what === 'give up') aborts[which % (aborts.length || 1)]?.abort();
        else clock.advance(300);
        await settled();
        const inside = state.filter((s) => s === 'inside').length;
        const waiting = state.filter((s) => s === 'waiting').length;
        expect(inside).toBeLessThanOrEqual(max);
        expect(waiting).toBeLessThanOrEqual(3);
        expect(waiting === 0 || inside === max).toBe(true);
        expect(gate.busy).toBe(inside + waiting > 0);
      }
      expect(entered).toEqual(entered.toSorted((a, b) => a - b));
    }),
  );
});
