import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineCounter, parseDocument } from 'yaml';
import { parseYaml } from './parse-yaml.ts';
import { plainValue } from './yaml-tree.ts';

const LIMITS = { depthMax: 32, aliasesMax: 100 };

function plain(text: string) {
  const root = parseYaml(text, new LineCounter()).documents[0]?.contents;
  if (!root) throw new Error('the text is empty');
  const { value, snags } = plainValue(root, LIMITS, () => null);
  return { value, snags: snags.map(({ offset, what, mend }) => `${offset}: ${what}; ${mend}`) };
}

const node = fc.letrec<{ node: string; map: string; list: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('1', '1.5', 'x', '"y"', 'true', '~', '', '&a z', '*a', '*b', '&b 2', '.inf'),
    tie('map'),
    tie('list'),
  ),
  map: fc
    .tuple(
      fc.constantFrom('', '&a ', '&b '),
      fc.uniqueArray(fc.constantFrom('a', '&a k', '1', '__proto__', '""')),
      tie('node'),
    )
    .map(([anchor, keys, value]) => `${anchor}{${keys.map((key) => `${key}: ${value}`).join(', ')}}`),
  list: fc
    .tuple(fc.constantFrom('', '&a ', '&b '), fc.array(tie('node'), { maxLength: 4 }))
    .map(([anchor, items]) => `${anchor}[${items.join(', ')}]`),
})).node;

describe('plainValue', () => {
  it('makes what the library makes, or says what is wrong', () => {
    let made = 0;
    fc.assert(
      fc.property(node, (text) => {
        const document = parseDocument(`r: ${text}`, { prettyErrors: false });
        fc.pre(document.errors.length === 0);
        const { value, snags } = plain(`r: ${text}`);
        if (snags.length > 0) return;
        made += 1;
        expect(value).toEqual(document.toJS());
      }),
      { numRuns: 2_000 },
    );
    expect(made).toBeGreaterThan(500);
  });

  it('keeps a key that JavaScript treats as special, as a key', () => {
    expect(Object.keys(plain('{__proto__: {a: 1}}').value as object)).toEqual(['__proto__']); // a mapping was written
  });

  it.each([
    ['a: &a [*a]', '7: the alias `*a` stands within its own anchor `&a`; write out what is meant'],
    [
      'a: &a {b: &b [1, {c: *a}], d: *b}',
      '21: the alias `*a` stands within its own anchor `&a`; write out what is meant',
    ],
    ['a: *b', '3: the alias `*b` has no anchor; define `&b` before it'],
    ['a: [*b, &b 1]', '4: the alias `*b` has no anchor; define `&b` before it'],
    [`a: &a 1\nb: [${'*a, '.repeat(101)}]`, '0: aliases multiply beyond 100; write the values out'],
    [
      `a: &a [1]\nb: &b [${'*a, '.repeat(11)}]\nc: [${'*b, '.repeat(10)}]`,
      '0: aliases multiply beyond 100; write the values out',
    ],
    [
      `a: &a [${'1, '.repeat(1_100)}]\nb: [${'*a, '.repeat(100)}]`,
      '0: aliases stand for more than 100000 values; use fewer of them',
    ],
    [
      Array.from({ length: 10_001 }, (_, n) => `k${n}: 1`).join('\n'),
      '0: a mapping has 10001 keys, more than 10000; divide it',
    ],
    [
      'a: !!omap [b: 1]',
      '11: this is no text, number, boolean, list or mapping; remove the tag (`!…`), or put it in quotes',
    ],
  ])('refuses %.40s', (text, snag) => {
    expect(plain(text).snags).toEqual([snag]);
  });

  it('takes an anchor for the last of its name, as many uses as are allowed, and keys with anchors', () => {
    expect(plain('{a: &x 1, b: *x, c: &x 2, d: *x}')).toEqual({ value: { a: 1, b: 1, c: 2, d: 2 }, snags: [] });
    expect(plain(`a: &a 1\nb: [${'*a, '.repeat(100)}]`).snags).toEqual([]);
    expect(plain('{&k key: *k}').value).toEqual({ key: 'key' });
  });

  it('looks at every node once, also with many aliases within an anchor', () => {
    const pairs = Array.from({ length: 5_000 }, (_, n) => `&a${n} 1, *a${n}`).join(', ');
    const text = `z: [${'1, '.repeat(100_000)}]\na: &q [${pairs}]\nb: *q\n`;
    expect(plain(text).snags).toEqual([]);
  });
});
