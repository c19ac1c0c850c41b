import { RegExpParser } from '@eslint-community/regexpp';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { planPattern } from './pattern.ts';
import { COMPILE_TIME_MAX_MS, prepareSchema } from './prepare.ts';
import { toRe2 } from './re2-dialect.ts';
import { CHECK_TIME_MAX_MS, withinTime } from './timed.ts';

const codes = (schema: JsonValue, args: JsonObject): readonly string[] =>
  prepareSchema(schema)
    .check(args)
    .map((finding) => finding.code);
const whys = (schema: JsonValue, args: JsonObject): readonly string[] =>
  prepareSchema(schema)
    .check(args)
    .map((finding) => `${finding.at}: ${finding.why}`);

describe('a schema', () => {
  it.each<[string, JsonValue, JsonObject, boolean]>([
    ['closes properties it does not declare', { properties: { a: {} } }, { b: 1 }, false],
    ['stays open when it says so', { properties: { a: {} }, additionalProperties: true }, { b: 1 }, true],
    [
      'stays open for declared patterns',
      { properties: { a: {} }, patternProperties: { '^x-': {} } },
      { 'x-b': 1 },
      true,
    ],
    ['without properties accepts any object', { type: 'object' }, { b: 1 }, true],
    ['is closed across allOf', { allOf: [{ properties: { a: {} } }, { properties: { b: {} } }] }, { a: 1, b: 2 }, true],
    ['is closed beyond allOf', { allOf: [{ properties: { a: {} } }] }, { c: 1 }, false],
    [
      'is closed across a reference',
      { $ref: '#/$defs/x', $defs: { x: { properties: { a: { type: 'string' } } } } },
      { a: 'x' },
      true,
    ],
    [
      'leaves nested objects as they are declared',
      { properties: { a: { type: 'object', properties: { b: {} } } } },
      { a: { c: 1 } },
      true,
    ],
    [
      'knows draft-04 bounds',
      { properties: { a: { type: 'number', minimum: 1, exclusiveMinimum: true } } },
      { a: 1 },
      false,
    ],
    [
      'knows draft-07 tuples',
      { properties: { a: { type: 'array', items: [{ type: 'string' }], additionalItems: false } } },
      { a: ['x', 1] },
      false,
    ],
    [
      'knows 2020-12 tuples',
      { properties: { a: { type: 'array', prefixItems: [{ type: 'string' }], items: false } } },
      { a: ['x', 1] },
      false,
    ],
    ['knows draft-07 dependencies', { properties: { a: {}, b: {} }, dependencies: { a: ['b'] } }, { a: 1 }, false],
    [
      'takes references with its own id',
      { $id: 'https://x.example/s', $ref: 'https://x.example/s#/$defs/y', $defs: { y: { properties: { a: {} } } } },
      { a: 1 },
      true,
    ],
    ['does not take inherited names for properties', { required: ['toString'] }, {}, false],
    [
      'takes format as an annotation',
      { properties: { a: { type: 'string', format: 'date-time' } } },
      { a: 'tomorrow' },
      true,
    ],
    ['counts characters, not code units', { properties: { a: { type: 'string', maxLength: 1 } } }, { a: '💡' }, true],
  ])('%s', (_, schema, args, fits) => {
    expect(codes(schema, args)).toEqual(fits ? [] : ['schema.invalid']);
  });

  it('finds a key that only a parser can make', () => {
    const args = JSON.parse('{"a":1,"__proto__":{"admin":true}}') as JsonObject; // a parsed border: the key is own here
    expect(codes({ properties: { a: {} } }, args)).toEqual(['schema.invalid']);
  });

  it('says where and what would be legal', () => {
    const schema = { properties: { files: { type: 'array', items: { properties: { path: { type: 'string' } } } } } };
    const [finding] = prepareSchema(schema).check({ files: [{ path: 'a' }, { path: 1 }] });
    expect(finding).toMatchObject({ at: 'files[1].path', legal: 'a value of type string' });
    expect(whys({ properties: { a: {}, b: {} } }, { c: 1 })).toEqual([
      ': the call has what the tool does not declare: `c`',
    ]);
  });

  it.each<[string, JsonValue]>([
    ['that is missing', undefined as unknown as JsonValue],
    ['that is no object', 'string'],
    ['that refers to the network', { $ref: 'https://evil.example/schema.json' }],
    ['that refers to a file', { properties: { a: { $ref: 'file:///etc/passwd' } } }],
    ['with too many parts', { properties: Object.fromEntries(Array.from({ length: 6000 }, (_, i) => [`p${i}`, {}])) }],
    ['nested too deep', nested(60)],
    ['with a pattern that is none', { properties: { a: { pattern: '(' } } }],
    ['with an endless pattern', { properties: { a: { pattern: 'a'.repeat(5000) } } }],
  ])('%s closes the tool', (_, schema) => {
    expect(codes(schema, {})).toEqual(['schema.unusable']);
  });

  it('that refers to itself in place is a finding, not a crash', () => {
    expect(codes({ $ref: '#' }, {})).toEqual(['schema.invalid']);
  });

  it('drops what JSON Schema does not know and says so', () => {
    const check = prepareSchema({ properties: { a: { type: 'file' } }, '~kind': 'Any' });
    expect(check.notes).toEqual(['`type: file` is no type of JSON Schema and was not checked']);
    expect(check.check({ a: 1 })).toEqual([]);
  });

  it('never runs names of properties as code', () => {
    const name = '"];globalThis.veto_was_here=1;["';
    const check = prepareSchema({ properties: { [name]: { enum: [name], const: name } }, required: [name] });
    expect(check.check({ [name]: name })).toEqual([]);
    expect('veto_was_here' in globalThis).toBe(false);
  });
});

