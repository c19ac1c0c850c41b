import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdsTelltale } from './telltale.ts';

/** What is looked for, as one expression: the slow way of saying the same. */
const TELLTALE =
  /\b(?:ignore|disregard|forget|override|overrides|supersedes?|precedence|regardless|silently|secretly|covertly|quietly|henceforth|from now on|remainder|bcc|id_rsa|do not|don't|never|without|new task|instructions?)\b|\.(?:ssh|aws|env)\b|@[\w-]+\.|<\s*(?:important|system|secret|hidden|instructions?|admin)|<!--|\[[A-Z ]*(?:SYSTEM|HIDDEN|OVERRIDE|INST)|\|\|\||<\||[A-Za-z0-9+/]{40}|[\u001b\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\udb40]/i;

const WORDS =
  "ignore|disregard|forget|override|overrides|supersede|supersedes|precedence|regardless|silently|secretly|covertly|quietly|henceforth|from now on|remainder|bcc|id_rsa|do not|don't|never|without|new task|instruction|instructions|ssh|aws|env|important|system|hidden|inst|admin".split(
    '|',
  );
const piece = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.constantFrom(...WORDS).map((word) => word.toUpperCase()),
  fc.constantFrom(...WORDS).chain((word) => fc.nat(word.length).map((end) => word.slice(0, end))),
  fc.constantFrom(
    ' ',
    ' ',
    '.',
    '@',
    '<',
    '[',
    '|',
    '||',
    '!--',
    '_',
    '-',
    '+',
    '/',
    "'",
    '\n',
    'ſ',
    'K',
    'é',
    'from now on',
  ),
  fc.constantFrom('\u001b', '\u00ad', '\u200b', '\u2065', '\u2066', '\u{e0041}', '\u{1f600}'),
  fc.nat(45).map((count) => 'a'.repeat(count)),
  fc.string({ maxLength: 6, unit: 'binary' }),
);

describe('holdsTelltale', () => {
  it('finds exactly what the expression finds', () => {
    const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, (one) => {
        expect(holdsTelltale(one)).toBe(TELLTALE.test(one));
      }),
      { numRuns: 20_000 },
    );
  });

  it.each(WORDS.slice(0, WORDS.indexOf('ssh')))('finds `%s` alone and in a sentence', (word) => {
    expect([word, `Then ${word.toUpperCase()}, please`, `x${word}`, `${word}x`].map(holdsTelltale)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
