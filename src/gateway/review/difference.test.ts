import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../core/json.ts';
import { differingLines } from './difference.ts';

/** As a terminal shows it: `-` and `+`, the path, and marks in brackets. */
function shown(before: JsonValue | undefined, after: JsonValue | undefined): string[] {
  return differingLines(before, after).map(({ sign, at, text, marks }) => {
    let marked = text;
    for (const [start, end] of marks.toReversed())
      marked = `${marked.slice(0, start)}[${marked.slice(start, end)}]${marked.slice(end)}`;
    return `${sign} ${at === '' ? '' : `${at}: `}${marked}`;
  });
}

describe('differingLines', () => {
  it('marks the words that differ within a line', () => {
    expect(shown('Reads a note.', 'Reads one note, quickly.')).toEqual([
      '- Reads [a] note.',
      '+ Reads [one] note[, quickly].',
    ]);
  });

  it('compares texts by line: one inserted, one moved, one changed', () => {
    expect(shown('a\nb\nc', 'a\nx\nb\nc')).toEqual(['+ x']);
    expect(shown('a\nb', 'b\na')).toHaveLength(2);
    expect(shown('one two\nthree', 'one 2\nthree')).toEqual(['- one [two]', '+ one [2]']);
  });

  it('compares anything else by path, whatever the order of keys', () => {
    const before = { type: 'object', properties: { id: { type: 'string', description: 'Which note.' } } };
    const after = {
      properties: { id: { description: 'Which note to read.', type: 'string' }, all: { type: 'boolean' } },
      type: 'object',
    };
    expect(shown(before, after)).toEqual([
      '- properties.id.description: "Which note."',
      '+ properties.id.description: "Which note[ to read]."',
      '+ properties.all.type: "boolean"',
    ]);
    expect(shown({ required: ['a'] }, { required: ['a', 'b'] })).toEqual(['+ required[1]: "b"']);
    expect(shown({ a: {} }, { a: [] })).toEqual(['- a: {}', '+ a: []']);
  });

  it('tells what came and what went', () => {
    expect(shown(undefined, 'a\nb')).toEqual(['+ a', '+ b']);
    expect(shown({ a: 1 }, undefined)).toEqual(['- a: 1']);
    expect(shown('text', { a: 1 })).toEqual(['- "text"', '+ a: 1']);
    expect(shown({ a: 1 }, { a: '1' })).toEqual(['- a: 1', '+ a: ["]1["]']);
    expect(shown(null, undefined)).toEqual(['- null']);
  });

  it('loses no word: without the marks both sides of a text are the same', () => {
    const word = fc.constantFrom('read', 'a', 'note', ' ', '.', '\n', 'ü', '\u200b', '💣');
    const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = differingLines(before, after);
        expect(lines.length === 0).toBe(before === after);
        for (const sign of ['-', '+'] as const) {
          const whole = (sign === '-' ? before : after).split('\n');
          for (const line of lines.filter((one) => one.sign === sign)) expect(whole).toContain(line.text);
        }
        const signs = lines.map(({ sign }) => sign).join('');
        if (!before.includes('\n') && !after.includes('\n') && signs === '-+') {
          const [old, now] = lines.map(({ text: line, marks }) => without(line, marks));
          if (lines.every(({ marks }) => marks.length > 0)) expect(old).toBe(now);
        }
      }),
    );
  });

  it('says of every differing leaf of an object that it differs', () => {
    const leaf = fc.constantFrom(1, '1', null, 'null', true);
    const object = fc.dictionary(fc.constantFrom('a', 'b', 'c'), leaf, { noNullPrototype: true });
    fc.assert(
      fc.property(object, object, (before, after) => {
        const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
        const differing = [...keys].filter((key) => before[key] !== after[key]);
        if (Object.keys(before).length === 0 || Object.keys(after).length === 0) return;
        expect(new Set(differingLines(before, after).map(({ at }) => at))).toEqual(new Set(differing));
      }),
    );
  });

  it('gives up on words, not on time, where both sides are long and have nothing in common', () => {
    const [before, after] = ['a ', 'b '].map((word) => word.repeat(20_000));
    expect(differingLines(before, after)).toHaveLength(2);
  });
});

function without(text: string, marks: readonly (readonly [number, number])[]): string {
  let left = text;
  for (const [start, end] of marks.toReversed()) left = left.slice(0, start) + left.slice(end);
  return left;
}
