import type { Sentence } from './sentences.ts';
import type { Names, Token } from './token.ts';
import { W } from './words-table.ts';

/** One text under examination. */
export interface Scene {
  readonly text: string;
  /** Whether it holds nothing but ASCII. */
  readonly ascii: boolean;
  readonly sentences: readonly Sentence[];
  readonly names: Names;
  /** `server` texts may speak of their own tools at length. */
  readonly about: 'definition' | 'server' | 'result';
  /** Where in the definition it stands: what says what the tool does, what says so of one parameter, anything else. */
  readonly field: 'description' | 'parameter' | 'other';
}

/** One reason for distrust. */
export interface Hit {
  /** Stable, dotted. */
  readonly code: string;
  /** How much it weighs alone, 0…1. */
  readonly weight: number;
  /** Offsets in the readable text. */
  readonly start: number;
  readonly end: number;
  /** One sentence, lower case. */
  readonly why: string;
}

/** A hit with its place in the definition. */
export interface Placed extends Hit {
  readonly at: string;
}

/** Looks at a text and says what it noticed. Pure, linear in the number of words. */
export type Signal = (scene: Scene) => Hit[];

/** Index of the first token from `from` on, at most `reach` further, that has one of the bits; -1 without. */
export function find(tokens: readonly Token[], bits: number, from = 0, reach = Infinity): number {
  const end = Math.min(tokens.length, from + reach);
  for (let i = Math.max(0, from); i < end; i++) if (((tokens[i]?.mask ?? 0) & bits) !== 0) return i;
  return -1;
}

/**
 * Whether words of the given classes follow each other, each at most `reach` tokens after the one before.
 * @returns indexes of the matching tokens, or null
 */
export function inOrder(tokens: readonly Token[], classes: readonly number[], reach: number): readonly number[] | null {
  const first = classes[0] ?? 0;
  for (let start = find(tokens, first); start >= 0; start = find(tokens, first, start + 1)) {
    const found = [start];
    for (let step = 1; step < classes.length; step++) {
      const next = find(tokens, classes[step] ?? 0, (found.at(-1) ?? 0) + 1, reach);
      if (next < 0) break;
      found.push(next);
    }
    if (found.length === classes.length) return found;
  }
  return null;
}

/** Where the order stands: "you must …", a verb that opens a clause, "must be replaced". -1 without. */
export function orderAt(tokens: readonly Token[], verbs: number, from: number): number {
  for (let i = find(tokens, verbs, from); i >= 0; i = find(tokens, verbs, i + 1)) {
    const token = tokens[i];
    if (!token || token.quoted || token.identifier) continue;
    const before = tokens[i - 1];
    if (/ed$/.test(token.word) && !(before?.word === 'be' && ((tokens[i - 2]?.mask ?? 0) & W.OBLIGE) !== 0)) continue;
    if (/(?:ing|[^s]s)$/.test(token.word)) continue;
    if (!before || i === 0) return i;
    if ((before.mask & (W.OBLIGE | W.BEFORE)) !== 0) return i;
    if (/^(?:you|please|first|then|and|sure|automatically|also|be|instead|simply|just|silently)$/.test(before.word))
      return i;
    if (before.end < token.start - 1) return i;
  }
  return -1;
}

/** A hit over tokens `from`…`to` of a sentence. */
export function hit(
  code: string,
  weight: number,
  tokens: readonly Token[],
  from: number,
  to: number,
  why: string,
): Hit {
  const low = Math.max(0, Math.min(from, to));
  const high = Math.max(from, to);
  return { code, weight, start: tokens[low]?.start ?? 0, end: tokens[high]?.end ?? tokens.at(-1)?.end ?? 0, why };
}

/** How many different bits of `bits` occur in `mask`. */
export function count(mask: number, bits: readonly number[]): number {
  let n = 0;
  for (const bit of bits) if ((mask & bit) !== 0) n += 1;
  return n;
}

const NO_OPENING =
  /^\W*(?:for|in|before|when|whenever|after|if|to|as|on|from|according|due|until|once|while|warning|urgent|attention|important|your|you|there|all|no|every|any|prior|from|since|because|required|always|never)\b/i;

/** Whether a first sentence says what a tool does; "Before you answer, …" and "Your token expires …" do not. */
export function isDescribing(sentence: string): boolean {
  return !NO_OPENING.test(sentence);
}
