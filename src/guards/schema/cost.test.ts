import fc from 'fast-check';
import { Compile } from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { isObject } from '../../core/json.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { stepsFor } from './cost.ts';
import { planPattern } from './pattern.ts';
import { CHECK_STEPS_MAX, prepareSchema } from './prepare.ts';
import { vetSchema } from './vet.ts';

const list = <Item>(count: number, make: (i: number) => Item): Item[] =>
  Array.from({ length: count }, (_, i) => make(i));
const map = (count: number, make: (i: number) => readonly [string, JsonValue]): JsonObject =>
  Object.fromEntries(list(count, make));
const stepsOf = (schema: JsonObject, args: JsonObject): number =>
  stepsFor(args, vetSchema(schema).rates, CHECK_STEPS_MAX);
const isTimed = (schema: JsonObject, args: JsonObject): boolean => !(stepsOf(schema, args) <= CHECK_STEPS_MAX);

const NAMES = map(3_000, (i) => [`b${i}`, 1]);
const ITEMS: JsonObject = { l: list(3_000, (i) => i) };
const TEXT: JsonObject = { l: ['a'.repeat(200_000)] };
const each = (schema: JsonObject): JsonObject => ({ properties: { l: { items: schema } } });
const all = (make: (i: number) => JsonObject): JsonObject => ({ allOf: list(150, make), additionalProperties: true });

const MULTIPLYING: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ['patternProperties', { patternProperties: map(150, (i) => [`^a${i}`, true]) }, NAMES],
  ['additionalProperties', { properties: map(150, (i) => [`a${i}`, {}]), additionalProperties: { minimum: 0 } }, NAMES],
  ['unevaluatedProperties', { unevaluatedProperties: all(() => ({ minimum: 0 })) }, NAMES],
  ['propertyNames', all(() => ({ propertyNames: { minLength: 1 } })), NAMES],
  ['minProperties', all((i) => ({ minProperties: i })), NAMES],
  ['dependentSchemas', all(() => ({ dependentSchemas: { z: {} } })), NAMES],
  ['dependencies', all(() => ({ dependencies: { z: {} } })), NAMES],
  ['a property named as a keyword', { additionalProperties: { properties: { const: all(() => ({})) } } }, NAMES],
  ['allOf', each(all(() => ({ minimum: 0 }))), ITEMS],
  ['anyOf', each({ anyOf: list(150, (i) => ({ const: -i })) }), ITEMS],
  ['oneOf', each({ oneOf: list(150, (i) => ({ const: -i })) }), ITEMS],
  ['if', each(all(() => ({ if: { minimum: 0 }, then: {}, else: {} }))), ITEMS],
  ['enum', each({ enum: list(150, (i) => ({ a: i })) }), ITEMS],
  ['contains', { properties: { l: all((i) => ({ contains: { const: i }, maxContains: 1 })) } }, ITEMS],
  ['uniqueItems', { properties: { l: { uniqueItems: true } } }, ITEMS],
  ['unevaluatedItems', { properties: { l: { unevaluatedItems: all(() => ({})) } } }, ITEMS],
  ['$ref', { $defs: { x: all(() => ({})) }, ...each({ $ref: '#/$defs/x' }) }, ITEMS],
  ['$ref in a circle', { $defs: { x: each({ $ref: '#/$defs/x' }) }, $ref: '#/$defs/x' }, { l: [] }],
  ['maxLength', each(all(() => ({ maxLength: 200_000 }))), TEXT],
  ['a pattern with many ways', each({ pattern: '^a{0,32}a{0,32}a*c' }), TEXT],
  ['a pattern with a long end', each({ pattern: `^a*${'a'.repeat(900)}c` }), TEXT],
  ['a pattern for RE2', each({ pattern: '[ab]*a[ab]{300}c' }), TEXT],
];

describe('the steps of a check', () => {
  it.each(MULTIPLYING)('are counted where %s multiplies, and the check ends', (_, schema, args) => {
    expect(isTimed(schema, args)).toBe(true);
    const findings = prepareSchema(schema).check(args);
    expect(findings.filter(({ code }) => code !== 'schema.invalid')).toEqual([]);
  });

  it('are too many for hundreds of patterns and thousands of names', () => {
    const schema = { type: 'object', patternProperties: map(1_900, (i) => [`^a${i}`, true]) };
    expect(prepareSchema(schema).check(map(18_000, (i) => [`b${i}`, 1]))).toMatchObject([
      { code: 'schema.invalid', why: 'checking the arguments against the schema took too long' },
    ]);
  });

  it('are few for ordinary calls', () => {
    const closed = map(10, (i) => [`option_${i}`, { type: 'object', properties: {}, additionalProperties: false }]);
    const properties = { path: { type: 'string' }, text: { type: 'string', maxLength: 1e6 }, ...closed };
    const schema = { type: 'object', properties, required: ['path'] };
    expect(isTimed(schema, { path: 'a', text: 'x'.repeat(50_000), option_1: {} })).toBe(false);
  });

  it('are counted without looking at more parts than it takes', () => {
    const { args, looks } = watched(ITEMS);
    expect(stepsFor(args, { perValue: 10, perCharacter: 0 }, 1_000)).toBeGreaterThan(1_000);
    expect(looks()).toBeLessThan(500);
    expect(stepsFor({ l: ['', ''] }, { perValue: Infinity, perCharacter: 0 }, 1_000)).toBe(Infinity);
  });

  it('are never fewer than the validator takes', () => {
    fc.assert(
      fc.property(schemas, values, (schema, value) => {
        const vetted = vetSchema({ allOf: list(20, () => ({ anyOf: [schema, {}] })), additionalProperties: true });
        const { args, looks } = watched(value);
        Compile(vetted.schema as Parameters<typeof Compile>[0]).Check(args); // vetted: as in `prepare.ts`
        // Reading one item, or name and value of one property, takes the validator up to four looks.
        expect(looks()).toBeLessThanOrEqual(4 * stepsFor(value, vetted.rates, Infinity));
      }),
      { numRuns: 300, seed: 8 },
    );
  });
});

