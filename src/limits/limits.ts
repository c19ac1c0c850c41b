import type { Clock } from '../core/clock.ts';
import type { Obligation, Watch } from '../core/decision.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import { composeKey, type LimitFacts } from './compose-key.ts';
import { Concurrency } from './concurrency.ts';
import type { Claim, CounterStore } from './ports.ts';
import { AMOUNT_UNIT, parseSumPath, readAmount, type SumPath } from './read-amount.ts';

// In: the limit obligations of a decision, and the facts of its call. Out: a lease, or which rule said no and when to
// ask again. What must never happen here: a call that takes from one limit and is refused by another, or a window that
// is forgotten while it counts.

type LimitObligation = Extract<Obligation, { kind: 'limit' }>;
type ConcurrencyObligation = Extract<Obligation, { kind: 'concurrency' }>;

/** Facts, and the arguments that sums are taken from. */
export interface CallFacts extends LimitFacts {
  readonly arguments: JsonObject;
}

export type Taken =
  | {
      readonly ok: true;
      /** When the call has ended, however: makes room under concurrency limits. Once is enough, twice harmless. */
      readonly release: () => void;
      /** When the call was not made after all: gives back what was counted, except attempts. Releases too. */
      readonly giveBack: () => void;
    }
  | {
      readonly ok: false;
      readonly rule: string;
      /** How long to wait; a call that can never fit gets the length of the window. */
      readonly retryAfterMs: number;
      /** For the record: which limit, and why. */
      readonly detail: string;
    };

/** Nobody knows when a running call ends: the hint for concurrency limits. */
const CONCURRENCY_RETRY_MS = 1_000;

/** The limits room: exact sliding windows, sums over windows, calls at once. */
export class Limits {
  readonly #counters: CounterStore;
  readonly #clock: Clock;
  readonly #concurrency = new Concurrency();
  readonly #paths = new WeakMap<LimitObligation, SumPath>();

  constructor(counters: CounterStore, clock: Clock) {
    this.#counters = counters;
    this.#clock = clock;
  }

  /**
   * Takes from every limit, or from none. A rule with `countAttempts` is charged even when another limit refuses.
   * @throws Fault('store_failed')
   */
  take(obligations: readonly Obligation[], facts: CallFacts, nowMs = this.#clock.nowMs()): Taken {
    const windows = obligations.filter((one) => one.kind === 'limit');
    const slots = obligations.filter((one) => one.kind === 'concurrency');
    const watched = obligations.filter((one) => one.kind === 'count').filter(({ watch }) => !watch.untrusted);
    if (windows.length === 0 && slots.length === 0 && watched.length === 0) return UNLIMITED;

    const claims: Claim[] = [];
    for (const limit of windows) {
      const claim = this.#claim(limit, facts);
      if (!claim) return uncountable(limit);
      claims.push(claim);
    }
    claims.push(...watched.map(({ watch }) => watchClaim(watch, facts)));
    const running = slots.map(({ rule, per, callsMax }) => ({
      key: composeKey('running', rule, per, facts),
      callsMax,
    }));
    const full = slots[this.#concurrency.findFull(running)];
    if (full) return this.#refuseFull(full, claims, nowMs);

    const charged = this.#counters.charge(claims, nowMs);
    if (!charged.ok) return refusal(windows[charged.claim], charged);
    const release = this.#concurrency.enter(running.map((one) => one.key));
    const kept = charged.charges.filter((_, index) => !claims[index]?.countAttempts);
    return { ok: true, release, giveBack: once(release, () => this.#counters.giveBack(kept)) };
  }

  /** Calls covered by a watch that passed within its window, for the scope that these facts are of. */
  count(watch: Watch, facts: LimitFacts, nowMs: number): number {
    return this.#counters.used(watchKey(watch, facts), nowMs);
  }

  /** Remembers that the result of a call was not to be trusted, where rules ask. @throws Fault('store_failed') */
  distrust(obligations: readonly Obligation[], facts: LimitFacts): void {
    const claims = obligations.flatMap((one) =>
      one.kind === 'count' && one.watch.untrusted ? [watchClaim(one.watch, facts)] : [],
    );
    if (claims.length === 0) return;
    const charged = this.#counters.charge(claims, this.#clock.nowMs());
    if (!charged.ok) throw new Fault('store_failed', 'there is no room to remember that a result is not to be trusted');
  }

  /** Counts a call that was refused, where limits count attempts. @throws Fault('store_failed') */
  attempt(limits: readonly Obligation[], facts: CallFacts): void {
    const taken = this.take(limits, facts);
    if (taken.ok) taken.giveBack();
  }

  #claim(limit: LimitObligation, facts: CallFacts): Claim | null {
    const { rule, per, windowMs, countAttempts, sum } = limit;
    if (sum === undefined) {
      return {
        key: composeKey('calls', rule, per, facts),
        capacity: limit.callsMax,
        windowMs,
        amount: 1,
        countAttempts,
      };
    }
    const amount = readAmount(facts.arguments, this.#path(limit, sum));
    if (amount === null) return null;
    const key = composeKey(`sum ${sum}`, rule, per, facts);
    return { key, capacity: limit.callsMax * AMOUNT_UNIT, windowMs, amount, countAttempts };
  }

  #path(limit: LimitObligation, sum: string): SumPath {
    const known = this.#paths.get(limit);
    if (known) return known;
    const path = parseSumPath(sum);
    this.#paths.set(limit, path);
    return path;
  }

  #refuseFull(full: ConcurrencyObligation, claims: readonly Claim[], nowMs: number): Taken {
    const attempts = claims.filter((claim) => claim.countAttempts);
    if (attempts.length > 0) this.#counters.charge(attempts, nowMs);
    const detail = `${full.callsMax} calls of rule \`${full.rule}\` are running`;
    return { ok: false, rule: full.rule, retryAfterMs: CONCURRENCY_RETRY_MS, detail };
  }
}

function watchKey({ id, per }: Watch, facts: LimitFacts): string {
  return composeKey('history', id, per, facts);
}

function watchClaim(watch: Watch, facts: LimitFacts): Claim {
  const { windowMs, callsMax: capacity } = watch;
  return { key: watchKey(watch, facts), capacity, windowMs, amount: 1, countAttempts: false, countOnly: true };
}

const UNLIMITED: Taken = { ok: true, release: () => undefined, giveBack: () => undefined };

function once(first: () => void, then: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    first();
    then();
  };
}

function uncountable(limit: LimitObligation): Taken {
  const detail = `\`${String(limit.sum)}\` is not a number of zero or more, so rule \`${limit.rule}\` cannot count it`;
  return { ok: false, rule: limit.rule, retryAfterMs: limit.windowMs, detail };
}

const REASONS = {
  used: 'the window is used up',
  never: 'the amount alone exceeds the limit',
  room: 'there is no room to count more windows (`counters.keys_max`, `counters.charges_max`)',
} as const;

function refusal(
  limit: LimitObligation | undefined,
  because: { why: keyof typeof REASONS; retryAfterMs: number },
): Taken {
  const rule = limit?.rule ?? '';
  return { ok: false, rule, retryAfterMs: because.retryAfterMs, detail: `rule \`${rule}\`: ${REASONS[because.why]}` };
}
