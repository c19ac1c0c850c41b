/**
 * Finds credentials in any text, in one pass. In: a text. Out: where each stands and what it is, never the credential.
 * Every position is looked at once; a table over two characters tells whether a format could begin there.
 * Must never happen here: a pattern whose time is more than linear in its own bounded length.
 */
import { SECRET_FORMATS } from './formats-table.ts';
import type { Head, SecretFormat } from './formats-table.ts';
import { KEYWORDS, assignedAt } from './keyword.ts';
import { entropy, isMixedCase, isStandIn, wordiness } from './random.ts';

export interface Detection {
  readonly name: string;
  readonly class: string;
  readonly start: number;
  readonly end: number;
}

/** Detections per text. Who redacts must take a text that reaches it for one that could not be read to the end. */
export const DETECTIONS_MAX = 1000;

interface Candidate {
  readonly anchor: string;
  /** null for keywords. */
  readonly format: Compiled | null;
}

interface Compiled {
  readonly source: SecretFormat;
  readonly pattern: RegExp;
  readonly back: number;
}

const TABLE_BITS = 7;
const table: (readonly Candidate[] | undefined)[] = [];

function register(candidate: Candidate): void {
  const { anchor } = candidate;
  const slot = (anchor.charCodeAt(0) << TABLE_BITS) | anchor.charCodeAt(1);
  table[slot] = [...(table[slot] ?? []), candidate].sort((left, right) => right.anchor.length - left.anchor.length);
}

for (let slot = 0; slot < 1 << (2 * TABLE_BITS); slot++) table[slot] = undefined;
for (const source of SECRET_FORMATS) {
  const compiled: Compiled = { source, pattern: new RegExp(source.form, 'y'), back: source.back ?? 0 };
  for (const anchor of source.anchors) register({ anchor, format: compiled });
}
register({ anchor: '-----BEGIN', format: null });
for (const keyword of KEYWORDS) {
  for (const anchor of new Set([keyword, keyword.toUpperCase(), (keyword[0] ?? '').toUpperCase() + keyword.slice(1)]))
    register({ anchor, format: null });
}

/** Keywords looked at again inside a value that was judged: enough for `secret=token=…`, bounded for a run. */
const NESTED_MAX = 4;

/** The value that was judged last, so that a run of keywords is not judged once for each. */
interface Judged {
  end: number;
  nested: number;
  looks: number;
}

/** Counts work, for tests and limits: each look is at most one match of a form of bounded length. */
export interface Meter {
  looks: number;
}

/** @returns in the order of the text, not overlapping */
export function scanSecrets(text: string, meter?: Meter): readonly Detection[] {
  const found: Detection[] = [];
  const judged: Judged = { end: 0, nested: 0, looks: 0 };
  const last = text.length - 1;
  let previous = last >= 0 ? text.charCodeAt(0) : 0;
  for (let i = 0; i < last; i++) {
    const next = text.charCodeAt(i + 1);
    const candidates = previous < 128 && next < 128 ? table[(previous << TABLE_BITS) | next] : undefined;
    previous = next;
    if (candidates === undefined) continue;
    const detection = detectAt(text, i, candidates, found.at(-1)?.end ?? 0, judged);
    if (detection === null) continue;
    found.push(detection);
    if (found.length === DETECTIONS_MAX) break;
    i = Math.max(i, detection.end - 1);
    previous = i + 1 <= last ? text.charCodeAt(i + 1) : 0;
  }
  if (meter) meter.looks += judged.looks;
  return found;
}

function detectAt(
  text: string,
  at: number,
  candidates: readonly Candidate[],
  from: number,
  judged: Judged,
): Detection | null {
  for (const { anchor, format } of candidates) {
    if (!text.startsWith(anchor, at)) continue;
    judged.looks++;
    const detection =
      format === null ? detectNamed(text, at, anchor, judged) : detectFormat(text, at, anchor, format, from);
    if (detection !== null) return detection;
  }
  return null;
}

function detectNamed(text: string, at: number, anchor: string, judged: Judged): Detection | null {
  if (anchor === '-----BEGIN') return privateKey(text, at);
  if (at < judged.end && judged.nested++ >= NESTED_MAX) return null;
  const assigned = assignedAt(text, at);
  if (assigned === null) return null;
  if (assigned.end > judged.end)
    Object.assign(judged, { end: assigned.end, nested: at < judged.end ? judged.nested : 0 });
  if (!assigned.secret) return null;
  const { start, end, password } = assigned;
  const known = formatAt(text, start);
  if (known !== null) return known;
  return {
    name: password ? 'password' : 'credential named as such',
    class: password ? 'password' : 'token',
    start,
    end,
  };
}

