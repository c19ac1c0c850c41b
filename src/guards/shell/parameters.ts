import type { ParameterExpansionPart, Word } from 'unbash';
import type { Arg } from './facts.ts';

type Lookup = (name: string) => string | null;
type Operand = (word: Word) => Arg | undefined;

export const isNameOnly = (part: ParameterExpansionPart): boolean =>
  part.operation === undefined && part.prefix === undefined && part.index === undefined;

/** The value of `${…}`, where it can be known without running anything; null otherwise. */
export function expandParameter(part: ParameterExpansionPart, lookup: Lookup, operand: Operand): string | null {
  if (part.index !== undefined) return null;
  const own = lookup(part.parameter);
  if (part.prefix === '#') return own === null ? null : String(own.length);
  const value = part.prefix === '!' ? (own === null ? null : lookup(own)) : own;
  const operation = part.operation;
  if (operation === undefined) return value;
  const text = (word: Word | undefined): string | null => {
    const arg = word === undefined ? undefined : operand(word);
    return arg?.sure === true ? arg.text : null;
  };
  switch (operation.type) {
    case 'Default':
      return byDefault(operation.operator, value, text(operation.operand));
    case 'Slice':
      return slice(value, text(operation.offset), operation.length === undefined ? '' : text(operation.length));
    case 'CaseModification':
      return changeCase(operation.operator, operation.operand === undefined ? value : null);
    case 'Remove':
      return remove(operation.operator, value, text(operation.operand));
    case 'Replace':
      return replace(operation.operator, value, text(operation.pattern), text(operation.replacement));
    default:
      return null;
  }
}

/** An unset name takes the default; a name that the environment might set still most likely takes it. */
function byDefault(operator: string, value: string | null, operand: string | null): string | null {
  if (operator.endsWith('+')) return operand;
  if (operator.endsWith('?')) return value;
  return value === null || value === '' ? operand : value;
}

function slice(value: string | null, offset: string | null, length: string | null): string | null {
  if (value === null || offset === null || length === null) return null;
  const from = Number(offset);
  const count = length === '' ? undefined : Number(length);
  if (!Number.isSafeInteger(from) || (count !== undefined && !Number.isSafeInteger(count))) return null;
  const start = from < 0 ? Math.max(0, value.length + from) : from;
  if (count === undefined) return value.slice(start);
  return count < 0 ? value.slice(start, count) : value.slice(start, start + count);
}

function changeCase(operator: string, value: string | null): string | null {
  if (value === null) return null;
  const change = operator.startsWith('^') ? (s: string) => s.toUpperCase() : (s: string) => s.toLowerCase();
  return operator.length === 2 ? change(value) : change(value.slice(0, 1)) + value.slice(1);
}

const isLiteral = (pattern: string): boolean => !/[*?[\\]/.test(pattern);

function remove(operator: string, value: string | null, pattern: string | null): string | null {
  if (value === null || pattern === null || !isLiteral(pattern)) return null;
  if (operator.startsWith('#')) return value.startsWith(pattern) ? value.slice(pattern.length) : value;
  return value.endsWith(pattern) ? value.slice(0, value.length - pattern.length) : value;
}

function replace(operator: string, value: string | null, pattern: string | null, by: string | null): string | null {
  if (value === null || pattern === null || by === null || !isLiteral(pattern) || pattern === '') return null;
  if (operator === '//') return value.split(pattern).join(by);
  if (operator === '/#') return value.startsWith(pattern) ? by + value.slice(pattern.length) : value;
  if (operator === '/%') return value.endsWith(pattern) ? value.slice(0, -pattern.length) + by : value;
  const at = value.indexOf(pattern);
  return at < 0 ? value : value.slice(0, at) + by + value.slice(at + pattern.length);
}
