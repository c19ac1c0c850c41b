/**
 * Ways to write a path so that a filter sees another one than the program behind it. Each is undone here, and what
 * no honest writer does is named as a disguise.
 * Sources: RFC 3986, 2.1–2.4 (percent-encoding, unreserved characters, decode once), RFC 3629, 3 (overlong UTF-8),
 * UAX #15 (NFKC), Unicode TR 36 on visual spoofing.
 */

/** A way of writing that serves only to hide. */
export interface Disguise {
  readonly kind: 'nul' | 'control' | 'encoding' | 'nested' | 'unreadable';
  readonly why: string;
  readonly span?: readonly [number, number];
}

export interface Decoded {
  /** The text as it came, then each further form, every one different; at most `FORMS_MAX`, else it is unreadable. */
  readonly forms: readonly string[];
  readonly disguises: readonly Disguise[];
}

/** Rounds of percent-decoding. A text that can still be decoded after that is a disguise in itself. */
export const DECODE_ROUNDS_MAX = 3;
/** Bounds the work per path. Texts that mix that many ways of writing are no names. */
export const FORMS_MAX = 16;

const CONTROL = /[\u0001-\u001f\u007f]/;
/** Neither `%` nor anything beyond plain printable ASCII: nothing below can change such a text. */
const PLAIN = /^[\x20-\x24\x26-\x7e]*$/;
const NOTATION = /0x2[5ef]|0x5c|\\x|\\u00|\\0?(?:56|57|134)|&|2e2e|\.\.(?:2f|5c)|:\$/i;

export function decode(text: string): Decoded {
  if (PLAIN.test(text) && !NOTATION.test(text)) return { forms: [text], disguises: [] };
  const disguises: Disguise[] = [];
  const forms = new Set<string>([text]);
  let current = text;
  for (let round = 0; round < DECODE_ROUNDS_MAX && current.includes('%'); round++) {
    const next = decodeRound(current, disguises, round > 0);
    if (next === current) break;
    forms.add(next);
    current = next;
  }
  const stream = STREAM.exec(text);
  if (stream !== null) disguises.push(disguise('names a stream of a file (NTFS)', [stream.index, text.length]));
  if (decodesOn(current))
    disguises.push({ kind: 'nested', why: `is percent-encoded more than ${DECODE_ROUNDS_MAX} times` });
  for (const form of [...forms]) addSpellings(form, forms);
  for (const form of forms) nameControls(form, text, disguises);
  if (forms.size > FORMS_MAX) disguises.push({ kind: 'unreadable', why: 'mixes too many ways of writing' });
  return { forms: [...forms].slice(0, FORMS_MAX), disguises };
}

/** True when another round would still change the text: it was wrapped once too often to be a name. */
function decodesOn(text: string): boolean {
  return text.includes('%') && decodeRound(text, [], true) !== text;
}

/** `web.config::$DATA` is `web.config`: attribute types of [MS-FSCC], 2.1.5, behind a name. */
const STREAM =
  /:\$(?:DATA|INDEX_(?:ALLOCATION|ROOT)|BITMAP|ATTRIBUTE_LIST|EA(?:_INFORMATION)?|FILE_NAME|OBJECT_ID|REPARSE_POINT)(?![a-z])/i;

const ESCAPES = /%u([0-9a-f]{4})|(?:%[0-9a-f]{2})+/gi;
/** `frame%04d.png`: a printf field, as image and video tools take it, not an escape. */
const PRINTF_FIELD = /^%(?:0[1-9]|1[0-9])$/;
const NEEDLESS = /%(?:2e|3[0-9]|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])/i;

function decodeRound(text: string, disguises: Disguise[], again: boolean): string {
  return text.replace(ESCAPES, (run: string, wide: string | undefined, at: number) => {
    const span: readonly [number, number] | undefined = again ? undefined : [at, at + run.length];
    if (wide !== undefined) {
      disguises.push(disguise('uses the non-standard `%uXXXX` escape', span));
      return String.fromCharCode(Number.parseInt(wide, 16));
    }
    if (PRINTF_FIELD.test(run) && text[at + run.length] === 'd') return run;
    if (NEEDLESS.test(run)) disguises.push(disguise('percent-encodes characters that never need it', span));
    return decodeBytes(run, disguises, span);
  });
}

function disguise(why: string, span: readonly [number, number] | undefined): Disguise {
  return { kind: 'encoding', why, ...(span === undefined ? {} : { span }) };
}

