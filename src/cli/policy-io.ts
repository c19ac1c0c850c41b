import type { PolicyEnvironment } from '../policy/load.ts';
import type { Policy, Question } from '../policy/policy.ts';

/** What the policy commands need of the world; `veto.ts` brings the real one, tests bring their own. */
export interface PolicyIo {
  /** Whole lines to standard output, without the last line's end. */
  out(lines: string): void;
  /** One line to standard error. */
  err(line: string): void;
  /** @throws when the file cannot be read; the message names it */
  readFile(path: string): Uint8Array;
  nowMs(): number;
  /** The guards' types and views. */
  readonly environment: PolicyEnvironment;
  /** Adds the guards' findings to a call. */
  observe(question: Question, policy: Pick<Policy, 'declaredTypes'>): Question;
}
