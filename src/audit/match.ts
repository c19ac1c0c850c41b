import { isObject, type JsonObject } from '../core/json.ts';
import type { RecordQuery } from './record.ts';

/** Query fields that are compared with a body's field of the same name. */
const EQUALS = ['gateway', 'principal', 'server', 'target', 'code', 'callId'] as const;

/** The body of a stored record as an object; null when somebody broke it. */
export function readBody(body: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Where the values of unbounded size begin; inside a string every quote would have a backslash before it. */
const TAIL = /,"(?:arguments|findings|client|facts|shadow|alerts|detail)(?:Cut)?":/;

/** The fields of bounded size of a body, for a third of the cost of all; null when somebody broke it. */
export function readHead(body: string): JsonObject | null {
  const end = body.search(TAIL);
  return readBody(end < 0 ? body : `${body.slice(0, end)}}`);
}

/**
 * A test of body texts that is cheaper than reading them: false only where no answer to the query can be. Relies on
 * bodies being written by `encodeRecord`.
 */
export function prepareGlance(query: RecordQuery): (body: string) => boolean {
  const parts = EQUALS.filter((name) => query[name] !== undefined).map(
    (name) => `"${name}":${JSON.stringify(query[name])}`,
  );
  return (body) => parts.every((part) => body.includes(part));
}

/** Whether a record body answers a query; `afterSeq` and `limit` are the store's part. */
export function matchesQuery(body: JsonObject, query: RecordQuery): boolean {
  const atMs = typeof body['atMs'] === 'number' ? body['atMs'] : 0;
  if (query.sinceMs !== undefined && atMs < query.sinceMs) return false;
  if (query.untilMs !== undefined && atMs > query.untilMs) return false;
  if (query.kinds !== undefined && !query.kinds.some((kind) => kind === body['kind'])) return false;
  for (const name of EQUALS) {
    if (query[name] !== undefined && query[name] !== body[name]) return false;
  }
  return true;
}
