import { HOMOGLYPHS } from './homoglyphs-table.ts';

/** Something in the spelling that a person does not see and a model does. */
export interface Mark {
  readonly code: 'invisible' | 'bidi' | 'tags' | 'ansi' | 'homoglyph' | 'control';
  readonly start: number;
  readonly end: number;
}

/** A text as a model reads it. */
export interface Readable {
  /** NFKC, without invisible characters, homoglyphs as Latin letters. */
  readonly text: string;
  /** For each UTF-16 unit of `text`, where it came from; null when nothing was moved. */
  readonly origin: Uint32Array | null;
  readonly marks: readonly Mark[];
  /** What tag characters (U+E0000…) spell; empty without them. */
  readonly hidden: string;
}

const NO_MARKS: readonly Mark[] = [];

/** Offset in the original text of offset `at` in the readable one. */
export function originOf(readable: Readable, at: number): number {
  if (!readable.origin) return at;
  const last = readable.origin.length - 1;
  return readable.origin[Math.min(at, last)] ?? 0;
}

/**
 * Folds the spellings by which instructions hide from people or patterns. Plain ASCII comes back untouched.
 * @param text at most `charsMax` long; bounded by the caller
 */
export function normalise(text: string): Readable {
  if (!needsFolding(text)) return { text, origin: null, marks: NO_MARKS, hidden: '' };
  const folding: Folding = { out: '', origin: [], marks: [], hidden: '' };
  for (let i = 0; i < text.length;) {
    const code = text.codePointAt(i) ?? 0;
    const length = code > 0xffff ? 2 : 1;
    i += fold(folding, text, i, code, length);
  }
  return {
    text: folding.out,
    origin: Uint32Array.from([...folding.origin, text.length]),
    marks: folding.marks,
    hidden: folding.hidden,
  };
}

interface Folding {
  out: string;
  readonly origin: number[];
  readonly marks: Mark[];
  hidden: string;
}

function needsFolding(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c > 0x7e || (c < 0x20 && c !== 0x0a && c !== 0x09 && c !== 0x0d)) return true;
  }
  return false;
}

/** @returns how many UTF-16 units were read */
function fold(folding: Folding, text: string, at: number, code: number, length: number): number {
  if (code < 0x7f) return foldAscii(folding, text, at, code);
  const kind = unseen(code);
  if (kind !== null) {
    if (kind === 'tags' && code >= 0xe0020 && code < 0xe007f) folding.hidden += String.fromCharCode(code - 0xe0000);
    if (!isEmojiJoin(text, at, code)) folding.marks.push({ code: kind, start: at, end: at + length });
    return length;
  }
  const letter = text.slice(at, at + length);
  const twin = HOMOGLYPHS.get(letter);
  if (twin !== undefined && besideLatin(text, at, length)) {
    folding.marks.push({ code: 'homoglyph', start: at, end: at + length });
    emit(folding, twin, at);
  } else emit(folding, quoteOf(code) ?? letter.normalize('NFKC'), at);
  return length;
}

function foldAscii(folding: Folding, text: string, at: number, code: number): number {
  if (code === 0x1b) {
    const escape = /^\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]{0,200}(?:\u0007|\u001b\\)?|.)?/u.exec(
      text.slice(at, at + 240),
    );
    const length = escape?.[0].length ?? 1;
    folding.marks.push({ code: 'ansi', start: at, end: at + length });
    return length;
  }
  if (code < 0x20 && code !== 0x0a && code !== 0x09 && code !== 0x0d) {
    folding.marks.push({ code: 'control', start: at, end: at + 1 });
    return 1;
  }
  emit(folding, text[at] ?? '', at);
  return 1;
}

function emit(folding: Folding, piece: string, at: number): void {
  folding.out += piece;
  for (let k = 0; k < piece.length; k++) folding.origin.push(at);
}

/** Characters that are not drawn; of the variation selectors only the supplement. */
function unseen(code: number): Mark['code'] | null {
  if (code >= 0xe0000 && code <= 0xe007f) return 'tags';
  if ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)) return 'bidi';
  if ((code >= 0x200b && code <= 0x200f) || (code >= 0x2060 && code <= 0x2064)) return 'invisible';
  if (code === 0xfeff || code === 0x00ad || code === 0x034f || code === 0x180e || code === 0x3164) return 'invisible';
  if (code === 0x115f || code === 0x1160 || code === 0xffa0 || (code >= 0xe0100 && code <= 0xe01ef)) return 'invisible';
  if (code >= 0x7f && code <= 0x9f) return 'control';
  return null;
}

/** Honest: joiners between pictographs and inside Arabic or Indic words, a byte order mark at the very start. */
function isEmojiJoin(text: string, at: number, code: number): boolean {
  if (code === 0xfeff) return at === 0;
  if (code !== 0x200d && code !== 0x200c) return false;
  return at > 0 && text.charCodeAt(at - 1) > 0x2ff;
}

/** A foreign letter is a disguise only within a word that is otherwise Latin. */
function besideLatin(text: string, at: number, length: number): boolean {
  return isLatin(text.charCodeAt(at - 1)) || isLatin(text.charCodeAt(at + length));
}

function isLatin(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function quoteOf(code: number): string | null {
  if (code === 0x2018 || code === 0x2019 || code === 0x201b) return "'";
  if (code === 0x201c || code === 0x201d || code === 0x201f) return '"';
  if (code === 0x2013 || code === 0x2014 || code === 0x2212) return ' - ';
  return null;
}
