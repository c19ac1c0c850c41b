import { expect, it } from 'vitest';
import { ManualClock, TIMER_MS_MAX } from '../core/clock.ts';
import { within } from './within.ts';

it('waits as long as a timer can for a deadline that lies further ahead', async () => {
  const clock = new ManualClock();
  const { after } = clock;
  const delays: number[] = [];
  clock.after = (delayMs, run) => {
    delays.push(delayMs);
    return after.call(clock, delayMs, run);
  };
  const deadlineMs = clock.monotonicMs() + TIMER_MS_MAX + 60_000;
  const waiting = within(new Promise(() => undefined), { signal: null, deadlineMs }, clock, 'it');
  expect(delays).toEqual([TIMER_MS_MAX]);
  clock.advance(TIMER_MS_MAX);
  await expect(waiting).rejects.toMatchObject({ code: 'upstream_timeout', message: /^it took longer/ });
});
