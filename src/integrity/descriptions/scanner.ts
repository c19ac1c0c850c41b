import { A } from './acts-table.ts';
import { LEXICON, UNKNOWN } from './lexicon.ts';
import { destinationOf, isSecretPlace } from './places.ts';
import type { Names, Token } from './token.ts';
import { W } from './words-table.ts';

const BREAK = 1;
const STOP = 2;
const QUOTE = 4;
const WORD = 8;
const UPPER = 16;
const ODD = 32;

/** What each ASCII character does; beyond ASCII everything is part of a word, except blanks. */
const KINDS = kindsOfCharacters();

function kindsOfCharacters(): Uint8Array {
  const kinds = new Uint8Array(128);
  const mark = (characters: string, kind: number): void => {
    for (const c of characters) kinds[c.charCodeAt(0)] = (kinds[c.charCodeAt(0)] ?? 0) | kind;
  };
  mark(' \t\r\f\v\n()[]{}<>,;!?|', BREAK);
  mark('"\'`', BREAK | QUOTE);
  mark('.!?;\n', STOP);
  mark('abcdefghijklmnopqrstuvwxyz0123456789_', WORD);
  mark('ABCDEFGHIJKLMNOPQRSTUVWXYZ', WORD | UPPER);
  mark('0123456789_-./\\~@:$%+&=#*^', ODD);
  return kinds;
}

function kindAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code < 128) return KINDS[code] ?? 0;
  // NaN beyond the end; U+00A0, U+2028 and their like separate words.
  return code === 0xa0 || (code >= 0x2000 && code <= 0x206f) || code === 0x3000 ? BREAK : WORD;
}

const QUOTED_MAX = 240;
const CHUNK_MAX = 300;

/** Sentences longer than this are cut: every rule looks at one sentence, so its work stays bounded. */
const TOKENS_MAX = 120;

/**
 * Cuts a readable text into words and hands each sentence over. Linear in the length of the text.
 * @param close takes the tokens of one sentence, at least one
 */
export function scan(text: string, names: Names, close: (tokens: Token[]) => void): void {
  let tokens: Token[] = [];
  const end = (): void => {
    if (tokens.length > 0) close(tokens);
    tokens = [];
  };
  for (let i = 0; i < text.length;) {
    const kind = kindAt(text, i);
    if ((kind & QUOTE) !== 0 && !isWordAt(text, i - 1)) {
      const last = closing(text, i);
      if (last > 0) {
        readQuoted(tokens, text, i + 1, last, names);
        i = last + 1;
        continue;
      }
    }
    if ((kind & STOP) !== 0 && !opensFileName(text, i)) {
      if (isStop(text, i)) end();
      i += 1;
    } else if ((kind & BREAK) !== 0) i += 1;
    else i = readChunk(tokens, text, i, names);
    if (tokens.length >= TOKENS_MAX) end();
  }
  end();
}

/** `.env`: a full stop before a word and after a blank belongs to a name. */
function opensFileName(text: string, at: number): boolean {
  return text[at] === '.' && isWordAt(text, at + 1) && !isWordAt(text, at - 1);
}

function isStop(text: string, at: number): boolean {
  if (text[at] !== '\n') {
    if (at + 1 < text.length && (kindAt(text, at + 1) & BREAK) === 0) return false;
    return !/(?:^|[^a-z])(?:e\.g|i\.e|etc|vs)$/i.test(text.slice(Math.max(0, at - 5), at));
  }
  let next = at + 1;
  while (text[next] === ' ' || text[next] === '\t' || text[next] === '\r') next += 1;
  const c = text[next] ?? '\n';
  if ('\n-*•#<[0123456789'.includes(c)) return true;
  return (kindAt(text, next) & UPPER) !== 0 && /[.:!?]\s*$/.test(text.slice(Math.max(0, at - 3), at));
}

function isWordAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && (kindAt(text, at) & WORD) !== 0;
}

function closing(text: string, at: number): number {
  const quote = text.charCodeAt(at);
  const limit = Math.min(text.length, at + QUOTED_MAX);
  for (let i = at + 1; i < limit; i++) {
    const code = text.charCodeAt(i);
    if (code === quote && !(quote === 0x27 && isWordAt(text, i + 1))) return i > at + 1 ? i : -1;
    if (code === 0x0a && quote !== 0x60) return -1;
  }
  return -1;
}

