import type { RecordQuery } from '../../audit/record.ts';
import type { JsonObject } from '../../core/json.ts';

// A signature says of a stretch of the log which field values may occur in it: a Bloom filter (B. H. Bloom,
// "Space/time trade-offs in hash coding with allowable errors", 1970). It may say "maybe" of a value that is not there,
// never "no" of one that is; queries look at the records themselves in the end.

/** Size of one signature: 13 bits and more for each of about 300 distinct values in a stretch of 128 records. */
export const SIGNATURE_BYTES = 512;
const BITS_MASK = SIGNATURE_BYTES * 8 - 1;
const PROBES = 4;

/** Fields that a query can name one value of, and that are often the same from record to record. */
const FIELDS = ['gateway', 'principal', 'server', 'target', 'code'] as const;
/** Fields that are often asked for together, while each alone occurs everywhere. */
const PAIRS = [
  ['principal', 'target'],
  ['principal', 'code'],
  ['target', 'code'],
] as const;

/**
 * Adds everything that a query could ask of this record.
 * @param known what was added to the signature before: in most stretches a few values come again and again
 */
export function sign(signature: Uint8Array, body: JsonObject, known = new Set<string>()): void {
  const { gateway, principal, server, target, code, kind, callId } = body;
  if (typeof callId === 'string') set(signature, callToken(callId));
  const what = JSON.stringify([gateway, principal, server, target, code, kind]);
  if (known.has(what)) return;
  known.add(what);
  for (const token of tokensOf(body)) set(signature, token);
  if (typeof kind === 'string') set(signature, `kind\n${kind}`);
}

const callToken = (callId: string): string => `callId\n${callId}`;

/** A test for signatures: false only where no record can answer the query. */
export function prepareTest(query: RecordQuery): (signature: Uint8Array) => boolean {
  const tokens = tokensOf(query);
  if (query.callId !== undefined) tokens.push(callToken(query.callId));
  const all = tokens.map(probesOf);
  const kinds = query.kinds?.map((kind) => probesOf(`kind\n${kind}`));
  return (signature) =>
    all.every((probes) => has(signature, probes)) && (kinds?.some((probes) => has(signature, probes)) ?? true);
}

function tokensOf(from: { readonly [name in (typeof FIELDS)[number]]?: unknown }): string[] {
  const tokens: string[] = [];
  for (const name of FIELDS) {
    const value = from[name];
    if (typeof value === 'string') tokens.push(`${name}\n${value}`);
  }
  for (const [one, other] of PAIRS) {
    const [a, b] = [from[one], from[other]];
    if (typeof a === 'string' && typeof b === 'string') tokens.push(`${one}+${other}\n${a}\n${b}`);
  }
  return tokens;
}

function set(signature: Uint8Array, token: string): void {
  const [a, b] = hashesOf(token);
  for (let probe = 0; probe < PROBES; probe++) {
    const bit = (a + Math.imul(probe, b)) & BITS_MASK;
    const byte = bit >> 3;
    signature[byte] = (signature[byte] ?? 0) | (1 << (bit & 7));
  }
}

function has(signature: Uint8Array, probes: readonly number[]): boolean {
  return probes.every((bit) => ((signature[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0);
}

/** Bit positions of a token, as a test wants them. */
function probesOf(token: string): number[] {
  const [a, b] = hashesOf(token);
  return Array.from({ length: PROBES }, (_, probe) => (a + Math.imul(probe, b)) & BITS_MASK);
}

/** FNV-1a, twice with different starts, to be combined (Kirsch and Mitzenmacher, 2006). */
function hashesOf(token: string): readonly [number, number] {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < token.length; i++) {
    const unit = token.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
  }
  a ^= a >>> 15;
  b ^= b >>> 13;
  return [a, b | 1];
}
