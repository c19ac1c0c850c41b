import { isUtf8 } from 'node:buffer';
import type { JsonValue } from './json.ts';

export interface JsonLimits {
  /** Nesting of arrays and objects. */
  readonly depthMax: number;
}

const JSON_LIMITS: JsonLimits = { depthMax: 64 };

/** Why a text is not accepted as JSON. `message` is one sentence for people. */
export class JsonRejected extends Error {
  override readonly name = 'JsonRejected';
  readonly code: 'malformed' | 'too_deep' | 'duplicate_key' | 'unsafe_number';

  constructor(code: JsonRejected['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Parses JSON so that no other parser can read it differently: refuses invalid UTF-8, duplicate keys (RFC 8259, 4:
 * behaviour "unpredictable"), nesting beyond `depthMax`, and numbers that JavaScript cannot hold exactly as integers.
 * @throws JsonRejected
 */
export function parseStrict(source: Buffer | string, limits: JsonLimits = JSON_LIMITS): JsonValue {
  if (typeof source !== 'string' && !isUtf8(source)) throw new JsonRejected('malformed', 'the text is not valid UTF-8');
  const text = typeof source === 'string' ? source : source.toString('utf8');
  const keysWritten = scan(text, limits.depthMax);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    throw new JsonRejected('malformed', 'the text is not valid JSON');
  }
  if (countKeys(value) !== keysWritten) throw new JsonRejected('duplicate_key', 'an object names the same key twice');
  return value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Counts the colons outside strings and bounds the depth, before anything recursive sees the text. */
function scan(text: string, depthMax: number): number {
  let depth = 0;
  let colons = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) i = endOfString(text, i + 1);
    else if (c === COLON) colons++;
    else if (c === 0x7b || c === 0x5b) {
      if (++depth > depthMax) throw new JsonRejected('too_deep', `the text nests deeper than ${depthMax} levels`);
    } else if (c === 0x7d || c === 0x5d) depth--;
  }
  return colons;
}

function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from);
  while (end > 0 && text.charCodeAt(end - 1) === BACKSLASH && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
  return slashes % 2 === 1;
}

function countKeys(value: JsonValue): number {
  if (typeof value === 'number') return checkNumber(value);
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item);
    return count;
  }
  for (const key of Object.keys(value)) count += 1 + countKeys(value[key] ?? null);
  return count;
}

function checkNumber(value: number): 0 {
  const unsafe = !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value));
  if (unsafe)
    throw new JsonRejected('unsafe_number', 'a number is too large to be passed on exactly; send it as a string');
  return 0;
}
