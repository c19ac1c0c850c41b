import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { OperandRejected, ValueUnreadable } from '../../core/argument-type.ts';
import { canonical, placeText } from './canonical.ts';
import { DECODE_ROUNDS_MAX, FORMS_MAX, decode } from './decode.ts';
import { judgePath } from './judge.ts';
import { PATH_CHARS_MAX, readPath } from './read.ts';
import { pathType, pathView } from './type.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'veto-path-')));
for (const directory of ['a', 'a/b', 'c', '..x']) mkdirSync(join(root, directory), { recursive: true });
writeFileSync(join(root, 'a/file.txt'), '');
afterAll(() => rmSync(root, { recursive: true, force: true }));

const roots = [root];
const surroundings = { at: 'path', roots, tuning: { base: root }, guessed: false };
/** Where relative paths start: declared as the root, as a place within it, or not at all, which means the root. */
const starts = [
  { tuning: { base: root }, from: root },
  { tuning: { base: `${root}/a/b` }, from: `${root}/a/b` },
  { tuning: {}, from: root },
];

/** What the kernel would open: links followed where they exist, missing names taken as they are. */
function opened(path: string, from: string): string {
  let real = '/';
  for (const segment of resolveParts(path, from)) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') real = resolve(real, '..');
    else {
      const next = join(real, segment);
      try {
        real = realpathSync(next);
      } catch {
        real = next;
      }
    }
  }
  return real;
}

function resolveParts(path: string, from: string): readonly string[] {
  return (path.startsWith('/') ? path : `${from}/${path}`).split('/');
}

function staysInside(path: string, from: string): boolean {
  const place = opened(path, from);
  return place === root || place.startsWith(root + sep);
}

