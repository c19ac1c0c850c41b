import { Alphabet } from './alphabet.ts';
import { Automaton, type Work } from './automaton.ts';
import { compileProgram, type PatternFlags } from './compile-pattern.ts';
import { isAnchored, lengthMax } from './program-facts.ts';
import type { Assertion, Machine, Program } from './program.ts';

/**
 * Patterns in linear time. Enters: an ECMAScript pattern at load, texts on call. Leaves: whether the native `test`
 * would find a match, for every pattern that loads. Never here: backtracking, or work that grows faster than the
 * length of the text times the size of the pattern.
 */

/** Limits on one match. A text or a match beyond them is an error, which rule 7 of the policy language polarises. */
export const MATCH_LIMITS = { textCharsMax: 4_194_304, stepsMax: 20_000_000 } as const;

/** Places at the beginning of a text that are looked at first; most anchored patterns are decided there. */
const GLANCE_CHARS = 16;

/** The match was given up. */
class MatchExhausted extends Error {
  override readonly name = 'MatchExhausted';
}

export class Pattern {
  readonly source: string;
  readonly #program: Program;
  readonly #alphabet: Alphabet;
  readonly #looks: readonly Automaton[];
  readonly #body: Automaton;
  readonly #anchored: boolean;
  /** Characters of a text that decide about its first places; null when nothing short of the whole does. */
  readonly #glanceChars: number | null;

  /** @throws PatternRejected */
  constructor(source: string, flags: PatternFlags = {}) {
    this.source = source;
    this.#program = compileProgram(source, flags);
    this.#alphabet = new Alphabet(this.#program.atoms);
    this.#looks = this.#program.looks.map((machine) => new Automaton(machine, this.#alphabet));
    this.#body = new Automaton(this.#program.body, this.#alphabet);
    this.#anchored = isAnchored(this.#program);
    this.#glanceChars = this.#anchored ? glanceCharsOf(this.#program) : null;
  }

  /**
   * Whether the pattern matches anywhere in `text`, exactly as the native engine would say.
   * @param work counts steps when given; each character costs at most the size of the pattern
   * @throws MatchExhausted beyond MATCH_LIMITS
   */
  test(text: string, work: Work = { steps: 0 }): boolean {
    if (text.length > MATCH_LIMITS.textCharsMax)
      throw new MatchExhausted(`the text is longer than ${MATCH_LIMITS.textCharsMax} characters`);
    const glance = this.#glanceChars;
    if (glance !== null && text.length > glance) {
      // No assertion at the places that are asked about can see further than these characters.
      const classes = this.#classify(text, glance);
      const found = this.#search(classes, this.#lookAround(classes, glance - 1, work), work, GLANCE_CHARS);
      if (found !== null) return found;
    }
    const classes = this.#classify(text, text.length);
    return this.#search(classes, this.#lookAround(classes, classes.length, work), work, classes.length) ?? false;
  }

  /** @param last the place up to which the lookarounds' bodies may match */
  #lookAround(classes: Int32Array, last: number, work: Work): Uint8Array[] {
    const looks: Uint8Array[] = [];
    for (let i = 0; i < this.#looks.length; i++) {
      const machine = this.#program.looks[i];
      const automaton = this.#looks[i];
      if (machine && automaton) looks.push(this.#scan(machine, automaton, classes, looks, last, work));
    }
    return looks;
  }

  /** Classes of the first `length` code units, or of all code points under `u`. */
  #classify(text: string, length: number): Int32Array {
    const classes = new Int32Array(length);
    const alphabet = this.#alphabet;
    if (!this.#program.unicode) {
      for (let i = 0; i < length; i++) classes[i] = alphabet.classOf(text.charCodeAt(i));
      return classes;
    }
    let count = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.codePointAt(i) ?? 0;
      if (code > 0xffff) i++;
      classes[count++] = alphabet.classOf(code);
    }
    return classes.subarray(0, count);
  }

  /** @returns null when the places up to `last` do not decide */
  #search(classes: Int32Array, looks: readonly Uint8Array[], work: Work, last: number): boolean | null {
    const machine = this.#program.body;
    let state = 0;
    for (let at = 0; at <= last; at++) {
      const outcome = this.#body.step(state, this.#holds(machine, classes, looks, at), classes[at] ?? -1, work);
      if ((outcome & 1) === 1) return true;
      state = outcome >> 1;
      this.#bound(work);
      // Only the start is left, and it needs the beginning of the text, which is behind.
      if (state === 0 && this.#anchored) return false;
    }
    return null;
  }

  /** For every place whether the lookaround's body matches from there (or up to there). */
  #scan(
    machine: Machine,
    automaton: Automaton,
    classes: Int32Array,
    looks: readonly Uint8Array[],
    count: number,
    work: Work,
  ): Uint8Array {
    const found = new Uint8Array(count + 1);
    let state = 0;
    for (let i = 0; i <= count; i++) {
      const at = machine.backwards ? count - i : i;
      const character = machine.backwards ? classes[at - 1] : classes[at];
      const outcome = automaton.step(state, this.#holds(machine, classes, looks, at), character ?? -1, work);
      found[at] = outcome & 1;
      state = outcome >> 1;
      this.#bound(work);
    }
    return found;
  }

  #bound(work: Work): void {
    if (++work.steps > MATCH_LIMITS.stepsMax)
      throw new MatchExhausted(`the match took more than ${MATCH_LIMITS.stepsMax} steps`);
  }

  #holds(machine: Machine, classes: Int32Array, looks: readonly Uint8Array[], at: number): number {
    let holds = 0;
    const used = machine.assertions;
    for (let i = 0; i < used.length; i++) {
      const assertion = this.#program.assertions[used[i] ?? 0];
      if (assertion && this.#isMet(assertion, classes, looks, at)) holds |= 1 << i;
    }
    return holds;
  }

  #isMet(assertion: Assertion, classes: Int32Array, looks: readonly Uint8Array[], at: number): boolean {
    switch (assertion.kind) {
      case 'start':
        return at === 0;
      case 'end':
        return at === classes.length;
      case 'line-start':
        return at === 0 || this.#alphabet.has(classes[at - 1] ?? -1, assertion.breaks);
      case 'line-end':
        return at === classes.length || this.#alphabet.has(classes[at] ?? -1, assertion.breaks);
      case 'word':
        return (
          this.#alphabet.has(classes[at - 1] ?? -1, assertion.word) !==
          this.#alphabet.has(classes[at] ?? -1, assertion.word)
        );
      default:
        return looks[assertion.look]?.[at] === 1;
    }
  }
}

/** As far as a lookahead reaches from the last place, and the character behind that. */
function glanceCharsOf(program: Program): number | null {
  if (program.unicode) return null;
  let reach = 0;
  for (const machine of program.looks) {
    const length = machine.backwards ? lengthMax(machine, program) : null;
    if (length === null) return null;
    reach = Math.max(reach, length);
  }
  return GLANCE_CHARS + reach + 1;
}
