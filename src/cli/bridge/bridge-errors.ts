import type { RpcError } from '../../core/exchange.ts';
import { REFUSALS, type RefusalCode } from '../../core/refusal.ts';
import type { End } from './gateway-http.ts';

/** What an HTTP status means when the gateway, or a proxy before it, says no more than that. */
const BY_STATUS: Readonly<Record<number, RefusalCode>> = {
  401: 'AUTHN_REQUIRED',
  403: 'AUTHN_INVALID',
  404: 'GATEWAY_UNKNOWN',
  413: 'BODY_TOO_LARGE',
  429: 'FLOOD',
  503: 'OVERLOADED',
};

/** The gateway did not answer at all. Outside of what JSON-RPC and the protocol keep for themselves. */
const GATEWAY_UNREACHABLE = -31030;

/** The JSON-RPC error that an exchange without an answer amounts to. Names the endpoint, never the key. */
export function errorOf(end: End, endpoint: string): RpcError {
  if (end.kind === 'refused') return refusedBy(end);
  if (end.kind === 'complete') {
    return {
      code: GATEWAY_UNREACHABLE,
      message: 'the gateway ended its answer before it was complete; the call may have run',
    };
  }
  const hint = end.why === 'ECONNREFUSED' ? '; is `veto serve` running there?' : '';
  return { code: GATEWAY_UNREACHABLE, message: `no answer from the gateway at ${endpoint} (${end.why})${hint}` };
}

function refusedBy({ status, error, retryAfterMs }: Extract<End, { kind: 'refused' }>): RpcError {
  const code = BY_STATUS[status];
  const said = error ?? {
    code: code === undefined ? GATEWAY_UNREACHABLE : REFUSALS[code].rpcCode,
    message: `the gateway answered HTTP ${status}${code === undefined ? '' : `: ${REFUSALS[code].sentence}`}`,
  };
  return retryAfterMs === null || said.data !== undefined ? said : { ...said, data: { retryAfterMs } };
}