function decodedOnce(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const piece = fc.constantFrom(
  '..',
  '.',
  '',
  'a',
  'b',
  'c',
  'file.txt',
  '..x',
  '...',
  'etc',
  'passwd',
  'proc',
  'self',
  'root',
  'cwd',
  '%2e%2e',
  '%2E.',
  '%252e%252e',
  '．．',
  '․․',
  '~',
  '..\\..',
  '\\',
  'x y',
  ' ',
  '.. ',
  '%2f..',
);
const spelling = fc
  .tuple(
    fc.constantFrom(
      '',
      '/',
      `${root}/`,
      './',
      '//',
      'file://',
      `file://${root}/`,
      '/proc/self/root/',
      `/proc/self/root${root}/`,
      '/proc/self/cwd/',
    ),
    fc.array(piece, { maxLength: 8 }),
    fc.constantFrom('/', '/', '/', '//', '%2f'),
  )
  .map(([start, pieces, slash]) => start + pieces.join(slash));

describe('a path without findings', () => {
  it('stays inside its root on a real file system, read raw, trimmed, decoded, folded or as a file URL', () => {
    let harmless = 0;
    fc.assert(
      fc.property(spelling, fc.constantFrom(...starts), (path, { tuning, from }) => {
        fc.pre(path !== '' && judgePath(path, { ...surroundings, tuning }).length === 0);
        harmless++;
        const forms = [
          path,
          path.trim(),
          decodedOnce(path),
          decodedOnce(decodedOnce(path)),
          path.normalize('NFKC'),
          path.replaceAll('\\', '/'),
        ];
        for (const form of forms) expect(staysInside(form.replace(/^file:\/\//i, ''), from), form).toBe(true);
      }),
      { numRuns: 4000, seed: 20261122, maxSkipsPerRun: 200 },
    );
    expect(harmless).toBeGreaterThan(1000);
  });

  it('is what honest relative and absolute paths are', () => {
    const name = fc
      .stringMatching(/^[A-Za-z0-9][A-Za-z0-9_ ()-]{0,12}[A-Za-z0-9]$/)
      .filter((text) => !/^id_|^(?:con|nul|aux|prn)$/i.test(text));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), fc.boolean(), (names, absolute) => {
        const path = (absolute ? `${root}/` : '') + names.join('/');
        expect(judgePath(path, surroundings)).toEqual([]);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

/** Ways that decoders, servers and shells have taken for `..` and for a separator. */
const UPS = String.raw`.. %2e%2e %252e%252e %25252e%25252e .%2e %2e. %c0%ae%c0%ae %e0%80%ae%e0%80%ae ．． ‥ 0x2e0x2e
  %u002e%u002e %uff0e%uff0e \x2e\x2e \u002e\u002e \056\056 &#46;&#46; &#x2e;&#x2e; ..%00 %00.. ..; ..%3b
  ..%20 ..%09 ..%0a ..%23 ..%3f ..%ff ..%c2%a0 %%32%65%%32%65 %%32e%%32e %25%32%65%25%32%65 .... ...
  %C0%2E%C0%2E %c0.%c0.`;
const SEPARATORS = String.raw`/ \ // /./ \/ /\ %2f %5c %252f %255c %25252f %c0%af %c1%9c %e0%80%af %f0%80%80%af
  %u2215 %u2216 0x2f 0x5c \x2f \057 %%32%66 %%35%63 ∕ ／ ＼ %ef%bc%8f &#47; &sol; %2F %5C /%2e/ %00/`;

describe('a way up', () => {
  it('is found however its dots and its separators are written', () => {
    const separators = SEPARATORS.split(/\s+/);
    const missed = UPS.split(/\s+/).flatMap((up) =>
      separators.flatMap((separator) =>
        [1, 3, 8].flatMap((depth) =>
          ['', './', '/'].flatMap((start) => {
            const path = `${start}${(up + separator).repeat(depth)}etc/passwd`;
            return judgePath(path, surroundings).length === 0 ? [path] : [];
          }),
        ),
      ),
    );
    expect(missed).toEqual([]);
  });
});

describe('canonical', () => {
  it.each([
    ['/a/./b//c/../d', '/a/b/d'],
    ['/../../x', '/x'],
    ['a/../../b', '../b'],
    ['.', '.'],
    ['/proc/self/root/etc', '/etc'],
    ['/proc/123/task/456/root/etc', '/etc'],
    ['/proc/self/root/../etc', '/etc'],
    ['/proc/self/cwd/../x', '../x'],
    ['/dev/fd/3', '/proc/self/fd/3'],
    ['/private/var/x', '/var/x'],
    ['/System/Volumes/Data/Users', '/Users'],
    ['~/x', '~/x'],
    ['$HOME/x', '~/x'],
    ['C:/a/../b', 'c:/b'],
  ])('%s is %s', (written, place) => {
    expect(placeText(canonical(written, 'posix'))).toBe(place);
  });

  it.each([
    ['a\\..\\..\\b', '../b'],
    ['\\\\Host\\share\\x', '//host/share/x'],
    ['\\\\?\\C:\\x', 'c:/x'],
    ['C:\\a.\\b \\c::$DATA', 'c:/a/b/c'],
    ['%SystemRoot%\\System32', 'c:/windows/System32'],
  ])('%s is %s on Windows', (written, place) => {
    expect(placeText(canonical(written, 'windows'))).toBe(place);
  });

  it('is a fixed point: a place read again is the same place', () => {
    fc.assert(
      fc.property(spelling, (path) => {
        const once = placeText(canonical(path, 'posix'));
        expect(placeText(canonical(once, 'posix'))).toBe(once);
      }),
      { numRuns: 1000, seed: 2 },
    );
  });
});

describe('decode', () => {
  it('yields few forms however the text is written', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('%', '2', '5', 'e', 'f', 'c', '0', '.', '/', '\\', 'u', '．', '&', 'x', '\0'),
          maxLength: 200,
        }),
        (text) => {
          const { forms } = decode(text);
          expect(forms.length).toBeLessThanOrEqual(FORMS_MAX);
          expect(forms[0]).toBe(text);
        },
      ),
      { numRuns: 1000, seed: 3 },
    );
  });

  it(`reports what is encoded more than ${DECODE_ROUNDS_MAX} times`, () => {
    let text = '..';
    const encode = (inner: string): string => inner.replaceAll('%', '%25').replaceAll('.', '%2e');
    for (let round = 0; round <= DECODE_ROUNDS_MAX; round++) text = encode(text);
    expect(decode(text).disguises.map((disguise) => disguise.kind)).toContain('nested');
  });

  it('reports an overlong escape with its span', () => {
    expect(decode('x/%c0%ae').disguises).toEqual([
      { kind: 'encoding', why: 'percent-encodes bytes that are not valid UTF-8', span: [2, 8] },
    ]);
  });
});

describe('hostile paths', () => {
  const repeat = (unit: string): string =>
    unit.repeat(Math.ceil(PATH_CHARS_MAX / unit.length)).slice(0, PATH_CHARS_MAX);
  it.each([
    '.',
    ' ',
    '%25',
    '../',
    '{..,',
    '\\',
    '%c0%ae/',
    '．',
    '..%2f\\',
    '[.?',
    '/',
    '%u2215',
    '\\x2e',
    ':',
    '%u',
    '~/',
    '$HOME/',
    '..;',
    '2e2e2f',
  ])('%j repeated makes few places', (unit) => {
    const facts = readPath(repeat(unit));
    expect(facts.places.length).toBeLessThanOrEqual(FORMS_MAX * 12);
  });

  it('does not read longer ones', () => {
    expect(judgePath('a'.repeat(PATH_CHARS_MAX + 1), surroundings).map((finding) => finding.code)).toEqual([
      'path.unreadable',
    ]);
  });

  it('shows control characters escaped and the start only', () => {
    const [finding] = judgePath(`/etc/\u202e${'x'.repeat(200)}`, surroundings);
    expect(finding?.why).toContain('\\u{202e}');
    expect(finding?.why.length).toBeLessThan(400);
  });
});

describe('windows roots', () => {
  const windows = { at: 'path', roots: ['C:\\Data'], tuning: {}, guessed: false };
  it.each([
    ['C:\\Data\\report.csv', []],
    ['c:/data/report.csv', []],
    ['report.csv', []],
    ['C:\\Data\\..\\Windows', ['path.traversal', 'path.sensitive']],
    ['D:\\x', ['path.outside_roots']],
    ['\\Windows\\x', ['path.outside_roots']],
    ['C:\\Data\\con.txt', ['path.device']],
  ])('%s → %j', (path, codes) => {
    expect(judgePath(path, windows).map((finding) => finding.code)).toEqual(codes);
  });
});

describe('{ type: path }', () => {
  const settings = { roots: ['/data'] };
  const holds = (
    key: string,
    operand: string | string[],
    value: string,
    base?: string,
    polarity: 'permit' | 'restrict' = 'restrict',
  ): boolean | 'unreadable' => {
    const condition = pathType.compile(key, operand, base === undefined ? {} : { base }, polarity);
    try {
      return condition(value, settings).holds;
    } catch (error) {
      expect(error).toBeInstanceOf(ValueUnreadable);
      return 'unreadable';
    }
  };

  it.each([
    ['under', '/data', '/data/x', true],
    ['under', '/data', '/data-2/x', false],
    ['under', '/data', 'x', true],
    ['under', '/data', '../x', false],
    ['under', '/etc', '/ETC/passwd', 'unreadable'],
    ['under', '/data', '/data/%2e%2e/etc', 'unreadable'],
    ['not_under', '/data', '/etc/passwd', true],
    ['not_under', '/data', '/data/a..b.txt', false],
    ['not_under', '/data', '/data\\..\\..\\etc', 'unreadable'],
    ['names', '*.csv', '/data/a.csv', true],
    ['names', '*.csv', '/data/a.csv/b', false],
    ['deny_names', ['.env*', 'id_*'], '/data/.ENV', true],
    ['deny_names', ['.env*'], '/data/.env.d/x', true],
    ['deny_names', ['.env*'], '/data/environment', false],
    ['extensions', ['csv', '.txt'], '/data/A.CSV', true],
    ['extensions', ['csv'], '/data/csv', false],
  ] as const)('%s %j of %s is %s', (key, operand, value, expected) => {
    expect(holds(key, typeof operand === 'string' ? operand : [...operand], value)).toBe(expected);
  });

  it('permits what has no denied name', () => {
    expect(holds('deny_names', ['.env*'], '/data/.env', undefined, 'permit')).toBe(false);
    expect(holds('deny_names', ['.env*'], '/data/a.csv', undefined, 'permit')).toBe(true);
  });

  it('resolves against `base`', () => {
    expect(holds('under', '/srv/app', '../app/x', '/srv/app')).toBe(true);
  });

  it('cannot place a relative path without a base', () => {
    expect(() => pathType.compile('under', '/data', {}, 'permit')('x', { roots: [] })).toThrow(ValueUnreadable);
  });

  it('refuses operands that make no sense', () => {
    for (const operand of ['relative', 3, [], [''], null])
      expect(() => pathType.compile('under', operand, {}, 'permit'), String(operand)).toThrow(OperandRejected);
    expect(() => pathType.compile('under', '/x', { base: 'relative' }, 'permit')).toThrow(OperandRejected);
  });

  it('shows patterns every place that a text names', () => {
    expect(pathView.derive('/data/%2e%2e/etc')).toContain('/etc');
  });
});
