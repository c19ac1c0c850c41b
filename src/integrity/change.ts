import type { DriftClass } from './ports.ts';

/** One difference, told so that a person can read it. */
export interface Change {
  /** Field of the definition, dotted. */
  readonly at: string;
  readonly class: DriftClass;
  /** One sentence, lower case. */
  readonly why: string;
}
