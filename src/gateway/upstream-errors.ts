import type { Resolved } from '../core/call.ts';
import type { Answer, RpcError } from '../core/exchange.ts';
import { isObject } from '../core/json.ts';
import { refuse } from '../core/refusal.ts';
import { answerRefusal } from './answers.ts';

const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const LEGACY_RESOURCE_NOT_FOUND = -32002;
/** Header mismatch and unsupported version speak of the hop between gateway and upstream, not of the client's. */
const OF_OUR_HOP: readonly number[] = [-32020, -32022];
const MISSING_CAPABILITY = -32021;

/** An upstream's error as this client may get it: unchanged, but for the codes that differ by era or by hop. */
export function passError(error: RpcError, call: Resolved): Answer {
  const { code } = error;
  if (OF_OUR_HOP.includes(code)) {
    return answerRefusal(refuse('UPSTREAM_FAILED', undefined, { detail: error.message }), call.method, call.id);
  }
  if (code === MISSING_CAPABILITY) return missingCapability(error, call);
  const isModern = call.client.era === 'modern';
  if (call.method === 'resources/read') return { kind: 'error', httpStatus: 200, error: notFoundIn(error, isModern) };
  return { kind: 'error', httpStatus: isModern && code === METHOD_NOT_FOUND ? 404 : 200, error };
}

/** True of the client too: passed on. True of our hop only, because the operator does not relay it: a refusal. */
function missingCapability(error: RpcError, call: Resolved): Answer {
  const required =
    isObject(error.data) && isObject(error.data.requiredCapabilities) ? error.data.requiredCapabilities : {};
  const declared = Object.keys(required).filter((name) => isObject(call.client.capabilities[name]));
  if (declared.length === 0) return { kind: 'error', httpStatus: 400, error };
  const names = declared.map((name) => `\`${name}\``).join(', ');
  const refusal = refuse('RELAY_REFUSED', `the server needs ${names}, which this gateway does not pass on`);
  return answerRefusal(refusal, call.method, call.id);
}

/** "Resource not found" is -32002 up to 2025-11-25 and -32602 since 2026-07-28; it names the URI in its data. */
function notFoundIn(error: RpcError, isModern: boolean): RpcError {
  if (isModern && error.code === LEGACY_RESOURCE_NOT_FOUND) return { ...error, code: INVALID_PARAMS };
  const named = error.code === INVALID_PARAMS && isObject(error.data) && typeof error.data.uri === 'string';
  return !isModern && named ? { ...error, code: LEGACY_RESOURCE_NOT_FOUND } : error;
}
