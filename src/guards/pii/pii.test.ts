import { RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as checks from './checks.ts';
import { PII_FORMATS } from './formats-table.ts';
import { PII_CLASSES, scanPii } from './scan.ts';

const all = new Set<string>(PII_CLASSES);
const found = (text: string): readonly string[] => scanPii(text, all).map((detection) => detection.name);

describe('personal data', () => {
  it.each([
    ['write to bob.smith+x@mail.example.com today', 'email address'],
    ['call +49 30 901820', 'phone number'],
    ['call (212) 555-0187', 'phone number'],
    ['phone: 030 1234 5678', 'phone number'],
    ['card 4111 1111 1111 1111', 'payment card'],
    ['378282246310005', 'payment card'],
    ['IBAN DE89 3704 0044 0532 0130 00', 'IBAN'],
    ['GB82WEST12345698765432', 'IBAN'],
    ['536-90-4399', 'US social security number'],
    ['AB 12 34 56 C', 'UK national insurance number'],
    ['Steuer-ID 86 095 742 719', 'German tax number'],
    ['2 55 08 14 168 025 38', 'French social security number'],
    ['12345678Z', 'Spanish DNI or NIE'],
    ['X1234567L', 'Spanish DNI or NIE'],
    ['RSSMRA85T10A562S', 'Italian fiscal code'],
    ['BSN: 111222333', 'Dutch BSN'],
    ['529.982.247-25', 'Brazilian CPF'],
    ['2341 2341 2346', 'Indian Aadhaar number'],
    ['SIN 130 692 544', 'Canadian social insurance number'],
    ['PESEL 44051401359', 'Polish PESEL'],
    ['811218-9876', 'Swedish personal number'],
    ['TFN 123 456 782', 'Australian tax file number'],
    ['NHS 943 476 5919', 'NHS number'],
    ['1EG4-TE5-MK73', 'US Medicare identifier'],
    ['NPI 1234567893', 'US provider identifier'],
    ['DEA AB1234563', 'US DEA number'],
    ['Medicare 2123 45670 1', 'Australian Medicare number'],
    ['MRN: 00123456', 'medical record number'],
  ])('%s', (text, name) => {
    expect(found(text)).toEqual([name]);
  });

  it.each([
    'version 1.2.3, build 20261122.1, 192.168.10.20, 2026-11-22T10:00:00Z',
    'order 1234567890123456, invoice 4111 1111 1111 1112',
    '000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567',
    '0123456789 9876543210 1111111111 4444444444444444',
    'user@localhost, @scope/package, git@github.com:acme/app.git, a@b',
    'https://user@git.example.com/a and postgres://app:word@db.example.com/app',
    'sizes 1024 2048 4096 8192, timings 12.5 13.7 14.2 15.9',
    'GB82WEST12345698765433, AB123456E, 12345678A, RSSMRA85T10A562T',
    'uuid 550e8400-e29b-41d4-a716-446655440000 sha 356a192b7913b04c54574d18c28d46e6395428ab',
  ])('not in: %s', (text) => {
    expect(found(text)).toEqual([]);
  });

  it('is only what the named classes say', () => {
    expect(
      scanPii('bob@mail.example.com 4111111111111111', new Set(['payment-card'])).map((detection) => detection.name),
    ).toEqual(['payment card']);
  });

  it('has forms without open-ended repetition, so that time is in proportion to the text', () => {
    for (const { name, form } of PII_FORMATS) {
      visitRegExpAST(new RegExpParser({ ecmaVersion: 2025 }).parsePattern(form.source), {
        onQuantifierEnter: (node) => expect(node.parent.type === 'Alternative' ? node.max : 0, name).toBeLessThan(100),
      });
    }
  });
});

describe('check digits', () => {
  const digits = (length: number): fc.Arbitrary<string> =>
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((list) => list.join(''));

  it.each<[string, (text: string) => boolean, string]>([
    ['Luhn', checks.luhn, '4111111111111111'],
    ['NHS', checks.ukNhs, '9434765919'],
    ['German tax number', checks.deTaxId, '86095742719'],
    ['CPF', checks.brCpf, '52998224725'],
    ['Aadhaar', checks.inAadhaar, '234123412346'],
    ['PESEL', checks.plPesel, '44051401359'],
    ['NPI', checks.usNpi, '1234567893'],
    ['BSN', checks.nlBsn, '111222333'],
    ['TFN', checks.auTfn, '123456782'],
  ])('%s notices every single wrong digit', (_, check, valid) => {
    expect(check(valid)).toBe(true);
    for (let at = 1; at < valid.length; at++) {
      for (let digit = 0; digit < 10; digit++) {
        const wrong = valid.slice(0, at) + String(digit) + valid.slice(at + 1);
        if (wrong !== valid) expect(check(wrong), wrong).toBe(false);
      }
    }
  });

  it('let about one number in ten or fewer pass by chance', () => {
    for (const [check, length] of [
      [checks.ukNhs, 10],
      [checks.brCpf, 11],
      [checks.inAadhaar, 12],
      [checks.caSin, 9],
      [checks.nlBsn, 9],
    ] as const) {
      let passed = 0;
      fc.assert(
        fc.property(digits(length), (text) => void (passed += check(text) ? 1 : 0)),
        { numRuns: 2000, seed: 10 },
      );
      expect(passed).toBeLessThan(260);
    }
  });
});
