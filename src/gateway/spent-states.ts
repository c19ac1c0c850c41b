import type { Clock } from '../core/clock.ts';
import { refuse, type Refusal } from '../core/refusal.ts';

/**
 * Which of our `requestState`s were used already: each carries one call on, once. Remembered in this process until the
 * state would have expired by itself, and bounded per principal: whoever uses up the memory is refused, nobody else.
 */
export class SpentStates {
  readonly #clock: Clock;
  readonly #perPrincipalMax: number;
  /** By principal: when each used state expires, on the wall clock. Oldest use first. */
  readonly #spent = new Map<string, Map<string, number>>();

  constructor(clock: Clock, perPrincipalMax: number) {
    this.#clock = clock;
    this.#perPrincipalMax = perPrincipalMax;
  }

  /** Uses a state up. @returns the refusal when it was used before, or when there is no room to remember it */
  spend(principal: string, id: string, expiresAtMs: number): Refusal | null {
    const nowMs = this.#clock.nowMs();
    this.#forgetExpired(nowMs);
    const known = this.#spent.get(principal) ?? new Map<string, number>();
    if (known.has(id)) {
      return refuse('PARAMS_INVALID', '`requestState` was used already; start the request anew');
    }
    if (known.size >= this.#perPrincipalMax) {
      const waitMs = Math.max(1, Math.min(...known.values()) - nowMs);
      return refuse('OVERLOADED', 'too many calls were continued in a short time', { retryAfterMs: waitMs });
    }
    this.#spent.set(principal, known.set(id, expiresAtMs));
    return null;
  }

  /** Makes a state good again: what it was used for did not happen. */
  giveBack(principal: string, id: string): void {
    this.#spent.get(principal)?.delete(id);
  }

  /** All states live equally long, so those used first have usually expired first; a later pass finds the others. */
  #forgetExpired(nowMs: number): void {
    for (const [principal, known] of this.#spent) {
      for (const [id, expiresAtMs] of known) {
        if (expiresAtMs >= nowMs) break;
        known.delete(id);
      }
      if (known.size === 0) this.#spent.delete(principal);
    }
  }
}
