/**
 * Credentials without a format of their own: a value that only its name gives away. `API_KEY=…`, `"password": "…"`,
 * `Authorization: Bearer …`. The name must ask for a secret and the value must look drawn by a machine.
 */
import { entropy, isMixedCase, isStandIn, wordiness } from './random.ts';
import { HARMLESS_END, HARMLESS_KEY, TO_VALUE } from './words-table.ts';

/** Where names that ask for a secret are spotted; matched without case by way of their three usual spellings. */
export const KEYWORDS: readonly string[] = [
  'key',
  'token',
  'secret',
  'passw',
  'pwd',
  'auth',
  'cred',
  'bearer',
  'apikey',
  'pass',
  '_pat',
  'appid',
];

export interface Assigned {
  readonly start: number;
  readonly end: number;
  readonly password: boolean;
  /** False when the value is one that nobody needs to hide. */
  readonly secret: boolean;
}

const VALUE = /[A-Za-z0-9_+/=.~!@#$%^*:-]{8,256}/y;
const SEPARATES = /[\s"'`:=>,([{|]/;
const NAME_BEFORE = 24;

/**
 * @param at where the keyword stands
 * @returns the value that is given to the name, or null when there is none or the name asks for nothing secret
 */
export function assignedAt(text: string, at: number): Assigned | null {
  TO_VALUE.lastIndex = at;
  if (!TO_VALUE.test(text)) return null;
  const start = TO_VALUE.lastIndex;
  VALUE.lastIndex = start;
  const value = VALUE.exec(text)?.[0]?.replace(/[.:!=&*,]+$/, (tail) => (tail.startsWith('=') ? tail : ''));
  if (value === undefined || !SEPARATES.test(text.charAt(start - 1))) return null;
  if (text.charAt(start + value.length) === '(' || text.startsWith('-----', at + 3) || saysPublic(text, at))
    return null;
  const name = nameAround(text, at, start);
  if ((HARMLESS_KEY.test(name) && !ACCOUNT_KEY.test(value)) || HARMLESS_END.test(name)) return null;
  const password = /pass|pwd/i.test(name);
  return {
    start,
    end: start + value.length,
    password,
    secret: isSecretValue(value, password && isAssigned(text, at, start)),
  };
}

/** The whole name that the keyword is a part of. */
function nameAround(text: string, at: number, end: number): string {
  const before = /[\w.-]*$/.exec(text.slice(Math.max(0, at - NAME_BEFORE), at))?.[0] ?? '';
  const after = /^[\w-]*/.exec(text.slice(at, end))?.[0] ?? '';
  return before + after;
}

/** 64 bytes in base64: `AZURE_STORAGE_KEY`, which sounds like the name of an entry. */
const ACCOUNT_KEY = /^[A-Za-z0-9+/]{86}==$/;

/** `GPG key: …` is its fingerprint. */
function saysPublic(text: string, at: number): boolean {
  return /(?:public|gpg|pgp|host) $/i.test(text.slice(Math.max(0, at - 8), at));
}

function isAssigned(text: string, at: number, start: number): boolean {
  return /[:=>]|\b(?:is|was)\b|["'] ?, ?["']/.test(text.slice(at, start));
}

const LENGTH_MIN = 16;
const PASSWORD_LENGTH_MIN = 8;
const WORDINESS_MAX = 0.68;

function isSecretValue(value: string, password: boolean): boolean {
  if (password && value.length >= PASSWORD_LENGTH_MIN && isStrongPassword(value) && !isStandIn(value)) return true;
  if (isShortKey(value)) return true;
  if (value.length < LENGTH_MIN || (!/\d/.test(value) && !isMixedLetters(value))) return false;
  if (isReference(value) || isStandIn(value)) return false;
  if (/^[0-9.:+-]+$/.test(value)) return false;
  if (/^(?:0x)?[0-9a-f-]+$/i.test(value)) return entropy(value) >= 2.9;
  return entropy(value) >= 3.2 && looksDrawn(value);
}

/** Too short to be told by its distribution: digits and letters of both cases, changing at every other place. */
function isShortKey(value: string): boolean {
  return (
    value.length >= 12 &&
    value.length < LENGTH_MIN &&
    /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9]+$/.test(value) &&
    changesOf(value) >= value.length / 2 &&
    wordiness(value) <= 0.5 &&
    !isStandIn(value)
  );
}

/** Not the words of an identifier: `endTagBeforeHtml`. */
function isMixedLetters(value: string): boolean {
  return value.length >= 24 ? isMixedCase(value) : isMixedCase(value, 6) && wordiness(value) <= 0.6;
}

/** `process.env.TOKEN_2`, `config/key.v1.json`, `2024-01-01T00:00:00Z`, `v1.2.3-beta.4`. */
function isReference(value: string): boolean {
  return (
    (/^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/.test(value) && wordiness(value) > 0.55) ||
    /^\.{0,2}\/?[\w.-]+(?:\/[\w.@-]+)+\.[a-z]{1,5}$/i.test(value) ||
    /^\d{4}-\d\d-\d\d/.test(value) ||
    /^v?\d+\.\d+\.\d+/.test(value) ||
    /^[A-Za-z]\w*(?:::\w+)+$/.test(value) ||
    /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+){2,}$/.test(value) ||
    /^https?:|^[a-z]+:\/\//i.test(value) ||
    /^(?:sha\d{1,3}|md5)[-:]/i.test(value) ||
    /^[a-z]+(?:[-_][a-z]+){2,}(?:[-_]?\d{1,4})?$/i.test(value)
  );
}

/** Digits spread among the letters, or letters of both cases mixed inside the parts; the fewer, the less like words. */
function looksDrawn(value: string): boolean {
  const changes = changesOf(value);
  if (changes < value.length / 6) return false;
  return wordiness(value) <= (changes >= value.length / 3 && /\d/.test(value) ? 0.9 : WORDINESS_MAX);
}

/** How often digits, small and capital letters take turns. */
function changesOf(value: string): number {
  let changes = 0;
  let last = '';
  for (const character of value) {
    const kind =
      character >= '0' && character <= '9'
        ? 'd'
        : character >= 'a' && character <= 'z'
          ? 'l'
          : character >= 'A' && character <= 'Z'
            ? 'u'
            : last;
    if (last !== '' && kind !== last) changes++;
    last = kind;
  }
  return changes;
}

function isStrongPassword(value: string): boolean {
  if (isReference(value) || (/^[a-z_$][\w$]*\(?$/i.test(value) && !/\d/.test(value) && !isMixedCase(value)))
    return false;
  if (value.length >= 10 && isMixedCase(value) && wordiness(value) <= 0.5) return true;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  return kinds >= 3 && entropy(value) >= 2.7 && wordiness(value) <= 0.8;
}
