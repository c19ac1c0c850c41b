import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperandRejected, ValueUnreadable } from '../../core/argument-type.ts';
import { classOfAddress } from './address.ts';
import { judgeUrl } from './judge.ts';
import { readUrl } from './read.ts';
import { urlType, urlView } from './type.ts';

const surroundings = { at: 'url', roots: [], tuning: {}, guessed: false };
const codes = (url: string): readonly string[] => judgeUrl(url, surroundings).map((finding) => finding.code);

/** The ranges that no outsider should be led to, as the IANA registries list them; the oracle for our classes. */
const inside = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  inside.addSubnet(net, bits, 'ipv4');

const octet = fc.integer({ min: 0, max: 255 });
const insideOctets = fc.oneof(
  fc.tuple(fc.constantFrom(0, 10, 127), octet, octet, octet),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
  fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
  fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
  fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
);
type Octets = readonly [number, number, number, number];

const number = ([a, b, c, d]: Octets): number => a * 16_777_216 + b * 65_536 + c * 256 + d;
const wide = (text: string): string =>
  [...text].map((character) => String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0)).join('');
const percent = (text: string): string =>
  [...text].map((character) => `%${(character.codePointAt(0) ?? 0).toString(16)}`).join('');
const hex = (value: number): string => value.toString(16).padStart(2, '0');

const SPELLINGS: Readonly<Record<string, (octets: Octets) => string>> = {
  dotted: (octets) => octets.join('.'),
  decimal: (octets) => String(number(octets)),
  hexadecimal: (octets) => `0x${number(octets).toString(16)}`,
  octal: (octets) => `0${number(octets).toString(8)}`,
  'octal parts': (octets) => octets.map((part) => `0${part.toString(8)}`).join('.'),
  'hexadecimal parts': (octets) => octets.map((part) => `0x${part.toString(16)}`).join('.'),
  'three parts': ([a, b, c, d]) => `${a}.${b}.${c * 256 + d}`,
  'two parts': ([a, b, c, d]) => `${a}.${b * 65_536 + c * 256 + d}`,
  'full width': (octets) => wide(octets.join('.')),
  'ideographic dots': (octets) => octets.join('。'),
  percent: (octets) => percent(octets.join('.')),
  'trailing dot': (octets) => `${octets.join('.')}.`,
  mapped: (octets) => `[::ffff:${octets.join('.')}]`,
  'mapped in hexadecimal': ([a, b, c, d]) => `[::ffff:${hex(a)}${hex(b)}:${hex(c)}${hex(d)}]`,
  nat64: (octets) => `[64:ff9b::${octets.join('.')}]`,
  '6to4': ([a, b, c, d]) => `[2002:${hex(a)}${hex(b)}:${hex(c)}${hex(d)}::1]`,
  userinfo: (octets) => `public.example@${octets.join('.')}`,
  'nip.io': (octets) => `${octets.join('.')}.nip.io`,
  'dashed sslip.io': (octets) => `x-${octets.join('-')}.sslip.io`,
};

describe('an inside address', () => {
  it.each(Object.keys(SPELLINGS))('is seen when spelled %s', (spelling) => {
    fc.assert(
      fc.property(
        insideOctets,
        fc.constantFrom('http://', 'https://', '//', 'http:\\\\', 'HTTP:'),
        fc.constantFrom('', '/', ':8080/x', '?q', '#f'),
        (octets, start, end) => {
          const url = start + (SPELLINGS[spelling] ?? String)(octets) + end;
          expect(codes(url), url).not.toEqual([]);
        },
      ),
      { numRuns: 60, seed: 5 },
    );
  });

  it('agrees with the registries for every IPv4 address', () => {
    fc.assert(
      fc.property(octet, octet, octet, octet, (...octets) => {
        const address = octets.join('.');
        const found = classOfAddress(address);
        if (inside.check(address)) expect(found, address).not.toBe('public');
        else expect(['public', 'reserved', 'metadata'], address).toContain(found);
      }),
      { numRuns: 3000, seed: 6 },
    );
  });
});

