import type { Polarity } from '../core/argument-type.ts';
import type { Watching } from '../core/decision.ts';
import type { JsonValue } from '../core/json.ts';
import type { Facts } from './facts.ts';

/** Kleene's three values: no, yes, and unknown while listing. Small integers, because every call passes here. */
export const NO = 0;
export const YES = 1;
export const UNKNOWN = 2;
export type Verdict = typeof NO | typeof YES | typeof UNKNOWN;

export function opposite(polarity: Polarity): Polarity {
  return polarity === 'permit' ? 'restrict' : 'permit';
}

/** What an explanation wants to know of one condition; filled by the same run that decides. */
export interface Note {
  view?: string;
  /** One clause for people: "`/etc/passwd` is not under `/data`". */
  why?: string;
  error?: string;
  /** Where within the argument it was decided, such as `files[2].path`. */
  within?: string;
  views?: readonly string[];
}

/** One condition of a rule, compiled. */
export interface Leaf {
  /** Its place in the rule, such as `match.arguments.path`. */
  readonly at: string;
  /** The condition as it was written, for explanations. */
  readonly written: JsonValue;
  /** The argument it reads, for messages to agents; null when it reads none. */
  readonly argument: string | null;
  /** Names of the views under which it looks at texts; null when it looks at none. */
  readonly views: readonly string[] | null;
  /** The calls before this one that it asks about; absent: none. */
  readonly watch?: Watching;
  test(facts: Facts, note: Note | null): Verdict;
}

/** Runs a condition that may fail, and turns failure into the stricter answer (rule 7). */
export function guarded(polarity: Polarity, test: Leaf['test']): Leaf['test'] {
  const onError = polarity === 'permit' ? NO : YES;
  return (facts, note) => {
    try {
      return test(facts, note);
    } catch (error) {
      if (note) note.error = error instanceof Error ? error.message : String(error);
      return onError;
    }
  };
}

/** A condition that reads nothing unknown. */
export function plainLeaf(
  at: string,
  written: JsonValue,
  polarity: Polarity,
  holds: (facts: Facts, note: Note | null) => boolean,
): Leaf {
  return {
    at,
    written,
    argument: null,
    views: null,
    test: guarded(polarity, (facts, note) => (holds(facts, note) ? YES : NO)),
  };
}
