import { Alphabet } from './alphabet.ts';
import { Automaton, type Work } from './automaton.ts';
import { compileProgram, type PatternFlags } from './compile-pattern.ts';
import type { Assertion, Machine, Program } from './program.ts';

/**
 * Patterns in linear time. Enters: an ECMAScript pattern at load, texts on call. Leaves: whether the native `test`
 * would find a match, for every pattern that loads. Never here: backtracking, or work that grows faster than the
 * length of the text times the size of the pattern.
 */

/** Limits on one match. A text or a match beyond them is an error, which rule 7 of the policy language polarises. */
export const MATCH_LIMITS = { textCharsMax: 4_194_304, stepsMax: 20_000_000 } as const;

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

  /** @throws PatternRejected */
  constructor(source: string, flags: PatternFlags = {}) {
    this.source = source;
    this.#program = compileProgram(source, flags);
    this.#alphabet = new Alphabet(this.#program.atoms);
    this.#looks = this.#program.looks.map((machine) => new Automaton(machine, this.#alphabet));
    this.#body = new Automaton(this.#program.body, this.#alphabet);
  }

  /**
   * Whether the pattern matches anywhere in `text`, exactly as the native engine would say.
   * @param work counts steps when given; each character costs at most the size of the pattern
   * @throws MatchExhausted beyond MATCH_LIMITS
   */
  test(text: string, work: Work = { steps: 0 }): boolean {
    if (text.length > MATCH_LIMITS.textCharsMax)
      throw new MatchExhausted(`the text is longer than ${MATCH_LIMITS.textCharsMax} characters`);
    const classes = this.#classify(text);
    const looks: Uint8Array[] = [];
    for (let i = 0; i < this.#looks.length; i++) {
      const machine = this.#program.looks[i];
      const automaton = this.#looks[i];
      if (machine && automaton) looks.push(this.#scan(machine, automaton, classes, looks, work));
    }
    return this.#search(classes, looks, work);
  }

  #classify(text: string): Int32Array {
    const classes = new Int32Array(text.length);
    const alphabet = this.#alphabet;
    if (!this.#program.unicode) {
      for (let i = 0; i < text.length; i++) classes[i] = alphabet.classOf(text.charCodeAt(i));
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

  #search(classes: Int32Array, looks: readonly Uint8Array[], work: Work): boolean {
    const machine = this.#program.body;
    let state = 0;
    for (let at = 0; at <= classes.length; at++) {
      const outcome = this.#body.step(state, this.#holds(machine, classes, looks, at), classes[at] ?? -1, work);
      if ((outcome & 1) === 1) return true;
      state = outcome >> 1;
      this.#bound(work);
    }
    return false;
  }

  /** For every place whether the lookaround's body matches from there (or up to there). */
  #scan(
    machine: Machine,
    automaton: Automaton,
    classes: Int32Array,
    looks: readonly Uint8Array[],
    work: Work,
  ): Uint8Array {
    const count = classes.length;
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
