import type { Exchange } from '../core/exchange.ts';
import { isObject, own, type JsonObject, type JsonValue } from '../core/json.ts';
import { META } from '../mcp/revisions.ts';

const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

export function isLogLevel(level: JsonValue | undefined): level is string {
  return typeof level === 'string' && LEVELS.includes(level);
}

/** Whether a message of `level` is wanted by someone who asked for `wanted` and above (RFC 5424 severities). */
export function reaches(level: JsonValue | undefined, wanted: string): boolean {
  return LEVELS.indexOf(typeof level === 'string' ? level : '') >= LEVELS.indexOf(wanted);
}

function metaOf(exchange: Exchange): JsonObject {
  const meta = own(exchange.params, '_meta');
  return isObject(meta) ? meta : {};
}

/** The log level that this very request asked for (2026-07-28); null when it asked for none. */
export function requestedLevel(exchange: Exchange): string | null {
  const level = own(metaOf(exchange), META.logLevel);
  return isLogLevel(level) ? level : null;
}

export function progressToken(exchange: Exchange): string | number | null {
  const token = own(metaOf(exchange), 'progressToken');
  return typeof token === 'string' || typeof token === 'number' ? token : null;
}

/**
 * Passes a notification that belongs to one call on to its client: progress under the client's own token, log messages
 * only as loud as wanted (on 2026-07-28 only when this request asked, Utilities › Logging), nothing unrequested.
 * @param sessionLevel what the legacy session set by `logging/setLevel`; `debug` until it says so
 */
export function passNotification(exchange: Exchange, method: string, params: JsonObject, sessionLevel: string): void {
  if (method === 'notifications/progress') {
    const token = progressToken(exchange);
    if (token !== null) exchange.notify(method, { ...params, progressToken: token });
    return;
  }
  if (method === 'notifications/message') {
    const wanted = exchange.client.era === 'modern' ? requestedLevel(exchange) : sessionLevel;
    if (wanted !== null && reaches(params.level, wanted)) exchange.notify(method, params);
    return;
  }
  if (exchange.client.era === 'legacy') exchange.notify(method, params);
}
