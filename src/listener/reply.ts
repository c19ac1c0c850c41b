import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse, REFUSALS, type Refusal } from '../core/refusal.ts';
import type { RequestId } from '../mcp/json-rpc.ts';
import { errorText } from '../mcp/server-messages.ts';

export type Headers = Readonly<Record<string, string | number>>;

const NONE: Headers = {};

/** Ends a response with a text; does nothing when the client is gone. */
export function send(res: ServerResponse, status: number, type: string, text: string, more: Headers = NONE): void {
  if (res.destroyed || res.writableEnded || res.headersSent) return;
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), ...more });
  res.end(text);
}

export function sendJson(res: ServerResponse, status: number, text: string, more: Headers = NONE): void {
  send(res, status, 'application/json', text, more);
}

/** Ends a response without a body. */
export function sendEmpty(res: ServerResponse, status: number, more: Headers = NONE): void {
  if (res.destroyed || res.writableEnded || res.headersSent) return;
  res.writeHead(status, status === 204 ? more : { 'content-length': 0, ...more });
  res.end();
}

/** Ends a response with a refusal as a JSON-RPC error. The connection closes when much of the body is still to come. */
export function sendRefusal(
  res: ServerResponse,
  refusal: Refusal,
  id: RequestId | null = null,
  more: Headers = NONE,
): void {
  const { httpStatus, rpcCode } = REFUSALS[refusal.code];
  const headers: Record<string, string | number> = { ...more };
  if (refusal.retryAfterMs !== undefined) headers['retry-after'] = retryAfter(refusal.retryAfterMs);
  if (!isBodyShort(res.req)) headers['connection'] = 'close';
  sendJson(res, httpStatus, errorText(id, { code: rpcCode, message: refusal.message }), headers);
}

const SHORT_BODY_BYTES = 64 * 1024;

/** Whether what remains of the body is so little that reading it off is better than hanging up on the client. */
export function isBodyShort(req: IncomingMessage): boolean {
  if (req.complete) return true;
  if (req.headers['transfer-encoding'] !== undefined) return false;
  return Number(req.headers['content-length'] ?? 0) <= SHORT_BODY_BYTES;
}

/** `Retry-After` in whole seconds, at least one (RFC 9110, 10.2.3). */
export function retryAfter(waitMs: number): number {
  return Math.max(1, Math.ceil(waitMs / 1000));
}

const OVERLOAD_WAIT_MS = 1000;

export function overloaded(what: string): Refusal {
  return refuse('OVERLOADED', `the gateway has reached its limit of ${what}; try again shortly`, {
    retryAfterMs: OVERLOAD_WAIT_MS,
  });
}
