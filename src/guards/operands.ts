import { OperandRejected, ValueUnreadable } from '../core/argument-type.ts';
import type { JsonValue } from '../core/json.ts';

/** One string or a list of them, as rules are written. @throws OperandRejected */
export function stringsOf(key: string, operand: JsonValue): readonly string[] {
  const list = Array.isArray(operand) ? operand : [operand];
  const strings = list.filter((item): item is string => typeof item === 'string' && item !== '');
  if (strings.length === 0 || strings.length !== list.length) {
    throw new OperandRejected(`\`${key}\` takes a string or a list of strings that are not empty`);
  }
  return strings;
}

/** Each of `known` that the operand names. @throws OperandRejected naming the word that is unknown */
export function wordsOf<Word extends string>(key: string, operand: JsonValue, known: readonly Word[]): readonly Word[] {
  return stringsOf(key, operand).map((text) => {
    const word = known.find((candidate) => candidate === text);
    if (word === undefined)
      throw new OperandRejected(`\`${key}\` does not know \`${text}\`; it takes ${known.join(', ')}`);
    return word;
  });
}

/** @throws ValueUnreadable when the value is no string */
export function textOf(value: JsonValue, type: string): string {
  if (typeof value === 'string') return value;
  throw new ValueUnreadable(
    `a ${type} is a string, and this value is ${value === null ? 'null' : `of type ${typeof value}`}`,
  );
}

/** A glob for one name: `*` any run, `?` one character, everything else itself. Compared without case. */
export function nameMatcher(globs: readonly string[]): (name: string) => boolean {
  const patterns = globs.map((glob) => glob.toLowerCase());
  return (name) => {
    const lower = name.toLowerCase();
    return patterns.some((pattern) => globMatches(pattern, lower));
  };
}

/** Linear in practice and at worst |glob| × |name|: only the last star is ever tried again. */
function globMatches(glob: string, name: string): boolean {
  let g = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (glob[g] === '*') {
      star = g++;
      resume = n;
    } else if (glob[g] === '?' || glob[g] === name[n]) {
      g++;
      n++;
    } else if (star >= 0) {
      g = star + 1;
      n = ++resume;
    } else return false;
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}