function readQuoted(tokens: Token[], text: string, start: number, end: number, names: Names): void {
  const inner = text.slice(start, end);
  if (/^[\w.-]+(?:\(\))?$/.test(inner)) {
    tokens.push(odd(inner.replace('()', ''), start, end, true, names));
    return;
  }
  let mask = W.LITERAL;
  let cues = 0;
  let acts = 0;
  for (const chunk of inner.split(/[\s'"`,;|<>()]+/)) {
    mask |= special(chunk);
    const known = LEXICON.get(chunk.toLowerCase()) ?? UNKNOWN;
    cues |= known.cues;
    acts |= known.acts | (ODD_FORM.test(chunk) ? A.ODD : 0);
  }
  const email = inner.includes('@') && (mask & W.SINK) !== 0;
  tokens.push({ start, end, word: inner.toLowerCase(), mask, cues, acts, quoted: true, identifier: false, email });
}

function readChunk(tokens: Token[], text: string, start: number, names: Names): number {
  let end = start;
  let seen = 0;
  for (; end < text.length && end - start < CHUNK_MAX; end++) {
    const kind = kindAt(text, end);
    if ((kind & BREAK) !== 0) {
      // An apostrophe inside a word belongs to it: don't, user's.
      if (text[end] !== "'" || !isWordAt(text, end + 1) || !isWordAt(text, end - 1)) break;
    }
    seen |= kind & ODD || (end > start ? kind & UPPER : 0);
  }
  if ((seen & ODD) !== 0 && text.slice(start, end).includes('://')) end = endOfAddress(text, start, end);
  const next = end;
  while (end > start && '.:,*_=#-'.includes(text[end - 1] ?? ' ')) end -= 1;
  if (end === start) return Math.max(next, start + 1);
  const chunk = text.slice(start, end);
  tokens.push(seen === 0 ? plain(chunk, start, end, names) : odd(chunk, start, end, false, names));
  // The full stop that was cut off still ends the sentence.
  const stop = text.slice(end, next).indexOf('.');
  return stop < 0 ? next : end + stop;
}

function endOfAddress(text: string, start: number, from: number): number {
  let end = from;
  while (end < text.length && end - start < CHUNK_MAX && !/[\s"'`<>]/.test(text[end] ?? ' ')) end += 1;
  return end;
}

/** A word of letters only: by far the most. */
function plain(chunk: string, start: number, end: number, names: Names): Token {
  const word = chunk.toLowerCase();
  const known = LEXICON.get(word) ?? UNKNOWN;
  const mask = known.mask | (word === names.self ? W.SELF : 0);
  const { cues, acts } = known;
  return { start, end, word, mask, cues, acts, quoted: false, identifier: false, email: false };
}

/** A number, an address, a flag: what may be a value somebody put there. */
const ODD_FORM = /\d{3}|[\w-]\.\w{2}|^--?\w|[\w]=|^\+\d|_[a-z]+_/i;

/** A word with digits, signs or inner capitals, or in quotes. */
function odd(chunk: string, start: number, end: number, quoted: boolean, names: Names): Token {
  const word = chunk.toLowerCase();
  const extra = special(chunk);
  const identifier = extra === 0 && isIdentifier(chunk, quoted);
  const known = LEXICON.get(word) ?? UNKNOWN;
  let mask = extra | (quoted ? 0 : wordMask(word));
  if (identifier) mask |= nameMask(word, names);
  else if (word === names.self) mask |= W.SELF;
  if (quoted && !identifier) mask |= W.LITERAL;
  if (word.length > 1 && /^[-+]?\d[\d.,%]*$/.test(word)) mask |= W.LITERAL;
  const email = (extra & W.SINK) !== 0 && chunk.includes('@');
  const acts = known.acts | (ODD_FORM.test(chunk) ? A.ODD : 0);
  return { start, end, word, mask, cues: known.cues, acts, quoted, identifier, email };
}

function wordMask(word: string): number {
  const whole = LEXICON.get(word);
  if (whole !== undefined) return whole.mask;
  if (!/[-/:]/.test(word)) return 0;
  let mask = 0;
  for (const part of word.split(/[-/:]/)) mask |= LEXICON.get(part)?.mask ?? 0;
  return mask;
}

function nameMask(word: string, names: Names): number {
  if (word === names.self) return W.SELF;
  if (names.others.has(word)) return W.OTHER_TOOL;
  return names.parameters.has(word) ? W.ARGUMENT : 0;
}

function special(chunk: string): number {
  if (chunk.length < 4 || chunk.length > CHUNK_MAX) return 0;
  if (!/[./\\~@_]/.test(chunk)) return 0;
  if (isSecretPlace(chunk)) return W.SECRET_PLACE | W.LITERAL;
  const kind = destinationOf(chunk);
  if (kind === 'email' || kind === 'url') return W.SINK | W.LITERAL;
  return kind === 'sample' || /^[~/\\]|^\w:\\/.test(chunk) ? W.LITERAL : 0;
}

function isIdentifier(chunk: string, quoted: boolean): boolean {
  if (!/^[A-Za-z][\w.-]*$/.test(chunk) || chunk.length > 80) return false;
  if (!quoted && /^[a-z]+(?:-[a-z]+){2,}$/.test(chunk))
    return !/-(?:to|of|by|the|and|in|or|a|on|for|per|up|out|as|is|at)-/.test(chunk);
  if (/_[A-Za-z]|[a-z][A-Z]|[a-z]\.[a-z]+_/.test(chunk)) return !/^[A-Z0-9_]+$/.test(chunk) || quoted;
  return quoted;
}
