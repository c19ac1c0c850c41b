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
  const fields = inOrder(record, limits.fieldCharsMax);
  const whole = JSON.stringify(fields);
  // Shorter as a whole than any part may be: the usual case.
  const fits = isWithin(whole, Math.min(limits.argumentBytesMax, limits.detailBytesMax));
  return fits ? whole : encodeParts(fields, limits);
}

/** Whether a text has no more than so many bytes in UTF-8. */
function isWithin(text: string, bytesMax: number): boolean {
  return text.length * UNIT_BYTES_MAX <= bytesMax || (text.length <= bytesMax && Buffer.byteLength(text) <= bytesMax);
}

/** Bytes of one UTF-16 code unit in UTF-8, at most. */
const UNIT_BYTES_MAX = 3;

type Fields = { readonly [K in keyof AuditRecord]-?: AuditRecord[K] };

/** The literal's order is the order in the body: first every field of bounded size, then the others. */
function inOrder(record: AuditRecord, charsMax: number): Fields {
  return {
    kind: record.kind,
    atMs: record.atMs,
    callId: short(record.callId, charsMax),
    gateway: short(record.gateway, charsMax),
    principal: shortened(record.principal, charsMax),
    onBehalfOf: shortened(record.onBehalfOf, charsMax),
    keyId: shortened(record.keyId, charsMax),
    address: shortened(record.address, charsMax),
    method: shortened(record.method, charsMax),
    server: shortened(record.server, charsMax),
    target: shortened(record.target, charsMax),
    fingerprint: shortened(record.fingerprint, charsMax),
    argumentsDigest: shortened(record.argumentsDigest, charsMax),
    decision: record.decision,
    rule: shortened(record.rule, charsMax),
    policyHash: shortened(record.policyHash, charsMax),
    code: shortened(record.code, charsMax),
    reason: shortened(record.reason, charsMax),
    outcome: record.outcome,
    durationMs: record.durationMs,
    resultDigest: shortened(record.resultDigest, charsMax),
    resultBytes: record.resultBytes,
    arguments: record.arguments,
    findings: record.findings,
    client: record.client,
    facts: record.facts,
    shadow: record.shadow,
    alerts: record.alerts,
    detail: record.detail,
  };
}

/** Field by field, those of unbounded size cut. */
function encodeParts(fields: Fields, { argumentBytesMax, detailBytesMax }: EncodeLimits): string {
  const { arguments: args, findings, client, facts, shadow, alerts, detail, ...head } = fields;
  let text = JSON.stringify(head).slice(0, -1);
  if (args !== undefined) text += bounded('arguments', args, argumentBytesMax);
  for (const [name, value] of Object.entries({ findings, client, facts, shadow, alerts, detail })) {
    if (value !== undefined) text += bounded(name, value, detailBytesMax);
  }
  return `${text}}`;
}

function shortened(text: string | undefined, charsMax: number): string | undefined {
  return text === undefined ? undefined : short(text, charsMax);
}

function short(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  return `${text.slice(0, charsMax)}… [cut, ${text.length} characters, sha256 ${sha256(text)}]`;
}

function bounded(name: string, value: JsonValue, bytesMax: number): string {
  const text = JSON.stringify(value);
  if (isWithin(text, bytesMax)) return `,"${name}":${text}`;
  const cut: Cut = { bytes: Buffer.byteLength(text), digest: sha256(text) };
  return `,"${name}":${JSON.stringify(beginning(text, bytesMax))},"${name}Cut":${JSON.stringify(cut)}`;
}

/** At most `bytesMax` UTF-8 bytes from the beginning, never half a character. */
function beginning(text: string, bytesMax: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytesMax));
  return text.slice(0, read);
}