function decodeBytes(run: string, disguises: Disguise[], span: readonly [number, number] | undefined): string {
  try {
    return decodeURIComponent(run);
  } catch {
    disguises.push(disguise('percent-encodes bytes that are not valid UTF-8', span));
    return foldOverlong(Buffer.from(run.replaceAll('%', ''), 'hex').toString('latin1'));
  }
}

/** Reads overlong UTF-8 as old decoders did: `C0 AE` is a dot, `C0 AF` and `E0 80 AF` slashes, `C1 9C` a backslash. */
function foldOverlong(bytes: string): string {
  return bytes
    .replace(/\xc0([\x80-\xbf])/g, (_, low: string) => String.fromCharCode(low.charCodeAt(0) & 0x3f))
    .replace(/\xc1([\x80-\xbf])/g, (_, low: string) => String.fromCharCode(0x40 | (low.charCodeAt(0) & 0x3f)))
    .replace(/(?:\xe0|\xf0\x80|\xf8\x80\x80|\xfc\x80\x80\x80)\x80([\x80-\xbf])/g, (_, low: string) =>
      String.fromCharCode(low.charCodeAt(0) & 0x3f),
    );
}

const SLASH_LOOKALIKES = /[\u2044\u2215\u29f8\u1735\u2571\u3033\uefc8]/g;
const BACKSLASH_LOOKALIKES = /[\u2216\u29f5\u29f9\u2572\u00a5\u20a9]/g;
const DOT_LOOKALIKES = /[\u00b7\u2219\u22c5\u0387\u06d4\u0701\u0702\u3002\uff61\ufe52]/g;
const IGNORABLE = /[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/g;
const BEYOND_ASCII = /[^\x00-\x7f]/;

function addSpellings(form: string, forms: Set<string>): void {
  if (BEYOND_ASCII.test(form)) {
    const visible = form.replace(IGNORABLE, '');
    forms.add(visible);
    const folded = foldLookalikes(visible);
    forms.add(folded);
    forms.add(foldOverlong(form));
    addNotations(folded, forms);
  }
  addNotations(form, forms);
}

function foldLookalikes(text: string): string {
  return text
    .normalize('NFKC')
    .replace(SLASH_LOOKALIKES, '/')
    .replace(BACKSLASH_LOOKALIKES, '\\')
    .replace(DOT_LOOKALIKES, '.');
}

/** What a notation stands for may be an escape again. */
function addNotations(form: string, forms: Set<string>): void {
  if (!NOTATION.test(form)) return;
  const read = readNotations(form);
  if (read === form) return;
  forms.add(read);
  if (read.includes('%')) forms.add(decodeRound(read, [], true));
}

const CODES: Readonly<Record<string, string>> = { '25': '%', '2e': '.', '2f': '/', '5c': '\\' };
const OCTAL: Readonly<Record<string, string>> = { '56': '.', '57': '/', '134': '\\' };
const NAMED: Readonly<Record<string, string>> = { sol: '/', bsol: '\\', period: '.' };

/**
 * `0x2e`, `\x2e`, `\u002e`, `\056`, `&#46;`, `&period;`, and escapes that lost their percent sign: `..2f`, `2e2e2f`.
 */
function readNotations(text: string): string {
  return text
    .replace(/(?:0x|\\x|\\u00)(25|2e|2f|5c)/gi, (whole, code: string) => CODES[code.toLowerCase()] ?? whole)
    .replace(/\\0?(56|57|134)/g, (whole, code: string) => OCTAL[code] ?? whole)
    .replace(/&#x0*([2-7][0-9a-f])(?![0-9a-f]);?/gi, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    )
    .replace(/&#0*(3[2-9]|[4-9]\d|1[01]\d|12[0-6])(?!\d);?/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/&(sol|bsol|period);/gi, (whole, name: string) => NAMED[name.toLowerCase()] ?? whole)
    .replace(/(?:2e|\.){2}(2f|5c)/gi, (_, code: string) => `..${CODES[code.toLowerCase()] ?? ''}`);
}

function nameControls(form: string, original: string, disguises: Disguise[]): void {
  const nul = form.indexOf('\0');
  const raw = form === original;
  if (nul >= 0 && !disguises.some((d) => d.kind === 'nul')) {
    disguises.push({ kind: 'nul', why: 'contains a NUL character', ...(raw ? { span: [nul, nul + 1] as const } : {}) });
  }
  const control = form.search(CONTROL);
  if (control >= 0 && !disguises.some((d) => d.kind === 'control')) {
    const span = [control, control + 1] as const;
    disguises.push({ kind: 'control', why: 'contains a control character', ...(raw ? { span } : {}) });
  }
}
