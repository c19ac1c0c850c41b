import type { RpcError } from '../core/exchange.ts';
import { isObject, own, type JsonObject, type JsonValue } from '../core/json.ts';
import { RPC, type RequestId } from './json-rpc.ts';
import { isCacheable, mayAskForInput } from './methods.ts';
import { META } from './revisions.ts';

/** JSON text of a response; JSON.stringify leaves no line breaks, so it also fits a line of stdio or of an event. */
export function resultText(id: RequestId, result: JsonObject): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result });
}

/** JSON text of an error response; without an id when the request's could not be read (2026-07-28, Basic › Errors). */
export function errorText(id: RequestId | null, error: RpcError): string {
  return JSON.stringify(id === null ? { jsonrpc: '2.0', error } : { jsonrpc: '2.0', id, error });
}

/** JSON text of a notification. */
export function notificationText(method: string, params: JsonObject): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

/** JSON text of a request to the client. */
export function requestText(id: RequestId, method: string, params: JsonObject): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

/**
 * A result as the 2026-07-28 wire wants it: `resultType`, `_meta` with serverInfo, and on complete cacheable results
 * `ttlMs` and `cacheScope`, which is always `private` because every answer was judged for one principal.
 * @returns null when the result may not be sent here (`input_required` where MRTR does not allow it)
 */
export function modernResult(method: string, result: JsonObject, serverInfo: JsonObject): JsonObject | null {
  const type = own(result, 'resultType');
  const resultType = typeof type === 'string' ? type : 'complete';
  if (resultType === 'input_required' && !mayAskForInput(method)) return null;
  const meta = own(result, '_meta');
  const encoded: JsonObject = { ...result, resultType };
  const named: JsonObject = isObject(meta) ? { ...meta } : {};
  if (!Object.hasOwn(named, META.serverInfo)) named[META.serverInfo] = serverInfo;
  encoded['_meta'] = named;
  if (resultType === 'complete' && isCacheable(method)) {
    encoded['ttlMs'] = freshness(own(result, 'ttlMs'));
    encoded['cacheScope'] = 'private';
  }
  return encoded;
}

function freshness(ttlMs: unknown): number {
  return typeof ttlMs === 'number' && Number.isSafeInteger(ttlMs) && ttlMs > 0 ? ttlMs : 0;
}

/**
 * A result as the revisions with `initialize` know it: without the members that 2026-07-28 added, and without structure
 * that is no object, which strict clients of those revisions refuse (with the whole list, when a tool announces one).
 * @returns null when the result means nothing there (`input_required`, tasks of the extension)
 */
export function legacyResult(method: string, result: JsonObject): JsonObject | null {
  return withoutEnvelope(method, withoutLooseStructure(method, result));
}

/** Structure other than an object: what it says also stands in `content` (2026-07-28, Tools › Structured Content). */
function withoutLooseStructure(method: string, result: JsonObject): JsonObject {
  if (method === 'tools/call') {
    const structured = own(result, 'structuredContent');
    if (structured === undefined || isObject(structured)) return result;
    const { structuredContent: _, ...rest } = result;
    return rest;
  }
  const tools = method === 'tools/list' ? own(result, 'tools') : undefined;
  if (!Array.isArray(tools) || !tools.some(announcesLooseStructure)) return result;
  return { ...result, tools: tools.map((tool) => (announcesLooseStructure(tool) ? withoutOutputSchema(tool) : tool)) };
}

function announcesLooseStructure(tool: JsonValue): tool is JsonObject {
  const schema = isObject(tool) ? own(tool, 'outputSchema') : undefined;
  return schema !== undefined && !(isObject(schema) && schema['type'] === 'object');
}

function withoutOutputSchema(tool: JsonObject): JsonObject {
  const { outputSchema, ...rest } = tool;
  return outputSchema === undefined ? tool : rest;
}

function withoutEnvelope(method: string, result: JsonObject): JsonObject | null {
  const type = own(result, 'resultType');
  const cacheable = isCacheable(method) && (Object.hasOwn(result, 'ttlMs') || Object.hasOwn(result, 'cacheScope'));
  const meta = own(result, '_meta');
  const named = isObject(meta) && Object.hasOwn(meta, META.serverInfo);
  if (type === undefined && !cacheable && !named) return result;
  if (type !== undefined && type !== 'complete') return null;
  // Set to undefined, which counts as absent: an object that keys are deleted from is slow to write.
  const encoded: JsonObject = { ...result, resultType: undefined };
  if (cacheable) {
    encoded['ttlMs'] = undefined;
    encoded['cacheScope'] = undefined;
  }
  if (named) {
    const isAlone = Object.keys(meta).length === 1;
    encoded['_meta'] = isAlone ? undefined : { ...meta, [META.serverInfo]: undefined };
  }
  return encoded;
}

/** Codes that earlier revisions defined, and the range that only the specification may fill. */
const RESERVED_FROM = -32099;
const RESERVED_TO = -32020;
const URL_ELICITATION_REQUIRED = -32042;

/** An error as 2026-07-28 allows it to be sent (Basic › Error Codes): no retired codes, none of the reserved range. */
export function modernError(error: RpcError): RpcError {
  if (error.code === RPC.resourceNotFound) return { ...error, code: RPC.invalidParams };
  const defined = error.code >= RPC.unsupportedVersion && error.code <= RPC.headerMismatch;
  const reserved = error.code >= RESERVED_FROM && error.code <= RESERVED_TO;
  if ((reserved && !defined) || error.code === URL_ELICITATION_REQUIRED) return { ...error, code: RPC.internalError };
  return error;
}

/** One event of a stream. `text` is JSON without line breaks; `id` makes it resumable. */
export function eventText(text: string, id: string | null): string {
  return id === null ? `event: message\ndata: ${text}\n\n` : `event: message\nid: ${id}\ndata: ${text}\n\n`;
}

/** 2025-11-25, Transports: an event id with empty data, so that the client can resume from the very start. */
export function primingText(id: string, retryMs: number): string {
  return `id: ${id}\nretry: ${retryMs}\ndata: \n\n`;
}

/** 2024-11-05, HTTP with SSE: where the client has to post its messages. */
export function endpointText(uri: string): string {
  return `event: endpoint\ndata: ${uri}\n\n`;
}

/** A comment, which clients ignore and which keeps intermediaries from closing a quiet stream. */
export const KEEP_ALIVE_TEXT = ': keep-alive\n\n';
