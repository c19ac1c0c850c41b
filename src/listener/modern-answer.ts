import type { Answer } from '../core/exchange.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import { refuse } from '../core/refusal.ts';
import { META } from '../mcp/revisions.ts';
import { errorText, modernError, modernResult, resultText } from '../mcp/server-messages.ts';
import { refusalAnswer, type Reply } from './hall.ts';
import type { OpenExchange } from './open-exchange.ts';

/** The one request of 2026-07-28 that stays open. */
export const LISTEN = 'subscriptions/listen';

/** Every message of a subscription names it by the client's own request id (2026-07-28, Subscriptions). */
export function tagged(exchange: OpenExchange, params: JsonObject): JsonObject {
  if (exchange.method !== LISTEN) return params;
  const meta = own(params, '_meta');
  return { ...params, _meta: { ...(isObject(meta) ? meta : null), [META.subscriptionId]: exchange.requestId } };
}

/** An answer in the form of 2026-07-28. */
export function encodeModern(exchange: OpenExchange, answer: Answer, serverInfo: JsonObject): Reply {
  if (answer.kind === 'error') {
    const wait = answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs };
    return { text: errorText(exchange.requestId, modernError(answer.error)), status: answer.httpStatus, ...wait };
  }
  const result = modernResult(exchange.method, tagged(exchange, answer.result), serverInfo);
  if (result === null) return encodeModern(exchange, refusalAnswer(refuse('INTERNAL')), serverInfo);
  return { text: resultText(exchange.requestId, result), status: 200 };
}