function nested(depth: number): JsonValue {
  return depth === 0 ? {} : { not: nested(depth - 1) };
}

describe('null for an argument that may be left out', () => {
  const schema = { properties: { a: { type: 'string' }, b: { type: ['string', 'null'] } }, required: ['b'] };
  it('is refused, because it is what would be sent, and the mend is said', () => {
    expect(prepareSchema(schema).check({ a: null, b: null })).toMatchObject([
      { at: 'a', why: '`a` is null', legal: 'the call without `a`' },
    ]);
    expect(codes(schema, { b: null })).toEqual([]);
  });
});

describe('hostile schemas', () => {
  it('that double at every step stop in time', () => {
    const $defs: JsonObject = { a0: { type: 'string' } };
    for (let i = 1; i < 60; i++)
      $defs[`a${i}`] = { allOf: [{ $ref: `#/$defs/a${i - 1}` }, { $ref: `#/$defs/a${i - 1}` }] };
    expect(whys({ $defs, properties: { x: { $ref: '#/$defs/a59' } } }, { x: 's' })).toEqual([
      ': checking the arguments against the schema took too long',
    ]);
  });

  it('with a catastrophic pattern stop in time, whichever engine takes it', () => {
    for (const pattern of ['^(a+)+$', '^(?!x)(a+)+$', '(a|aa)+$', '^(a+)+\\1$']) {
      expect(codes({ properties: { x: { type: 'string', pattern } } }, { x: `${'a'.repeat(200)}!` }), pattern).toEqual([
        'schema.invalid',
      ]);
    }
  });

  it('with a catastrophic property pattern stop in time', () => {
    expect(codes({ patternProperties: { '^(a+)+$': { type: 'string' } } }, { [`${'a'.repeat(60)}!`]: 1 })).toEqual([
      'schema.invalid',
    ]);
  });

  it('are bounded by constants that a person can read', () => {
    expect([CHECK_TIME_MAX_MS, COMPILE_TIME_MAX_MS]).toEqual([20, 500]);
    expect(withinTime(() => true)).toBe(true);
  });

  it('do not count the time that the processor is given to others, and give up on code that uses it', () => {
    const others = new Int32Array(new SharedArrayBuffer(4));
    let runs = 0;
    // Waiting is interrupted like computing, but costs nothing.
    expect(withinTime(() => ++runs > 1 || Atomics.wait(others, 0, 0, 5_000) === 'ok')).toBe(true);
    expect(runs).toBeGreaterThanOrEqual(2);
    runs = 0;
    expect(withinTime(() => ++runs > 0 && /^(a+)+$/.test(`${'a'.repeat(60)}!`))).toBeNull();
    expect(runs).toBeLessThanOrEqual(4); // more than once only where the test itself was given little of the processor
  });
});

describe('patterns', () => {
  it.each([
    ['^[a-z]+$', 'native'],
    ['^[a-z]{3}$', 'native'],
    ['[a-z]+', 're2'],
    ['^(?:a|b)+$', 're2'],
    ['^(a+)+$', 're2'],
    ['^(?!\\.)[a-z]+$', 'timed'],
    ['(a)\\1', 'timed'],
    ['[\\w-.]', 'timed'],
    ['\\p{L}+', 'timed'],
    ['a{2000}', 'timed'],
    ['(', 'refused'],
  ])('%s runs on the %s engine', (pattern, engine) => {
    expect(planPattern(pattern).engine).toBe(engine);
  });

  it('mean the same in RE2 as in ECMAScript', () => {
    const parser = new RegExpParser({ ecmaVersion: 2025 });
    const atom = fc.constantFrom(
      'a',
      'b',
      '.',
      '\\d',
      '\\w',
      '\\s',
      '\\S',
      '[a-c]',
      '[^a\\s]',
      '[\\d_]',
      '\\.',
      '\\u2028',
      'é',
      '\\b',
      '^',
      '$',
      '\\/',
      '\\x41',
      '\\n',
    );
    const term = fc
      .tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,3}', '+?'))
      .map(([a, q]) => (/^(?:\\b|\^|\$)$/.test(a) ? a : a + q));
    const pattern = fc
      .array(
        fc.oneof(
          term,
          fc.array(term, { minLength: 1, maxLength: 3 }).map((terms) => `(?:${terms.join('|')})`),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((terms) => terms.join(''));
    const text = fc.string({
      unit: fc.constantFrom(
        'a',
        'b',
        'A',
        '1',
        '_',
        ' ',
        '\n',
        '\r',
        '\u2028',
        '\u00a0',
        '\u000b',
        'é',
        '.',
        '/',
        '💡',
      ),
      maxLength: 8,
    });
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 4, maxLength: 4 }), (source, texts) => {
        const translated = toRe2(parser.parsePattern(source, 0, source.length, { unicode: true }));
        fc.pre(translated !== null);
        const re2 = RE2JS.compile(translated ?? '');
        const native = new RegExp(source, 'u');
        for (const sample of texts)
          expect(re2.matcher(sample).find(), `${source} on ${JSON.stringify(sample)}`).toBe(native.test(sample));
      }),
      { numRuns: 3000, seed: 8 },
    );
  });
});
