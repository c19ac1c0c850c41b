import type { RpcError } from '../core/exchange.ts';
import { isObject, own, type JsonObject, type JsonValue } from '../core/json.ts';

export type RequestId = string | number;

/** One JSON-RPC 2.0 message, told apart by what it has. An error response may lack an id (unreadable request). */
export type Message =
  | { readonly kind: 'request'; readonly id: RequestId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'result'; readonly id: RequestId; readonly result: JsonObject }
  | { readonly kind: 'error'; readonly id: RequestId | null; readonly error: RpcError };

/** Codes that the protocol defines (JSON-RPC 2.0; MCP 2026-07-28, Basic › Error Codes). */
export const RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** Resource not found, until 2025-11-25. */
  resourceNotFound: -32002,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
} as const;

/** Error codes that only a server of 2026-07-28 or later sends: evidence of its era. */
export function isModernError(code: number): boolean {
  return code === RPC.headerMismatch || code === RPC.missingCapability || code === RPC.unsupportedVersion;
}

function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

/** Reads one message out of a parsed value; null when it is none. Batches are the caller's business. */
export function readMessage(value: JsonValue): Message | null {
  if (!isObject(value) || own(value, 'jsonrpc') !== '2.0') return null;
  const id = own(value, 'id');
  const method = own(value, 'method');
  if (method !== undefined) return typeof method === 'string' ? readCall(value, id, method) : null;
  const error = own(value, 'error');
  if (error !== undefined) return readError(id, error);
  const result = own(value, 'result');
  return isRequestId(id) && isObject(result) ? { kind: 'result', id, result } : null;
}

function readCall(value: JsonObject, id: JsonValue | undefined, method: string): Message | null {
  const params = own(value, 'params') ?? {};
  if (!isObject(params)) return null;
  if (id === undefined) return { kind: 'notification', method, params };
  return isRequestId(id) ? { kind: 'request', id, method, params } : null;
}

function readError(id: JsonValue | undefined, error: JsonValue): Message | null {
  if (!isObject(error)) return null;
  const code = own(error, 'code');
  const message = own(error, 'message');
  const data = own(error, 'data');
  if (typeof code !== 'number' || !Number.isSafeInteger(code)) return null;
  const text = typeof message === 'string' ? message : '';
  const read: RpcError = data === undefined ? { code, message: text } : { code, message: text, data };
  if (isRequestId(id)) return { kind: 'error', id, error: read };
  return id === undefined || id === null ? { kind: 'error', id: null, error: read } : null;
}
