import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineCounter, parseAllDocuments } from 'yaml';
import { parseYaml } from './parse-yaml.ts';

interface Said {
  readonly code: string;
  readonly pos: readonly [number, number];
}

/** Codes with places; before an empty value the library names the space or line end in front of the key. */
function placed(text: string, said: readonly Said[]): string[] {
  const blank = /(?:\s|#.*)*/y;
  return said.map(({ code, pos }) => {
    blank.lastIndex = pos[0];
    return `${pos[0] + (code === 'DUPLICATE_KEY' ? (blank.exec(text)?.[0].length ?? 0) : 0)} ${code}`;
  });
}

const complaintsOf = (text: string) => placed(text, parseYaml(text, new LineCounter()).complaints);

/** What the library itself says, which compares every key with every other. */
function oracle(text: string): string[] {
  const documents = [...parseAllDocuments(text, { prettyErrors: false, uniqueKeys: true })];
  return placed(
    text,
    documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]),
  );
}

const plain = ['a', '"a"', "'a'", '&x a', 'b', '1', '1.0', '0x1', '"1"', '0', '-0', 'null', '~', '.nan', '<<', '""'];
const odd = [
  '*x',
  '*x ',
  '!!str 1',
  'true',
  'True',
  '[a]',
  '{a: 1}',
  '!t a',
  '__proto__',
  '? a',
  '? ',
  '!!binary YQ==',
];
const key = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...plain) }, fc.constantFrom(...odd));

const { flow } = fc.letrec<{ flow: string; map: string; list: string }>((tie) => ({
  flow: fc.oneof({ maxDepth: 3 }, fc.constantFrom('1', 'x', '&x y', '2', ''), tie('map'), tie('list')),
  map: fc
    .tuple(
      fc.constantFrom('', '', '', '&x ', '!!set ', '!!omap '),
      fc.array(fc.tuple(key, tie('flow')), { maxLength: 5 }),
    )
    .map(([tag, pairs]) => `${tag}{${pairs.map(([name, value]) => `${name}: ${value}`).join(', ')}}`),
  list: fc
    .tuple(fc.constantFrom('', '', '', '&y ', '!!omap ', '!!pairs '), fc.array(tie('flow'), { maxLength: 4 }))
    .map(([tag, items]) => `${tag}[${items.join(', ')}]`),
}));

const block = fc
  .array(
    fc.tuple(
      fc.constantFrom('', '', '', '', '  '),
      key,
      flow,
      fc.constantFrom('\n', '\r\n', ' # c\n', '\n\n', '\n---\n'),
    ),
    {
      maxLength: 6,
    },
  )
  .map((rows) => rows.map(([indent, name, value, end]) => `${indent}${name}: ${value}${end}`).join(''));

describe('parseYaml', () => {
  it('finds the keys that are written twice where the library finds them', () => {
    let repeated = 0;
    const version = fc.constantFrom('', '', '%YAML 1.1\n---\n');
    fc.assert(
      fc.property(version, fc.oneof(flow, block), (head, body) => {
        const expected = oracle(head + body);
        if (expected[0] && expected.every((each) => each.endsWith('DUPLICATE_KEY'))) repeated += 1;
        // What is broken elsewhere is refused anyway, and may lose keys or their places.
        const isLost = expected.some((each) => !each.endsWith('DUPLICATE_KEY'));
        const compared = (all: string[]) => all.filter((each) => !isLost || !each.endsWith('DUPLICATE_KEY')).toSorted();
        expect(compared(complaintsOf(head + body))).toEqual(compared(expected));
      }),
      { numRuns: 3_000 },
    );
    expect(repeated).toBeGreaterThan(40);
  });

  // Comparing all pairs takes minutes, beyond the time of a test.
  it('compares no key with every other one', () => {
    const keys = Array.from({ length: 60_000 }, (_, n) => `k${n}: 1\n`).join('');
    expect(complaintsOf(`${keys}k7: 2\n`)).toEqual([`${keys.length} DUPLICATE_KEY`]);
  });

  it.each(['[', '{a: ', '- ', '? ', '- ? ', '[{', '&a [', '!!seq [', '"a": {'])('parses no %s in a row', (opener) => {
    const text = `# a comment\nb: "[[["\n${opener.repeat(65)}`;
    const { documents, complaints } = parseYaml(text, new LineCounter());
    expect([documents, complaints]).toMatchObject([[], [{ code: 'RESOURCE_EXHAUSTION' }]]);
  });

  it.each([
    '- [a]\n'.repeat(500),
    '- - - a\n'.repeat(500),
    'a: "[[[["\n# [[[[\nb: |\n  [[[\n  - - - -\n'.replaceAll('[', '['.repeat(100)),
    `{${'? a, '.repeat(100).replace(/a/g, () => 'b')}}`,
    'a: [\n---\n'.repeat(100),
  ])('takes for deep what is deep only', (text) => {
    expect(complaintsOf(text).filter((each) => each.endsWith('RESOURCE_EXHAUSTION'))).toEqual([]);
  });
});
