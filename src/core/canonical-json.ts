import { hash } from 'node:crypto';
import { isRawNumber, type JsonObject, type JsonValue } from './json.ts';

/**
 * RFC 8785 (JSON Canonicalization Scheme): keys sorted by UTF-16 code units, no blanks, numbers as ECMAScript
 * prints them. What the RFC calls an error is kept apart instead, so that two different values never share a form:
 * lone surrogates as `\udXXX` escapes, numbers that JavaScript cannot hold (`isRawNumber`) as their source text. Input
 * depth is bounded where JSON enters (`strict-json.ts`).
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  return canonicalObject(value);
}

/** The only key of a raw JSON value; asked first, because most objects have others. */
const RAW_KEY = 'rawJSON';

function canonicalObject(object: JsonObject): string {
  const keys = Object.keys(object);
  if (keys.length > 1) keys.sort();
  else if (keys[0] === RAW_KEY && isRawNumber(object)) return JSON.stringify(object);
  let text = '{';
  for (const key of keys) {
    const value = object[key];
    if (value === undefined) continue;
    if (text.length > 1) text += ',';
    text += `${JSON.stringify(key)}:${canonicalJson(value)}`;
  }
  return `${text}}`;
}

/** SHA-256 of a text in UTF-8, as lower-case hexadecimal. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

/** SHA-256 over the canonical form: what approvals, pins and records bind to. */
export function digest(value: JsonValue): string {
  return sha256(canonicalJson(value));
}
