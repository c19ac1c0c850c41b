/**
 * Whether a text was drawn by a machine or written by a person: what tells a key from a name of the same length.
 */

import { COMMON_PAIRS, STAND_IN } from './words-table.ts';

/** Bits per character (Shannon) of the text's own distribution. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Share of neighbouring letters that are a common pair: near 0.9 in words, near 0.4 in random letters. */
export function wordiness(text: string): number {
  const lower = text.toLowerCase();
  let pairs = 0;
  let common = 0;
  for (let i = 1; i < lower.length; i++) {
    if (!isLetter(lower.charCodeAt(i - 1)) || !isLetter(lower.charCodeAt(i))) continue;
    pairs++;
    if (COMMON_PAIRS.has(lower.slice(i - 1, i + 1))) common++;
  }
  return pairs < 5 ? 0 : common / pairs;
}

/** Letters of both cases without any order, as in base64 that happens to have no digit; camel case changes less. */
export function isMixedCase(text: string, charactersPerChange = 8): boolean {
  return /[a-z]/.test(text) && (text.match(/[a-z][A-Z]/g)?.length ?? 0) >= text.length / charactersPerChange;
}

function isLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

export function isStandIn(text: string): boolean {
  return STAND_IN.test(text) || entropy(text) < 2.2;
}
