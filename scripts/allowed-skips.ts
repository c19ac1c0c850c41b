/** A test that may be skipped where CI runs, and why. Anything else that is skipped there fails the run. */
export interface AllowedSkip {
  /** File relative to the root, ` > `, then the names of the groups and the test, joined by ` > `. */
  readonly test: string;
  readonly because: string;
  /** Once this file exists the skip is no longer allowed. */
  readonly until?: string;
}

export const ALLOWED_SKIPS: readonly AllowedSkip[] = [];
