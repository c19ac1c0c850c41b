import type { JsonObject } from '../core/json.ts';
import type { Judges, Sighting } from './pins.ts';

/** The names around a definition. */
export interface Neighbourhood {
  /** Tools of the same upstream. */
  readonly own: readonly string[];
  /** Approved tools of other upstreams behind the same gateway. */
  readonly trusted: readonly string[];
}

/** First furniture: blocks nothing at first sight and calls every change one to review. */
export function createJudges(_around: Neighbourhood): Judges {
  return {
    first: () => ({ block: false, findings: [] }),
    change: (before, after) => ({ drift: 'review', compatible: isCompatible(before, after), findings: [] }),
  };
}

/** Whether calls made for `before` still mean the same to a server that now offers `after`. */
export function isCompatible(_before: JsonObject, _after: Sighting): boolean {
  return true;
}
