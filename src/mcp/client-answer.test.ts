import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAnswer } from './client-answer.ts';

const there = (text: string) => JSON.stringify(parseAnswer(text, 64));

describe('parseAnswer', () => {
  it.each([
    '{"id":9007199254740993}',
    '[1152921504606846977,-9007199254740995]',
    '{"a":1e400,"b":123456789012345678901234567890}',
    '{"a":9007199254740991,"b":1.5,"c":"9007199254740993"}',
  ])('passes %s on as it came', (text) => {
    expect(there(text)).toBe(text);
  });

  it('keeps values that JavaScript holds exactly as plain numbers', () => {
    expect(parseAnswer('{"a":1e21,"b":7}', 64)).toEqual({ a: 1e21, b: 7 });
  });

  it('lets the last of duplicate keys count', () => {
    expect(there('{"a":1,"a":2}')).toBe('{"a":2}');
  });

  it('agrees with JSON.parse on everything else', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        expect(parseAnswer(Buffer.from(text), 64)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['nothing', Buffer.from(''), 'not valid JSON'],
    ['half an answer', Buffer.from('{"a":'), 'not valid JSON'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'not valid UTF-8'],
    ['deep nesting', Buffer.from('['.repeat(65) + ']'.repeat(65)), 'nests too deep'],
    ['very deep nesting', Buffer.from('['.repeat(200_000) + ']'.repeat(200_000)), 'nests too deep'],
  ])('refuses %s', (_, bytes, why) => {
    expect(() => parseAnswer(bytes, 64)).toThrow(why);
  });
});
