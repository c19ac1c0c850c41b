import { OperandRejected, ValueUnreadable, type ArgumentType, type View } from '../../src/core/argument-type.ts';
import type { JsonValue } from '../../src/core/json.ts';

/**
 * Stand-ins for the guards: small readings of paths and SQL that behave (they decide, reject operands and fail to
 * read), so that policy's wiring is tested without the guards' accuracy.
 */
function textOf(value: JsonValue): string {
  if (typeof value !== 'string') throw new ValueUnreadable('the value is not a text');
  if (value.includes('\0')) throw new ValueUnreadable('the value holds a NUL');
  return value;
}

/** Lexical: decodes once, resolves `.` and `..`, starts at the root. */
export function canonicalPath(text: string): string {
  let decoded = text;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw new ValueUnreadable('the encoding is broken');
  }
  const parts: string[] = [];
  for (const part of decoded.replace(/^file:\/\//, '').split(/[/\\]+/)) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function list(key: string, operand: JsonValue): string[] {
  if (!Array.isArray(operand) || operand.some((entry) => typeof entry !== 'string')) {
    throw new OperandRejected(`\`${key}\` is not a list of texts`);
  }
  return operand.map(String);
}

function isUnder(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`));
}

export const pathDouble: ArgumentType = {
  name: 'path',
  tuningKeys: ['base'],
  conditionKeys: ['under', 'not_under', 'names'],
  compile(key, operand) {
    const wanted = list(key, operand);
    return (value) => {
      const path = canonicalPath(textOf(value));
      const holds =
        key === 'names' ? wanted.includes(path.split('/').at(-1) ?? '') : isUnder(path, wanted) === (key === 'under');
      return {
        holds,
        why: `\`${path}\` is ${isUnder(path, wanted) ? '' : 'not '}under ${wanted.map((root) => `\`${root}\``).join(', ')}`,
      };
    };
  },
};

/** Statements apart at `;`, comments off; anything that does not begin with a word is unreadable. */
function statements(text: string): string[] {
  const bare = text.replace(/\/\*.*?\*\//gs, ' ').replace(/--.*$/gm, ' ');
  const found = bare
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (found.some((part) => !/^[a-z]/i.test(part))) throw new ValueUnreadable('the statement does not parse');
  return found;
}

export const sqlDouble: ArgumentType = {
  name: 'sql',
  tuningKeys: ['dialect'],
  conditionKeys: ['statements'],
  compile(_key, operand, _tuning, polarity) {
    const { any_of: anyOf, any_not_in: anyNotIn } = operand as { any_of?: string[]; any_not_in?: string[] };
    if (!anyOf && !anyNotIn) throw new OperandRejected('`statements` says neither `any_of` nor `any_not_in`');
    return (value) => {
      const kinds = statements(textOf(value)).map((statement) => (statement.split(/\s/)[0] ?? '').toLowerCase());
      const named = (kind: string): boolean => (anyOf ? anyOf.includes(kind) : !(anyNotIn ?? []).includes(kind));
      const holds = polarity === 'permit' ? kinds.every(named) : kinds.some(named);
      return { holds, why: `the statements are ${kinds.join(', ')}` };
    };
  },
};

export const pathViewDouble: View = { name: 'path', derive: (value) => [canonicalPath(value)] };
export const sqlViewDouble: View = { name: 'sql', derive: statements };

export const doubles = { argumentTypes: [pathDouble, sqlDouble], views: [pathViewDouble, sqlViewDouble] };
