/**
 * A pattern as a Thompson automaton (Thompson, "Regular Expression Search Algorithm", CACM 1968): instructions whose
 * edges are numbers. One pattern makes one machine for its body and one for each lookaround.
 */

/** Consumes one character of the given atom, then goes to `next`. */
export interface Take {
  readonly op: 'take';
  readonly atom: number;
  next: number;
}
/** Goes to each of `to` without consuming. */
export interface Fork {
  readonly op: 'fork';
  to: number[];
}
/** Goes to `next` where the assertion holds. */
export interface Assert {
  readonly op: 'assert';
  /** Index into the assertions of its own machine. */
  readonly assertion: number;
  readonly negate: boolean;
  next: number;
}
export interface Accept {
  readonly op: 'accept';
}
export type Instruction = Take | Fork | Assert | Accept;

/** An automaton with one start; it reads towards the end, or towards the start when `backwards`. */
export interface Machine {
  readonly instructions: readonly Instruction[];
  /** The assertions it uses, as indexes into the program's. */
  readonly assertions: readonly number[];
  readonly start: number;
  readonly backwards: boolean;
}

/** A set of single characters: `test` is asked with one character (one code point under `u`). */
export interface Atom {
  readonly key: string;
  readonly test: (character: string) => boolean;
}

/** What holds at a place between characters. */
export type Assertion =
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'line-start'; readonly breaks: number }
  | { readonly kind: 'line-end'; readonly breaks: number }
  | { readonly kind: 'word'; readonly word: number }
  | { readonly kind: 'look'; readonly look: number };

export interface Program {
  readonly unicode: boolean;
  readonly atoms: readonly Atom[];
  readonly assertions: readonly Assertion[];
  /** In an order in which each needs only earlier ones. */
  readonly looks: readonly Machine[];
  readonly body: Machine;
}
