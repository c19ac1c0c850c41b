/** What one call wants from one window. */
export interface Claim {
  /** Names the window: rule and the facts it counts by (`compose-key.ts`). */
  readonly key: string;
  /** The most that may fall into the window. */
  readonly capacity: number;
  readonly windowMs: number;
  /** 1 for a counted call, the value for a summed argument. Never negative. */
  readonly amount: number;
  /** Spend even when the call is refused here. */
  readonly countAttempts: boolean;
  /** Counted, but met whatever is counted already. */
  readonly countOnly?: true;
}

/** What was charged, to give it back. */
export interface Charge {
  readonly key: string;
  readonly atMs: number;
  readonly amount: number;
}

export type Charged =
  | { readonly ok: true; readonly charges: readonly Charge[] }
  | {
      readonly ok: false;
      /** Index of the claim that could not be met and would have to wait longest. */
      readonly claim: number;
      /** When the same claims could be met, if nobody else takes anything meanwhile. */
      readonly retryAfterMs: number;
      /** `used`: the window is. `never`: the amount exceeds the capacity. `room`: there is no memory to count in. */
      readonly why: 'used' | 'never' | 'room';
      /** What was charged all the same, for claims that count attempts. */
      readonly attempts: readonly Charge[];
    };

/** Where limits are counted. Synchronous, so that taking from several windows is one step for everybody. */
export interface CounterStore {
  /**
   * Takes from all windows or, attempts apart, from none.
   * @param nowMs wall time
   * @throws Fault('store_failed') when counting is no longer durable
   */
  charge(claims: readonly Claim[], nowMs: number): Charged;
  /** What counts in a window at this moment. */
  used(key: string, nowMs: number): number;
  /** For a call that was not made in the end. */
  giveBack(charges: readonly Charge[]): void;
}
