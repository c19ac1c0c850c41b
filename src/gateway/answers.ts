import type { Answer } from '../core/exchange.ts';
import type { JsonObject } from '../core/json.ts';
import { REFUSALS, type Refusal } from '../core/refusal.ts';

/** A refusal is told from a result or a call by its code, which is one of the table's. */
export function isRefusal(value: object): value is Refusal {
  return 'code' in value && 'message' in value && 'detail' in value;
}

/**
 * A refusal as the client gets it: for `tools/call` a tool result with `isError` where the table says so, so that a
 * model can read it; a JSON-RPC error otherwise. Never anything from `detail`.
 * @param callId given in `_meta`, so that a person can find the record
 */
export function answerRefusal(refusal: Refusal, method: string, callId: string): Answer {
  const kind = REFUSALS[refusal.code];
  const decision: JsonObject = { callId, code: refusal.code };
  if (refusal.retryAfterMs !== undefined) decision.retryAfterSeconds = Math.ceil(refusal.retryAfterMs / 1000);
  if (kind.asToolResult && method === 'tools/call') {
    const text =
      decision.retryAfterSeconds === undefined
        ? refusal.message
        : `${refusal.message} (retry after ${decision.retryAfterSeconds} s)`;
    return {
      kind: 'result',
      result: { content: [{ type: 'text', text }], isError: true, _meta: { 'veto/decision': decision } },
    };
  }
  return {
    kind: 'error',
    httpStatus: kind.httpStatus,
    error: { code: kind.rpcCode, message: refusal.message, ...errorData(refusal, decision) },
    ...(refusal.retryAfterMs === undefined ? {} : { retryAfterMs: refusal.retryAfterMs }),
  };
}

/** `TARGET_UNKNOWN` carries nothing of ours: it must look exactly like a name that does not exist. */
function errorData(refusal: Refusal, decision: JsonObject): { data?: JsonObject } {
  if (refusal.data) return { data: { ...refusal.data } as JsonObject };
  return refusal.code === 'TARGET_UNKNOWN' ? {} : { data: { 'veto/decision': decision } };
}
