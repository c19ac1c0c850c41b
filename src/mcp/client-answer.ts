import { isUtf8 } from 'node:buffer';
import type { JsonValue } from '../core/json.ts';
import { JsonRejected } from '../core/strict-json.ts';

/**
 * Parses what an upstream sent. Stricter than `JSON.parse`: UTF-8 must be valid and nesting is bounded. Laxer than
 * `parseStrict`, because results are inspected and re-serialised from this value, so nobody downstream can read the
 * text differently: the last of duplicate keys counts, and numbers that JavaScript cannot hold keep their source text
 * (a raw JSON value, which `JSON.stringify` writes as it came). Identifiers beyond 2^53 thus arrive unharmed.
 * @throws JsonRejected
 */
export function parseAnswer(source: Buffer | string, depthMax: number): JsonValue {
  if (typeof source !== 'string' && !isUtf8(source)) throw new JsonRejected('malformed', 'the text is not valid UTF-8');
  const text = typeof source === 'string' ? source : source.toString('utf8');
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    throw new JsonRejected('malformed', 'the text is not valid JSON');
  }
  return losesDigits(value, depthMax) ? keepDigits(text) : value;
}

/** Whether a number in the value is not what the text said; bounds the depth on the way. */
function losesDigits(value: JsonValue, depthLeft: number): boolean {
  if (typeof value === 'number') return isInexact(value);
  if (typeof value !== 'object' || value === null) return false;
  if (depthLeft <= 0) throw new JsonRejected('too_deep', 'the text nests too deep');
  let loses = false;
  if (Array.isArray(value)) {
    for (const item of value) if (losesDigits(item, depthLeft - 1)) loses = true;
    return loses;
  }
  for (const key in value) if (losesDigits(value[key] ?? null, depthLeft - 1)) loses = true;
  return loses;
}

function isInexact(value: number): boolean {
  return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value));
}

/** `JSON.parse` with source text access (ECMAScript 2026), which TypeScript's library does not describe yet. */
interface SourceText {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

function keepDigits(text: string): JsonValue {
  const json = JSON as unknown as SourceText;
  return json.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && isInexact(value) && !isSame(value, source)
      ? json.rawJSON(source)
      : value,
  ) as JsonValue;
}

/** Doubles end below 310 digits; a longer source has overflowed, or is a fraction that nobody reads exactly. */
const DIGITS_MAX = 400;

function isSame(value: number, source: string): boolean {
  if (!Number.isFinite(value) || source.length > DIGITS_MAX) return false;
  return String(value) === source || !/^-?\d+$/.test(source) || BigInt(source) === BigInt(value);
}
