import { ACTS } from './acts-table.ts';
import { CUES } from './cues-table.ts';
import { WORDS } from './words-table.ts';

/** All that the tables say about one word: bits of `W`, of `CUE` and of `A`. */
export interface Entry {
  readonly mask: number;
  readonly cues: number;
  readonly acts: number;
}

/** A word that no table knows. */
export const UNKNOWN: Entry = { mask: 0, cues: 0, acts: 0 };

/** Lower-case word → its entry: one look-up a word instead of three. */
export const LEXICON: ReadonlyMap<string, Entry> = new Map(
  [...new Set([...WORDS.keys(), ...CUES.keys(), ...ACTS.keys()])].map((word) => [
    word,
    { mask: WORDS.get(word) ?? 0, cues: CUES.get(word) ?? 0, acts: ACTS.get(word) ?? 0 },
  ]),
);
