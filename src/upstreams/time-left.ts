import { TIMER_MS_MAX, type Clock } from '../core/clock.ts';

/**
 * What a timer for a deadline is to be set to, in milliseconds: a deadline is a sum of limits, each of which a timer
 * can wait, and so may lie further ahead than any timer.
 * @param deadlineMs absolute, on the monotonic clock
 */
export function timeLeftMs(deadlineMs: number, clock: Clock): number {
  return Math.min(TIMER_MS_MAX, Math.max(0, deadlineMs - clock.monotonicMs()));
}
