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

/** The JSON-RPC error that an exchange without an answer amounts to. Names the endpoint, never the key. */
export function errorOf(end: End, endpoint: string): RpcError {
  if (end.kind === 'refused') return refusedBy(end);
  const { rpcCode } = REFUSALS.UPSTREAM_FAILED;
  if (end.kind === 'complete') {
    return {
      code: rpcCode,
      message: 'the gateway ended its answer before it was complete; the call may have run',
    };
  }
  const hint = end.why === 'ECONNREFUSED' ? '; is `veto serve` running there?' : '';
  return { code: rpcCode, message: `no answer from the gateway at ${endpoint} (${end.why})${hint}` };
}

function refusedBy({ status, error, retryAfterMs }: Extract<End, { kind: 'refused' }>): RpcError {
  const code = BY_STATUS[status];
  const said = error ?? {
    code: REFUSALS[code ?? 'UPSTREAM_FAILED'].rpcCode,
    message: `the gateway answered HTTP ${status}${code === undefined ? '' : `: ${REFUSALS[code].sentence}`}`,
  };
  return retryAfterMs === null || said.data !== undefined ? said : { ...said, data: { retryAfterMs } };
}