describe('a URL without findings', () => {
  it('has, for the platform parser, a public address or a name', () => {
    const part = fc.constantFrom(
      'http:',
      'https:',
      '//',
      '\\',
      '@',
      '#',
      '?',
      '127.0.0.1',
      '10.1',
      '0x7f.1',
      '[::1]',
      'example.com',
      '1.1.1.1',
      'localhost',
      ':80',
      '/',
      ' ',
      '\t',
      '%31',
      '．',
      'a',
      '.',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), (parts) => {
        const text = parts.join('');
        fc.pre(codes(text).length === 0);
        for (const candidate of [text, `http:${text}`, `http://${text}`]) {
          const host = URL.parse(candidate)?.hostname.replace(/^\[|\]$/g, '') ?? '';
          const relative = readUrl(text).kind === 'relative';
          if (!relative && isIP(host) === 4) expect(inside.check(host), `${text} → ${host}`).toBe(false);
          if (!relative && isIP(host) === 6) expect(host, text).not.toBe('::1');
          if (candidate === text) expect(host, text).not.toBe('localhost');
        }
      }),
      { numRuns: 3000, seed: 7, maxSkipsPerRun: 200 },
    );
  });
});

describe('hostile URLs', () => {
  it.each(['a.', 'a@', '1.1.', ' ', '．', '%31', '1-', ':', '@', '\\', '#@'])(
    '%j repeated is read or refused, with few hosts',
    (unit) => {
      const reading = readUrl(`http://${unit.repeat(4000 / unit.length)}x`);
      if (reading.kind === 'url') expect(reading.facts.otherHosts.length).toBeLessThanOrEqual(8);
    },
  );

  it('does not read longer ones', () => {
    expect(codes(`http://example.com/${'a'.repeat(9000)}`)).toEqual(['url.unreadable']);
  });
});

describe('{ type: url }', () => {
  const holds = (key: string, operand: string | number | boolean | string[], value: string): boolean | 'unreadable' => {
    try {
      return urlType.compile(key, operand, {}, 'restrict')(value, { roots: [] }).holds;
    } catch (error) {
      expect(error).toBeInstanceOf(ValueUnreadable);
      return 'unreadable';
    }
  };

  it.each([
    ['schemes', 'https', 'HTTPS://x.example', true],
    ['schemes', 'https', 'http://x.example', false],
    ['hosts', ['api.example.com'], 'https://API.example.com./x', true],
    ['hosts', ['*.example.com'], 'https://a.b.example.com/', true],
    ['hosts', ['*.example.com'], 'https://example.com/', false],
    ['hosts', ['*.example.com'], 'https://example.com.evil.example/', false],
    ['hosts', ['bücher.example'], 'https://xn--bcher-kva.example/', true],
    ['host_not_in', ['api.example.com'], 'https://evil.example/', true],
    ['host_not_in', ['api.example.com'], 'https://api.example.com@evil.example/', 'unreadable'],
    ['host_not_in', ['api.example.com'], 'https://evil.example\\@api.example.com/', 'unreadable'],
    ['hosts', ['api.example.com'], 'https://evil.example\\@api.example.com/', 'unreadable'],
    ['ports', 443, 'https://x.example/', true],
    ['ports', 443, 'https://x.example:8443/', false],
    ['resolves_to', ['metadata'], 'http://2852039166/', true],
    ['resolves_to', ['private', 'loopback'], 'http://127.1/', true],
    ['resolves_to', ['private'], 'https://x.example/', false],
    ['userinfo', true, 'https://a:b@x.example/', true],
    ['userinfo', true, 'https://x.example/', false],
    ['hosts', ['x.example'], '/relative', 'unreadable'],
  ] as const)('%s %j of %s is %s', (key, operand, value, expected) => {
    expect(holds(key, typeof operand === 'object' ? [...operand] : operand, value)).toBe(expected);
  });

  it('refuses operands that make no sense', () => {
    for (const [key, operand] of [
      ['ports', 70_000],
      ['resolves_to', 'moon'],
      ['hosts', 'https://x.example/'],
      ['userinfo', 'yes'],
      ['schemes', []],
    ] as const) {
      expect(() => urlType.compile(key, [operand].flat()[0] ?? [], {}, 'restrict'), key).toThrow(OperandRejected);
    }
  });

  it('shows patterns the canonical URL and host', () => {
    expect(urlView.derive('HTTP://EXAMPLE.com:80/%61')).toEqual(['http://example.com/%61', 'example.com']);
  });
});