/** A value that has a format of its own is called by that. */
function formatAt(text: string, at: number): Detection | null {
  const slot = (text.charCodeAt(at) << TABLE_BITS) | text.charCodeAt(at + 1);
  for (const { anchor, format } of table[slot] ?? []) {
    const detection =
      format !== null && text.startsWith(anchor, at) ? detectFormat(text, at, anchor, format, at) : null;
    if (detection !== null) return detection;
  }
  return null;
}

const WORD_CHARACTER = /[A-Za-z0-9_]/;
/** What stands before an anchor, by character code: looked up far more often than a pattern should be run. */
const HEADS: Readonly<Record<Head, Uint8Array>> = {
  digits: codes(/[0-9]/),
  hex: codes(/[0-9a-f]/),
  key: codes(/[A-Za-z0-9_+/~.-]/),
};

function codes(of: RegExp): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) => (of.test(String.fromCharCode(code)) ? 1 : 0));
}

function detectFormat(text: string, at: number, anchor: string, format: Compiled, from: number): Detection | null {
  const start = startOf(text, at, anchor, format, from);
  if (start === null) return null;
  format.pattern.lastIndex = start;
  const match = format.pattern.exec(text)?.[0];
  if (match === undefined || match.length < at - start + anchor.length) return null;
  const end = start + match.length;
  const whole = format.source.class !== 'connection';
  if (whole && end < text.length && WORD_CHARACTER.test(text.charAt(end)) && WORD_CHARACTER.test(match.at(-1) ?? ''))
    return null;
  if (!isCredible(match, anchor, format.source)) return null;
  return { name: format.source.name, class: format.source.class, start, end };
}

/** Where the form begins: at the anchor, or where its head does. null when it is part of something longer. */
function startOf(text: string, at: number, anchor: string, { back, source }: Compiled, from: number): number | null {
  if (back === 0) {
    return source.class !== 'connection' && isGlued(text, at, anchor) ? null : at;
  }
  const head = HEADS[source.head ?? 'key'];
  let start = at;
  while (start > from && head[text.charCodeAt(start - 1)] === 1) {
    if (at - start === back) return null;
    start--;
  }
  return start;
}

/** Part of a longer word. A dash counts before long forms, so that a run of anchors is not matched at each. */
function isGlued(text: string, at: number, anchor: string): boolean {
  const before = text.charAt(at - 1);
  if (before === '-') return anchor === 'sk-' || anchor.endsWith('eyJ');
  return WORD_CHARACTER.test(before) && WORD_CHARACTER.test(anchor.charAt(0));
}

function isCredible(match: string, anchor: string, { class: group, name }: SecretFormat): boolean {
  const drawn = match.startsWith(anchor) ? match.slice(anchor.length) : match;
  if (group === 'connection') return isPasswordInUrl(match);
  if (group === 'password')
    return name === 'password hash' || isPasswordLike(match.split(/[\s:/@'"=]+/).findLast(Boolean) ?? '');
  if (name === 'JSON web token' || group === 'private-key') return true;
  if (name === 'OpenAI key' && !/\d/.test(drawn)) return false;
  return !isStandIn(drawn) && entropy(drawn) >= 2.6;
}

const TEMPLATE = /[{}$<>*]|^(?:password|passwd|pass|pwd|secret|token|user|username|pw|xxx+|\.\.\.)$/i;

/** `://user:pass@host` in documentation has words where a real one has a password. */
function isPasswordInUrl(match: string): boolean {
  return isPasswordLike(match.slice(match.indexOf(':', 3) + 1, match.lastIndexOf('@')));
}

/** Not a word or words: it has a digit, a character that joins no words, or letters of both cases in no order. */
function isPasswordLike(password: string): boolean {
  if (password.length < 6 || TEMPLATE.test(password) || isStandIn(password)) return false;
  return /\d|[^\w.-]/.test(password) || isMixedCase(password) || wordiness(password) <= 0.5;
}

const PRIVATE_KEY =
  /-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\\[nr]|[\s"'+,>|]){0,20}(?:[A-Z][A-Za-z-]{2,20}: |[A-Za-z0-9+/=:\\-]{16})/y;
const KEY_END = /-----END (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g;
const KEY_CHARS_MAX = 20_000;

function privateKey(text: string, start: number): Detection | null {
  PRIVATE_KEY.lastIndex = start;
  if (!PRIVATE_KEY.test(text)) return null;
  KEY_END.lastIndex = start;
  const body = text.slice(start, start + KEY_CHARS_MAX);
  KEY_END.lastIndex = 0;
  const close = KEY_END.exec(body);
  return {
    name: 'private key',
    class: 'private-key',
    start,
    end: start + (close === null ? PRIVATE_KEY.lastIndex - start : close.index + close[0].length),
  };
}