describe('what would pass for cheap', () => {
  const evil = '^(a+)+$';
  const text = `${'a'.repeat(60)}!`;

  it.each<[string, JsonObject]>([
    ['a reference into a value', { y: { const: { pattern: evil } }, x: { $ref: '#/properties/y/const' } }],
    ['a reference that is encoded', { y: {}, x: { $ref: '#/properties/%79' } }],
    ['a reference to nothing', { x: { $ref: '#/properties/none' } }],
    ['a dynamic reference', { x: { $dynamicRef: '#x' }, y: { $dynamicAnchor: 'x' } }],
  ])('%s is checked under the time limit', (_, properties) => {
    expect(isTimed({ properties }, { x: '' })).toBe(true);
    prepareSchema({ properties }).check({ x: text });
  });

  it('an anchor that looks like a pointer is checked under the time limit', () => {
    const schema = { $anchor: '/$defs/x', $defs: { x: {} }, properties: { x: { $ref: '#/$defs/x' } } };
    expect(isTimed(schema, { x: '' })).toBe(true);
  });

  it.each(['^' + 'a?'.repeat(40) + 'c', '^' + '(a|a)'.repeat(40) + 'c'])('%s is not run natively', (pattern) => {
    expect(planPattern(pattern).engine).toBe('re2');
  });

  it('are names that are one long pattern', () => {
    const named = (chars: number): JsonObject => ({
      properties: { ['a'.repeat(chars)]: {} },
      additionalProperties: false,
    });
    expect(prepareSchema(named(30_000)).check({})).toMatchObject([{ code: 'schema.unusable' }]);
    expect(isTimed({ ...named(15_000), properties: { a: named(15_000) } }, {})).toBe(false);
    expect(isTimed({ properties: { a: named(15_000), b: named(15_000) } }, {})).toBe(true);
  });

  it('are patterns that are slow to translate', () => {
    const properties = map(4_900, (i) => [`p${i}`, { pattern: `x[a-z]{1000}${i}` }]);
    expect(prepareSchema({ properties }).check({})).toMatchObject([
      { code: 'schema.unusable', why: expect.stringContaining('longer than 500 ms to compile') as string },
    ]);
  });
});

/** The same value, and how often it was looked at. */
function watched<Value extends JsonValue>(value: Value): { readonly args: Value; readonly looks: () => number } {
  let looks = 0;
  const watch = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    return new Proxy(part, {
      get: (target, name) => (looks++, watch(Reflect.get(target, name))),
      has: (target, name) => (looks++, Reflect.has(target, name)),
      ownKeys: (target) => ((looks += Reflect.ownKeys(target).length), Reflect.ownKeys(target)),
      getOwnPropertyDescriptor: (target, name) => (looks++, Reflect.getOwnPropertyDescriptor(target, name)),
    });
  };
  return { args: watch(value) as Value, looks: () => looks }; // a proxy stands in for its target
}

const text = fc.constantFrom('a', 'b', 'bb');
const { value: values } = fc.letrec<{ value: JsonObject; part: JsonValue }>((tie) => ({
  value: fc.dictionary(text, tie('part'), { maxKeys: 3 }) as fc.Arbitrary<JsonObject>,
  part: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(1, 2, null),
    text,
    fc.array(tie('part'), { maxLength: 12 }),
    tie('value'),
  ),
}));
const { schema: schemas } = fc.letrec<{ schema: JsonObject }>((tie) => {
  const one = tie('schema');
  const some = fc.array(one, { minLength: 1, maxLength: 4 });
  const named = fc.dictionary(text, one, { maxKeys: 3 });
  const patterned = fc.dictionary(fc.constantFrom('^a', '^b', '^[ab]$'), one, { maxKeys: 3 });
  const of = <Value>(keyword: string, value: fc.Arbitrary<Value>) => value.map((chosen) => ({ [keyword]: chosen }));
  return {
    schema: fc
      .array(
        fc.oneof(
          { depthSize: 'small' },
          fc.constantFrom<JsonObject>({ type: 'object' }, { minimum: 1 }, { uniqueItems: true }, { required: ['a'] }),
          fc.constantFrom<JsonObject>(
            { enum: [{ a: 1 }, [1, 2]] },
            { minProperties: 1 },
            { minItems: 1 },
            { const: [] },
          ),
          ...['allOf', 'anyOf', 'oneOf', 'prefixItems'].map((keyword) => of(keyword, some)),
          ...['items', 'contains', 'not', 'additionalProperties', 'propertyNames', 'if', 'then'].map((keyword) =>
            of(keyword, one),
          ),
          ...['unevaluatedProperties', 'unevaluatedItems'].map((keyword) => of(keyword, one)),
          ...['properties', 'dependentSchemas'].map((keyword) => of(keyword, named)),
          of('patternProperties', patterned),
        ),
        { maxLength: 3 },
      )
      .map((parts): JsonObject => Object.assign({}, ...parts.filter(isObject)) as JsonObject), // of such parts
  };
});
