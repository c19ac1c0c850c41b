import { lastSegment } from './names.ts';

export interface Emitted {
  readonly text: string;
  /** A decoder took part: the text was hidden on purpose or by habit. */
  readonly decoded: boolean;
}

/** Longest text worked out, in UTF-16 code units; a longer one counts as unknown. */
const TEXT_MAX = 65_536;

/**
 * What a program prints, when its words and standard input say it fully. Null otherwise.
 * Follows POSIX `echo`, `printf`, `cat`, `tr`, `head`, `tail` and the coreutils and vim decoders.
 */
export function emit(words: readonly string[], input: string | null): Emitted | null {
  const [program, ...args] = words;
  const made = produce(lastSegment(program ?? ''), args, input);
  return made === null || made.text.length > TEXT_MAX ? null : made;
}

function produce(name: string, args: readonly string[], input: string | null): Emitted | null {
  switch (name) {
    case 'echo':
      return { text: echo(args), decoded: false };
    case 'printf':
      return plain(printf(args));
    case 'cat':
    case 'tee':
      return args.some((arg) => name === 'cat' && !arg.startsWith('-')) ? null : plain(input);
    case 'base64':
    case 'base32':
      return isDecoding(args) ? decoded(input, (text) => bytes(text, 'base64'), name) : null;
    case 'openssl':
      return args.includes('-d') && (args[0] === 'base64' || args.includes('-base64') || args.includes('-a'))
        ? decoded(input, (text) => bytes(text, 'base64'), 'base64')
        : null;
    case 'xxd':
      return args.some((arg) => /^-\w*r/.test(arg)) ? decoded(input, (text) => bytes(text, 'hex'), name) : null;
    case 'rev':
      return decoded(input, (text) => text.split('\n').map(reverse).join('\n'), name);
    case 'tr':
      return input === null ? null : translated(args, input);
    case 'gunzip':
    case 'zcat':
    default:
      return null;
  }
}

const plain = (text: string | null): Emitted | null => (text === null ? null : { text, decoded: false });

function decoded(input: string | null, decode: (text: string) => string | null, name: string): Emitted | null {
  if (input === null || name === 'base32') return null;
  const text = decode(input);
  return text === null ? null : { text, decoded: true };
}

const isDecoding = (args: readonly string[]): boolean => args.some((arg) => /^(-\w*[dD]|--decode)/.test(arg));

function bytes(text: string, encoding: 'base64' | 'hex'): string | null {
  const clean = text.replace(/\s+/g, '').replace(/(?:\\x|0x)/g, '');
  const valid = encoding === 'hex' ? /^[0-9a-f]*$/i : /^[A-Za-z0-9+/=_-]*$/;
  return valid.test(clean) ? Buffer.from(clean, encoding).toString('utf8') : null;
}

const reverse = (line: string): string => [...line].toReversed().join('');

function echo(args: readonly string[]): string {
  let i = 0;
  let escapes = false;
  let newline = '\n';
  for (; i < args.length && /^-[neE]+$/.test(args[i] ?? ''); i++) {
    const flags = args[i] ?? '';
    if (flags.includes('n')) newline = '';
    if (flags.includes('e')) escapes = true;
  }
  const text = args.slice(i).join(' ');
  return (escapes ? unescape(text) : text) + newline;
}

function printf(args: readonly string[]): string | null {
  const format = args[0] === '--' ? args[1] : args[0];
  if (format === undefined || format.startsWith('-v')) return null;
  const values = args.slice(args[0] === '--' ? 2 : 1);
  let text = '';
  let used = 0;
  do {
    const before = used;
    text += unescape(format).replace(/%(?:[-0-9.]*)([sbdixq%])/g, (_, kind: string) => {
      if (kind === '%') return '%';
      const value = values[used++] ?? '';
      return kind === 'b' ? unescape(value) : value;
    });
    if (used === before || text.length > TEXT_MAX) break;
  } while (used < values.length);
  return text;
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['a', '\u0007'],
  ['e', '\u001b'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['\\', '\\'],
]);

function unescape(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{1,2})|0?([0-7]{1,3})|u([0-9a-fA-F]{1,4})|([a-z\\]))/g, (all, ...found) => {
    const [hex, octal, unicode, letter] = found as (string | undefined)[]; // the pattern's four groups
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
    if (unicode !== undefined) return String.fromCharCode(Number.parseInt(unicode, 16));
    return NAMED.get(letter ?? '') ?? all;
  });
}

function translated(args: readonly string[], input: string): Emitted | null {
  const deletes = args[0] === '-d';
  const from = ranges(args[deletes ? 1 : 0] ?? '');
  const to = ranges(args[1] ?? '');
  if (from === null || to === null || args[0]?.startsWith('-') === !deletes) return null;
  if (deletes) return { text: [...input].filter((c) => !from.includes(c)).join(''), decoded: true };
  const map = new Map([...from].map((c, i) => [c, to[Math.min(i, to.length - 1)] ?? c]));
  return { text: [...input].map((c) => map.get(c) ?? c).join(''), decoded: true };
}

/** A `tr` set with its ranges written out; null for classes, which are not worked out. */
function ranges(set: string): string | null {
  if (set.includes('[:') || set.includes('[=')) return null;
  return unescape(set).replace(/(.)-(.)/gs, (_, from: string, to: string) => {
    const start = from.charCodeAt(0);
    const count = Math.min(256, Math.max(0, to.charCodeAt(0) - start + 1));
    return Array.from({ length: count }, (__, k) => String.fromCharCode(start + k)).join('');
  });
}
