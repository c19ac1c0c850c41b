import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { timeLeftMs } from './time-left.ts';

/** How long a caller is willing to wait. */
export interface Patience {
  readonly signal: Cancellation | null;
  /** Absolute, on the monotonic clock. */
  readonly deadlineMs: number;
}

/**
 * What `promise` settles to, unless the caller's patience ends first; the promise itself goes on for others.
 * @throws Fault('cancelled' | 'upstream_timeout')
 */
export function within<T>(
  promise: Promise<T>,
  { signal, deadlineMs }: Patience,
  clock: Clock,
  what: string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancelled = (): void => settle(() => reject(new Fault('cancelled', 'the caller cancelled the request')));
    const callOff = clock.after(timeLeftMs(deadlineMs, clock), () => {
      settle(() => reject(new Fault('upstream_timeout', `${what} took longer than the call may`)));
    });
    const settle = (how: () => void): void => {
      callOff();
      signal?.removeEventListener('abort', cancelled);
      how();
    };
    if (signal?.aborted === true) cancelled();
    else signal?.addEventListener('abort', cancelled, { once: true });
    promise.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
    );
  });
}
