import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonRejected, parseStrict } from './strict-json.ts';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof JsonRejected) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('parseStrict', () => {
  it.each([
    ['{"a":1,"a":2}', 'duplicate_key'],
    ['{"a":{"b":1,"\\u0062":2}}', 'duplicate_key'],
    ['[{"x":[{"k":0,"k":0}]}]', 'duplicate_key'],
    ['{"__proto__":1,"__proto__":2}', 'duplicate_key'],
    ['9007199254740993', 'unsafe_number'],
    ['[1e400]', 'unsafe_number'],
    ['{"n":-9007199254740993}', 'unsafe_number'],
    ['{"a":1,}', 'malformed'],
    ['', 'malformed'],
    ['{"a":1}x', 'malformed'],
    ['{"a":"\\', 'malformed'],
    ['"\u0001"', 'malformed'],
    ['NaN', 'malformed'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'too_deep'],
    ['['.repeat(1_000_000), 'too_deep'],
  ])('refuses %.40s as %s', (text, code) => {
    expect(codeOf(() => parseStrict(text))).toBe(code);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(codeOf(() => parseStrict(Buffer.from([0x22, 0xc3, 0x28, 0x22])))).toBe('malformed');
    expect(codeOf(() => parseStrict(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])))).toBe('malformed');
  });

  it('accepts colons, braces and escaped quotes inside strings', () => {
    const value = { 'a:{"': '\\"}:', b: ['\\\\', ':'] };
    expect(parseStrict(JSON.stringify(value))).toEqual(value);
  });

  it('keeps `__proto__` as a key of its own', () => {
    const value = parseStrict('{"__proto__":{"admin":true}}');
    expect(Object.keys(value ?? {})).toEqual(['__proto__']);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('agrees with JSON.parse on every JSON text that has no duplicate keys or unsafe numbers', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), fc.nat(4), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent);
        const code = codeOf(() => expect(parseStrict(spaced)).toEqual(JSON.parse(spaced)));
        expect(['accepted', 'unsafe_number']).toContain(code);
      }),
    );
  });

  it('reads texts as JSON.parse does, or not at all', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'a', '1', ' ') }),
        (text) => {
          const code = codeOf(() => parseStrict(text));
          if (code !== 'malformed') expect(() => JSON.parse(text)).not.toThrow();
        },
      ),
    );
  });

  it('stays linear on hostile strings', () => {
    expect(codeOf(() => parseStrict(`"${'\\'.repeat(200_000)}`))).toBe('malformed');
    expect(codeOf(() => parseStrict(`"${'\\"'.repeat(100_000)}`))).toBe('malformed');
  });
});
