/**
 * Writes an ECMAScript pattern (flag `u`) in RE2's syntax so that both match the same texts. Everything is spelled
 * out in code points, because the short forms differ: RE2's `\s` is ASCII, its `.` stops only at line feeds.
 */
import type { AST } from '@eslint-community/regexpp';

const NOT_LINE_END = '[^\\n\\r\\x{2028}\\x{2029}]';
const SPACE =
  '\\t\\n\\x{b}\\f\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
const REPEAT_MAX = 1000;

class Untranslatable extends Error {}

/** @returns null for what RE2 cannot do: look-around, back-references, repeats over 1,000 */
export function toRe2(pattern: AST.Pattern): string | null {
  try {
    return alternatives(pattern.alternatives);
  } catch (error) {
    if (error instanceof Untranslatable) return null;
    throw error;
  }
}

function alternatives(list: readonly AST.Alternative[]): string {
  return list.map((alternative) => alternative.elements.map(element).join('')).join('|');
}

function element(node: AST.Element): string {
  switch (node.type) {
    case 'Character':
      return codePoint(node.value);
    case 'CharacterSet':
      return characterSet(node, false);
    case 'CharacterClass':
      return characterClass(node);
    case 'Group':
      if (node.modifiers) throw new Untranslatable();
      return `(?:${alternatives(node.alternatives)})`;
    case 'CapturingGroup':
      return `(?:${alternatives(node.alternatives)})`;
    case 'Quantifier':
      return quantifier(node);
    case 'Assertion':
      return assertion(node);
    default:
      throw new Untranslatable();
  }
}

function codePoint(value: number): string {
  if (value >= 0xd800 && value <= 0xdfff) throw new Untranslatable();
  return `\\x{${value.toString(16)}}`;
}

function characterSet(node: AST.CharacterSet, inClass: boolean): string {
  switch (node.kind) {
    case 'any':
      return NOT_LINE_END;
    case 'digit':
      return wrap('0-9', node.negate, inClass);
    case 'word':
      return wrap('0-9A-Za-z_', node.negate, inClass);
    case 'space':
      return wrap(SPACE, node.negate, inClass);
    default:
      return property(node);
  }
}

function wrap(members: string, negate: boolean, inClass: boolean): string {
  if (!inClass) return negate ? `[^${members}]` : `[${members}]`;
  if (negate) throw new Untranslatable();
  return members;
}

/** Unicode tables of two engines may be of different age. */
function property(_node: AST.CharacterSet): string {
  throw new Untranslatable();
}

function characterClass(node: AST.CharacterClass): string {
  if (node.elements.length === 0) throw new Untranslatable();
  const members = node.elements.map(classMember).join('');
  return node.negate ? `[^${members}]` : `[${members}]`;
}

function classMember(node: AST.CharacterClass['elements'][number]): string {
  if (node.type === 'Character') return codePoint(node.value);
  if (node.type === 'CharacterClassRange') return `${codePoint(node.min.value)}-${codePoint(node.max.value)}`;
  if (node.type === 'CharacterSet') return characterSet(node, true);
  throw new Untranslatable();
}

function quantifier(node: AST.Quantifier): string {
  if (node.min > REPEAT_MAX || (node.max !== Infinity && node.max > REPEAT_MAX)) throw new Untranslatable();
  const inner = node.element.type === 'Assertion' ? null : element(node.element);
  if (inner === null) throw new Untranslatable();
  const upper = node.max === Infinity ? '' : String(node.max);
  return `${inner}{${node.min},${upper}}${node.greedy ? '' : '?'}`;
}

function assertion(node: AST.Assertion): string {
  if (node.kind === 'start') return '\\A';
  if (node.kind === 'end') return '\\z';
  if (node.kind === 'word') return node.negate ? '\\B' : '\\b';
  throw new Untranslatable();
}
