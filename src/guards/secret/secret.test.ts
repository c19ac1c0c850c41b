import { readFileSync } from 'node:fs';
import { RegExpParser, type AST } from '@eslint-community/regexpp';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { OperandRejected } from '../../core/argument-type.ts';
import { fill, seeded } from '../../../test/fixtures/recipes.ts';
import { SECRET_FORMATS } from './formats-table.ts';
import { detectNamed, textInspector } from './inspect.ts';
import { entropy, isStandIn, wordiness } from './random.ts';
import { DETECTIONS_MAX, scanSecrets } from './scan.ts';
import { SECRET_CLASSES, secretType } from './type.ts';
import { TO_VALUE } from './words-table.ts';

const recipes = ['secret-forms.yaml', 'secret-forms-second-batch.yaml'].flatMap((file) =>
  z
    .array(z.strictObject({ name: z.string(), text: z.string(), missed: z.literal(true).optional() }))
    .parse(parse(readFileSync(new URL(`../../../test/fixtures/${file}`, import.meta.url), 'utf8'))),
);
const all = new Set<string>(SECRET_CLASSES);

describe('credentials', () => {
  it.each(recipes.filter(({ missed }) => missed === undefined))('$name', ({ text }) => {
    const draw = seeded(3);
    const found = Array.from({ length: 10 }, () => scanSecrets(fill(text, draw)).length > 0).filter(Boolean).length;
    expect(found).toBeGreaterThanOrEqual(6);
  });

  it('are found at the same place whatever stands around them', () => {
    const draw = seeded(4);
    const context = fc.string({
      unit: fc.constantFrom(' ', '\n', '"', "'", '(', ')', ',', ';', 'x ', '日本'),
      maxLength: 30,
    });
    fc.assert(
      fc.property(context, context, (before, after) => {
        const token = fill('ghp_{alnum:36}', draw);
        const [found] = scanSecrets(`${before} ${token}${after === '' ? '' : ` ${after}`}`);
        expect(found).toMatchObject({
          name: 'GitHub token',
          start: before.length + 1,
          end: before.length + 1 + token.length,
        });
      }),
      { numRuns: 300, seed: 9 },
    );
  });

  it('never appear in what is said about them', () => {
    const token = fill('ghp_{alnum:36}', seeded(5));
    const findings = textInspector({ classes: all })?.(`token ${token}`, 'body') ?? [];
    expect(findings.map((finding) => finding.code)).toEqual(['secret.code']);
    expect(JSON.stringify(findings)).not.toContain(token.slice(4, 12));
  });

  it('give themselves away by the name of the argument they stand in', () => {
    expect(detectNamed('password', 'Kx9#mPqv7!Zw', all)).toMatchObject([{ class: 'password', start: 0, end: 12 }]);
    expect(detectNamed('body', 'Kx9#mPqv7!Zw', all)).toEqual([]);
  });
});

describe('honest text', () => {
  it.each([
    'The token is passed to the parser, which keeps the key of each entry.',
    'const apiKey = process.env.API_KEY_V2;',
    'password: string; secret?: string; tokenCount: number',
    'key: "user.settings.notifications.email.enabled.v2"',
    'sha512-3tO9LbuVgdFNIGxpT6UE7EjsMvVTxbcHrkNKZtXKFP6hjXV9Ck5wWDXuUIO2p4UQhKZ0nqYlKq0QfoRNUVVAqw==',
    'see commit 3f2a8c1d9e0b4f5a6c7d8e9f0a1b2c3d4e5f6a7b and 550e8400-e29b-41d4-a716-446655440000',
    'https://example.com/a/b/c?page=12&sort=desc#section-4.2',
    'cacheKey: "d41d8cd98f00b204e9800998ecf8427e"',
    'publicKey: "04a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90"',
    'api_key: "YOUR_API_KEY_HERE_1234"',
    'postgres://user:password@localhost:5432/db',
    'eyJ is how a JSON object begins in base64',
    '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUJ\n-----END CERTIFICATE-----',
    '-----BEGIN PRIVATE KEY----- goes first',
    'AKIAIOSFODNN7EXAMPLE',
    'sk-learn-compatible-estimator-interface-version',
  ])('%s', (text) => {
    expect(scanSecrets(text)).toEqual([]);
  });
});

/** The longest text that a form can take; infinite when a repetition has no end. */
function longest(form: string): number {
  const parser = new RegExpParser({ ecmaVersion: 2025 });
  const length = (node: AST.Node): number => {
    if (node.type === 'Pattern' || node.type === 'Group' || node.type === 'CapturingGroup') {
      return Math.max(...node.alternatives.map(length));
    }
    if (node.type === 'Alternative') return node.elements.reduce((sum, part) => sum + length(part), 0);
    if (node.type === 'Quantifier') return node.max * length(node.element);
    return node.type === 'Assertion' ? 0 : 1;
  };
  return length(parser.parsePattern(form));
}

describe('the scanner', () => {
  it.each([
    'eyJ-',
    '-----BEGIN PRIVATE KEY-----\nAAAAAAAAAAAAAAAAAAAA',
    'APIM',
    'sk-',
    '://a:b',
    'token=',
    'key: "',
    'ops_eyJ-',
    'AQE',
    'Q~',
    'xoxb-',
    'password=',
  ])('looks at most once for each place where %j begins', (unit) => {
    const meter = { looks: 0 };
    const text = unit.repeat(20_000 / unit.length);
    scanSecrets(text, meter);
    // several anchors may begin in one unit, such as `key` and `apikey`
    expect(meter.looks).toBeLessThanOrEqual((4 * text.length) / unit.length);
  });

  it('stops counting where more would say no more', () => {
    const draw = seeded(6);
    const text = Array.from({ length: DETECTIONS_MAX + 50 }, () => fill('ghp_{alnum:36}', draw)).join(' ');
    expect(scanSecrets(text)).toHaveLength(DETECTIONS_MAX);
  });

  it('has formats that are bounded: no open-ended repetition, none within another', () => {
    for (const { name, form } of SECRET_FORMATS) expect(longest(form), name).toBeLessThanOrEqual(14_000);
    expect(longest(TO_VALUE.source)).toBeLessThan(200);
  });
});

describe('randomness', () => {
  it('tells words from drawn letters', () => {
    expect(wordiness('information-transfer-protocol')).toBeGreaterThan(0.8);
    expect(wordiness(fill('{alnum:40}', seeded(1)))).toBeLessThan(0.68);
    expect(entropy('aaaa')).toBe(0);
    expect(entropy('abcd')).toBe(2);
    expect(isStandIn('xxxxxxxxxxxx')).toBe(true);
  });
});

describe('{ type: secret }', () => {
  it('holds for the classes it names', () => {
    const token = fill('ghp_{alnum:36}', seeded(2));
    expect(secretType.compile('classes', ['code'], {}, 'restrict')(token, { roots: [] }).holds).toBe(true);
    expect(secretType.compile('classes', ['payment'], {}, 'restrict')(token, { roots: [] }).holds).toBe(false);
    expect(
      secretType.compile('classes', 'financial', {}, 'restrict')({ card: '4111 1111 1111 1111' }, { roots: [] }).holds,
    ).toBe(true);
  });

  it('names the classes there are', () => {
    expect(() => secretType.compile('classes', 'moon', {}, 'restrict')).toThrow(OperandRejected);
  });
});
