import type { RecordQuery } from '../../audit/record.ts';
import type { JsonObject } from '../../core/json.ts';

// A signature says of a stretch of the log which field values may occur in it: a Bloom filter (B. H. Bloom,
// "Space/time trade-offs in hash coding with allowable errors", 1970). It may say "maybe" of a value that is not there,
// never "no" of one that is; queries look at the records themselves in the end.

/** Size of one signature: 13 bits and more for each of about 300 distinct values in a stretch of 128 records. */
export const SIGNATURE_BYTES = 512;
const BITS_MASK = SIGNATURE_BYTES * 8 - 1;
const PROBES = 4;

/** Fields that a query can name one value of. */
const FIELDS = ['gateway', 'principal', 'server', 'target', 'code', 'callId'] as const;
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
  const tokens = tokensOf(body);
  if (typeof body['kind'] === 'string') tokens.push(`kind\n${body['kind']}`);
  for (const token of tokens) {
    if (known.has(token)) continue;
    known.add(token);
    set(signature, token);
  }
}

/** A test for signatures: false only where no record can answer the query. */
export function prepareTest(query: RecordQuery): (signature: Uint8Array) => boolean {
  const all = tokensOf(query).map(probesOf);
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
  for (const bit of probesOf(token)) {
    const byte = bit >> 3;
    signature[byte] = (signature[byte] ?? 0) | (1 << (bit & 7));
  }
}

function has(signature: Uint8Array, probes: readonly number[]): boolean {
  return probes.every((bit) => ((signature[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0);
}

/** Bit positions of a token: FNV-1a, twice with different starts, combined (Kirsch and Mitzenmacher, 2006). */
function probesOf(token: string): number[] {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < token.length; i++) {
    const unit = token.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
  }
  a ^= a >>> 15;
  b ^= b >>> 13;
  return Array.from({ length: PROBES }, (_, probe) => (a + Math.imul(probe, b | 1)) & BITS_MASK);
}
