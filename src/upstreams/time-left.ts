import type { Clock } from '../core/clock.ts';

/** Longer timers run out at once (Node.js, `setTimeout`). */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * What a timer for a deadline is to be set to, in milliseconds: a deadline is a sum of limits, each of which a timer
 * can wait, and so may lie further ahead than any timer.
 * @param deadlineMs absolute, on the monotonic clock
 */
export function timeLeftMs(deadlineMs: number, clock: Clock): number {
  return Math.min(TIMER_MS_MAX, Math.max(0, deadlineMs - clock.monotonicMs()));
}
