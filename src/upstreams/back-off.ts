import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';

export interface BackOffOptions {
  readonly clock: Clock;
  readonly jitter: () => number;
  readonly baseMs: number;
  readonly maxMs: number;
  /** Failures in a row that cost no wait. */
  readonly free: number;
}

/** Waits ever longer between attempts that fail: exponential, half of each wait at random. */
export class BackOff {
  readonly #options: BackOffOptions;
  #failures = 0;
  #untilMs = 0;
  #fault: Fault | null = null;

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  get failures(): number {
    return this.#failures;
  }

  get lastFault(): Fault | null {
    return this.#fault;
  }

  /** Milliseconds until the next attempt may be made; 0 when it may be made now. */
  waitMs(): number {
    return Math.max(0, this.#untilMs - this.#options.clock.monotonicMs());
  }

  failed(fault: Fault): void {
    const { clock, jitter, baseMs, maxMs, free } = this.#options;
    const step = this.#failures++ - free;
    this.#fault = fault;
    const waitMs = step < 0 ? 0 : Math.min(maxMs, baseMs * 2 ** Math.min(step, 30)) * (0.5 + jitter() / 2);
    this.#untilMs = clock.monotonicMs() + waitMs;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#untilMs = 0;
    this.#fault = null;
  }

  /** @throws Fault, the last one, while it is too early for another attempt */
  check(): void {
    const waitMs = this.waitMs();
    if (waitMs === 0 || this.#fault === null) return;
    const { code, message } = this.#fault;
    throw new Fault(code, `${message}; not tried again for ${Math.ceil(waitMs)} ms`, { cause: this.#fault });
  }
}
