import { Buffer } from 'node:buffer';
import { sha256 } from '../core/canonical-json.ts';
import type { JsonValue } from '../core/json.ts';
import type { AuditRecord } from './record.ts';

/** Bounds of what is recorded. */
export interface EncodeLimits {
  /** JSON text of `arguments` in UTF-8 bytes; what is longer is cut and marked. */
  readonly argumentBytesMax: number;
  /** JSON text of `findings`, `client`, `facts`, `shadow`, `alerts` and `detail`, each, in UTF-8 bytes. */
  readonly detailBytesMax: number;
  /** Any single text field (`target`, `reason`, …) in UTF-16 code units. */
  readonly fieldCharsMax: number;
}

export const ENCODE_LIMITS: EncodeLimits = { argumentBytesMax: 16_384, detailBytesMax: 16_384, fieldCharsMax: 4_096 };

/** How a cut value is marked: under the value's own name with `Cut` appended. */
export interface Cut {
  /** Length of the JSON text that was cut, in UTF-8 bytes. */
  readonly bytes: number;
  /** SHA-256 of that text, lower-case hexadecimal. */
  readonly digest: string;
}

/**
 * The body of a record: JSON text in one line, keys in a fixed order, absent fields left out. This text is what is
 * hashed, stored and exported, so it is built exactly once. Control characters and lone surrogates come out escaped
 * (ECMA-262, JSON.stringify). A value over its limit becomes a string with the beginning of its JSON text, and
 * `<name>Cut` beside it carries length and digest of the whole.
 */
export function encodeRecord(record: AuditRecord, limits: EncodeLimits = ENCODE_LIMITS): string {
  let text = encodeHead(record, limits.fieldCharsMax);
  if (record.arguments !== undefined) text += bounded('arguments', record.arguments, limits.argumentBytesMax);
  if (record.findings !== undefined) text += bounded('findings', record.findings, limits.detailBytesMax);
  if (record.client !== undefined) text += bounded('client', record.client, limits.detailBytesMax);
  if (record.facts !== undefined) text += bounded('facts', record.facts, limits.detailBytesMax);
  if (record.shadow !== undefined) text += bounded('shadow', record.shadow, limits.detailBytesMax);
  if (record.alerts !== undefined) text += bounded('alerts', record.alerts, limits.detailBytesMax);
  if (record.detail !== undefined) text += bounded('detail', record.detail, limits.detailBytesMax);
  return `${text}}`;
}

/** Every field of bounded size, without the closing brace. The literal's order is the order in the body. */
function encodeHead(record: AuditRecord, charsMax: number): string {
  const head = {
    kind: record.kind,
    atMs: record.atMs,
    callId: short(record.callId, charsMax),
    gateway: short(record.gateway, charsMax),
    principal: short(record.principal, charsMax),
    onBehalfOf: short(record.onBehalfOf, charsMax),
    keyId: short(record.keyId, charsMax),
    address: short(record.address, charsMax),
    method: short(record.method, charsMax),
    server: short(record.server, charsMax),
    target: short(record.target, charsMax),
    fingerprint: short(record.fingerprint, charsMax),
    argumentsDigest: short(record.argumentsDigest, charsMax),
    decision: record.decision,
    rule: short(record.rule, charsMax),
    policyHash: short(record.policyHash, charsMax),
    code: short(record.code, charsMax),
    reason: short(record.reason, charsMax),
    outcome: record.outcome,
    durationMs: record.durationMs,
    resultDigest: short(record.resultDigest, charsMax),
    resultBytes: record.resultBytes,
  } satisfies Partial<Record<keyof AuditRecord, JsonValue | undefined>>;
  return JSON.stringify(head).slice(0, -1);
}

function short(text: string | undefined, charsMax: number): string | undefined {
  if (text === undefined || text.length <= charsMax) return text;
  return `${text.slice(0, charsMax)}… [cut, ${text.length} characters, sha256 ${sha256(text)}]`;
}

function bounded(name: string, value: JsonValue, bytesMax: number): string {
  const text = JSON.stringify(value);
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return `,"${name}":${text}`;
  const cut: Cut = { bytes: Buffer.byteLength(text), digest: sha256(text) };
  return `,"${name}":${JSON.stringify(beginning(text, bytesMax))},"${name}Cut":${JSON.stringify(cut)}`;
}

/** At most `bytesMax` UTF-8 bytes from the beginning, never half a character. */
function beginning(text: string, bytesMax: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytesMax));
  return text.slice(0, read);
}
