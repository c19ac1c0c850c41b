import { STRICTNESS } from './outcome.ts';
import type { Effect } from './schema.ts';

/** What a policy made of a call. */
export interface Verdict {
  readonly effect: Effect;
  readonly rule: string;
}

/** One call under two policies. */
export interface Compared {
  /** Id of the call, or where it is written. */
  readonly call: string;
  readonly gateway: string;
  readonly principal: string;
  /** Server and name, or the name alone. */
  readonly target: string;
  readonly before: Verdict;
  readonly after: Verdict;
}

/** Calls of one principal on one target whose decision changes in the same way. */
export interface ChangeGroup extends Omit<Compared, 'call'> {
  readonly direction: 'looser' | 'stricter';
  readonly calls: number;
  /** The first ones that were looked at, at most `EXAMPLES_MAX`. */
  readonly examples: readonly string[];
}

/** What changes, and for whom. */
export interface Changes {
  /** Calls that were decided twice. */
  readonly compared: number;
  /** Of those, how many come out differently. */
  readonly changed: number;
  /** Looser ones first, then by the number of calls; at most `GROUPS_MAX`. */
  readonly groups: readonly ChangeGroup[];
  /** Changed calls that belong to groups beyond `GROUPS_MAX`: counted, not shown. */
  readonly changedBeyondGroups: number;
}

/** Groups kept apart; changes beyond them are only counted. */
export const GROUPS_MAX = 1_000;
/** Calls named in each group. */
export const EXAMPLES_MAX = 3;

interface Growing extends Omit<ChangeGroup, 'calls' | 'examples'> {
  calls: number;
  readonly examples: string[];
}

/** Counts what a candidate changes, call by call, in memory bounded by `GROUPS_MAX`. */
export class Tally {
  readonly #groups = new Map<string, Growing>();
  #compared = 0;
  #changed = 0;
  #beyond = 0;

  add({ call, ...compared }: Compared): void {
    this.#compared++;
    const { gateway, principal, target, before, after } = compared;
    if (before.effect === after.effect) return;
    this.#changed++;
    const key = JSON.stringify([gateway, principal, target, before.effect, before.rule, after.effect, after.rule]);
    const known = this.#groups.get(key);
    if (known === undefined && this.#groups.size >= GROUPS_MAX) {
      this.#beyond++;
      return;
    }
    const direction = STRICTNESS[after.effect] < STRICTNESS[before.effect] ? 'looser' : 'stricter';
    const group: Growing = known ?? { direction, ...compared, calls: 0, examples: [] };
    group.calls++;
    if (group.examples.length < EXAMPLES_MAX) group.examples.push(call);
    this.#groups.set(key, group);
  }

  get changes(): Changes {
    const looser = ({ direction }: ChangeGroup): number => (direction === 'looser' ? 0 : 1);
    const groups = [...this.#groups.values()].toSorted((a, b) => looser(a) - looser(b) || b.calls - a.calls);
    return { compared: this.#compared, changed: this.#changed, groups, changedBeyondGroups: this.#beyond };
  }
}
