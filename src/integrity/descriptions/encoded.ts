import type { Readable } from './normalise.ts';

export interface Hidden {
  readonly code: 'spelling.tags' | 'spelling.base64' | 'spelling.hex' | 'spelling.percent';
  readonly text: string;
  /** Offsets in the original text. */
  readonly start: number;
  readonly end: number;
  /** What the hiding alone weighs. */
  readonly weight: number;
  readonly why: string;
}

const BASE64 = /(?:[A-Za-z0-9+/]{4}){5,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?/g;
/** Blanks and signs are escaped in honest addresses too; letters are not. */
const PERCENT = /(?:%[2-7][0-9a-f]){8,}|(?:&#(?:x[2-7][0-9a-f]|\d{2,3});){8,}/gi;
const HEX = /(?:\\x[0-9a-f]{2}){8,}|(?:\\u00[0-9a-f]{2}){8,}/gi;
/** Pieces decoded per text; an honest description has none or one. */
const PIECES_MAX = 16;
const DECODED_CHARS_MAX = 8_192;

/** Texts inside a text: tag characters, base64 and escapes that decode to words. */
export function decodeHidden(readable: Readable): Hidden[] {
  const hidden: Hidden[] = [];
  const first = readable.marks.find((mark) => mark.code === 'tags');
  if (readable.hidden.length > 0 && first)
    hidden.push({
      code: 'spelling.tags',
      text: readable.hidden,
      start: first.start,
      end: first.end,
      weight: 0.9,
      why: 'spells hidden text in tag characters',
    });
  if (readable.text.length < 20) return hidden;
  for (const found of hasLongRun(readable.text) ? readable.text.matchAll(BASE64) : []) {
    if (hidden.length >= PIECES_MAX) break;
    if (!/\d|[A-Z]/.test(found[0]) || !/[a-z]/.test(found[0]) || found[0].length > DECODED_CHARS_MAX * 2) continue;
    const text = Buffer.from(found[0], 'base64').toString('utf8');
    if (isWords(text))
      hidden.push({
        code: 'spelling.base64',
        text,
        start: found.index,
        end: found.index + found[0].length,
        weight: 0.4,
        why: 'carries text in base64',
      });
  }
  if (readable.text.includes('\\')) {
    for (const found of readable.text.matchAll(HEX)) {
      if (hidden.length >= PIECES_MAX) break;
      const text = found[0].replace(/\\(?:x|u00)([0-9a-f]{2})/gi, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      );
      if (isWords(text))
        hidden.push({
          code: 'spelling.hex',
          text,
          start: found.index,
          end: found.index + found[0].length,
          weight: 0.4,
          why: 'carries text in escapes',
        });
    }
  }
  if (readable.text.includes('%') || readable.text.includes('&#')) hidden.push(...percents(readable.text));
  return hidden;
}

function percents(text: string): Hidden[] {
  return [...text.matchAll(PERCENT)].slice(0, PIECES_MAX).flatMap((found) => {
    const plain = found[0].replace(/%(\w\w)|&#x(\w\w);|&#(\d+);/gi, (_, percent?: string, hex?: string, dec?: string) =>
      String.fromCharCode(dec === undefined ? Number.parseInt(percent ?? hex ?? '20', 16) : Number(dec)),
    );
    if (!isWords(plain)) return [];
    const end = found.index + found[0].length;
    return [
      { code: 'spelling.percent', text: plain, start: found.index, end, weight: 0.5, why: 'carries text in escapes' },
    ];
  });
}

/** Whether twenty characters stand together without a blank: cheaper to ask than the pattern, and mostly false. */
function hasLongRun(text: string): boolean {
  let run = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    run = code > 0x2a && code < 0x7b ? run + 1 : 0;
    if (run >= 20) return true;
  }
  return false;
}

/** Printable, with blanks: decoded noise is neither. */
function isWords(text: string): boolean {
  return text.length >= 12 && /^[\x20-\x7e\n\r\t]+$/.test(text) && /[a-z]{2,}[ \n][a-z]/i.test(text);
}
