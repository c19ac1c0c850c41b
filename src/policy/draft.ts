import type { ArgumentType } from '../core/argument-type.ts';
import type { Problem } from './problem.ts';
import type { Path, Source } from './source.ts';
import type { Viewer } from './views.ts';
import type { PatternPool } from './pattern/pattern-pool.ts';

/** What compiling one file needs, and where it reports what makes no sense. */
export interface Draft {
  readonly source: Source;
  readonly argumentTypes: ReadonlyMap<string, ArgumentType>;
  readonly viewer: Viewer;
  readonly patterns: PatternPool;
  /** IANA name for times; validated. */
  readonly timezone: string;
  readonly problems: Problem[];
  readonly notes: string[];
}

/** Reports a problem at a value. */
export function reject(draft: Draft, path: Path, what: string, mend: string): void {
  draft.problems.push(draft.source.problem(path, what, mend));
}

/** Reports a problem at a key. */
export function rejectKey(draft: Draft, path: Path, key: string, what: string, mend: string): void {
  draft.problems.push(draft.source.problemAtKey(path, key, what, mend));
}

/** How explanations name a place: the keys that lead there, without the places in lists. */
export function keysOf(path: Path): string {
  return path.filter((step) => typeof step === 'string').join('.');
}
