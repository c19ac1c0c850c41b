import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { within, type Patience } from './within.ts';

/** Bounds how many calls are under way on one connection; the rest wait in a bounded line, first come first served. */
export class Gate {
  readonly #inFlightMax: number;
  readonly #queueMax: number;
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #inside = 0;

  constructor(inFlightMax: number, queueMax: number, clock: Clock) {
    this.#inFlightMax = inFlightMax;
    this.#queueMax = queueMax;
    this.#clock = clock;
  }

  get busy(): boolean {
    return this.#inside > 0 || this.#waiting.size > 0;
  }

  /** True when there was room at once. */
  tryEnter(): boolean {
    if (this.#inside >= this.#inFlightMax) return false;
    this.#inside++;
    return true;
  }

  /** @throws Fault('upstream_overloaded' | 'cancelled' | 'upstream_timeout') */
  async enter(patience: Patience): Promise<void> {
    if (this.tryEnter()) return;
    if (this.#waiting.size >= this.#queueMax) {
      const limits = `${this.#inFlightMax} calls under way and ${this.#queueMax} waiting`;
      throw new Fault('upstream_overloaded', `the connection is at its limit: ${limits}`);
    }
    let open: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#waiting.add(open);
    try {
      await within(turn, patience, this.#clock, 'waiting for a place on the connection');
    } catch (error) {
      // Given a place in the very moment of giving up: it goes to the next.
      if (!this.#waiting.delete(open)) this.leave();
      throw error;
    }
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#inside--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
