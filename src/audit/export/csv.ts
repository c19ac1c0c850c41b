import type { JsonObject, JsonValue } from '../../core/json.ts';
import { readBody } from '../match.ts';
import type { AuditRecord } from '../record.ts';
import type { Exporter } from './exporter.ts';

/** Fields of a record in the order of their columns. The type makes sure that none is forgotten. */
const FIELDS = Object.keys({
  kind: 1, atMs: 1, callId: 1, gateway: 1, principal: 1, onBehalfOf: 1, keyId: 1, address: 1, client: 1, method: 1,
  server: 1, target: 1, fingerprint: 1, arguments: 1, argumentsDigest: 1, decision: 1, rule: 1, policyHash: 1,
  code: 1, reason: 1, findings: 1, outcome: 1, durationMs: 1, resultDigest: 1, resultBytes: 1, facts: 1,
  shadow: 1, alerts: 1, detail: 1,
} satisfies Record<keyof AuditRecord, 1>); // prettier-ignore

/**
 * Comma-separated values with a heading (RFC 4180), for spreadsheets: `at` is the time in ISO 8601, structured fields
 * are JSON text. A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection),
 * so this form is for reading; the one that can be verified is `jsonl`.
 */
export const csv = {
  name: 'csv',
  head: `${['seq', 'at', ...FIELDS, 'previousHash', 'hash'].join(',')}\r\n`,
  line({ seq, previousHash, hash, body }) {
    const record: JsonObject = readBody(body) ?? { detail: { broken: body } };
    const cells = [seq, timeOf(record['atMs']), ...FIELDS.map((name) => record[name]), previousHash, hash];
    return `${cells.map(cell).join(',')}\r\n`;
  },
} as const satisfies Exporter;

const LATEST_MS = 8.64e15;

function timeOf(atMs: JsonValue | undefined): string {
  return typeof atMs === 'number' && Math.abs(atMs) <= LATEST_MS ? new Date(atMs).toISOString() : '';
}

const FORMULA = /^[=+\-@\t\r]/;

function cell(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
