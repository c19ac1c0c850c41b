import type { PatternFlags } from './compile-pattern.ts';
import type { Work } from './automaton.ts';
import { Pattern } from './pattern.ts';

/** A test on texts, compiled. */
export type TextTest = (text: string, work: Work) => boolean;

/** Patterns of one loaded policy: the same pattern is compiled once, however many rules use it. */
export class PatternPool {
  readonly #patterns = new Map<string, Pattern>();

  /** @throws PatternRejected */
  get(source: string, flags: PatternFlags = {}): Pattern {
    const key = `${flags.ignoreCase ? 'i' : ''}${flags.dotAll ? 's' : ''}/${source}`;
    let pattern = this.#patterns.get(key);
    if (!pattern) {
      pattern = new Pattern(source, flags);
      this.#patterns.set(key, pattern);
    }
    return pattern;
  }

  /** As written: no flags. @throws PatternRejected */
  exact(source: string): TextTest {
    const pattern = this.get(source);
    return (text, work) => pattern.test(text, work);
  }

  /**
   * As written; where a negative lookaround keeps something out, it keeps out every letter case of it: for conditions
   * that let a call pass. `^(?!/etc)` must not let `/ETC` pass, which is the same place on many servers.
   * @throws PatternRejected
   */
  narrowed(source: string): TextTest {
    const written = this.get(source);
    if (!KEEPS_OUT.test(source)) return (text, work) => written.test(text, work);
    const folded = this.get(source, { ignoreCase: true });
    return (text, work) => written.test(text, work) && folded.test(text, work);
  }

  /**
   * As written, or ignoring case with `.` matching line ends: for conditions that stand in a call's way. Both, because
   * under a negation ignoring case would match less. @throws PatternRejected
   */
  widened(source: string): TextTest {
    const wide = this.get(source, { ignoreCase: true, dotAll: true });
    if (!NEGATION.test(source)) return (text, work) => wide.test(text, work);
    const written = this.get(source);
    return (text, work) => wide.test(text, work) || written.test(text, work);
  }
}

const KEEPS_OUT = /\(\?<?!/;

/** Whatever may match less when more characters count as equal: negated lookaround, classes and boundaries. */
const NEGATION = /\(\?<?!|\[\^|\\[A-Z]|\\b|\(\?[a-z]*-?[a-z]*:/;
