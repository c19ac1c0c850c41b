/**
 * Every way in which Veto says no: one table. `docs/reference/refusals.md` is tied to it by a test.
 * JSON-RPC codes of our own stay outside -32768…-32000 (2026-07-28, Basic › Error Codes).
 */
export interface RefusalKind {
  readonly room: string;
  readonly httpStatus: number;
  readonly rpcCode: number;
  /** As a tool result with `isError`, so that a model can read it, when the method is `tools/call`. */
  readonly asToolResult: boolean;
  readonly retryable: boolean;
  readonly sentence: string;
}

function kind(
  room: string,
  httpStatus: number,
  rpcCode: number,
  sentence: string,
  more: { tool?: boolean; retry?: boolean } = {},
): RefusalKind {
  return { room, httpStatus, rpcCode, sentence, asToolResult: more.tool ?? false, retryable: more.retry ?? false };
}

export const REFUSALS = {
  AUTHN_REQUIRED: kind('authn', 401, -31001, 'no credential was sent; send the API key in the header `X-Veto-API-Key`'),
  AUTHN_INVALID: kind('authn', 403, -31002, 'the API key is not valid for this gateway'),
  ORIGIN_REFUSED: kind('listener', 403, -31003, 'the `Origin` or `Host` of the request is not allowed here'),
  GATEWAY_UNKNOWN: kind('listener', 404, -31004, 'there is no such gateway'),
  BODY_TOO_LARGE: kind('listener', 413, -31005, 'the request body is larger than this gateway accepts'),
  MESSAGE_MALFORMED: kind('listener', 400, -32700, 'the request body is not an acceptable JSON-RPC message'),
  FLOOD: kind('listener', 429, -31006, 'too many requests; slow down', { retry: true }),
  OVERLOADED: kind('listener', 503, -31007, 'the gateway is at its limit; try again shortly', { retry: true }),
  SESSION_UNKNOWN: kind('listener', 404, -31008, 'there is no such session; initialize again'),
  METHOD_UNKNOWN: kind('gateway', 404, -32601, 'there is no such method'),
  PARAMS_INVALID: kind('gateway', 400, -32602, 'the parameters are not valid for this method'),
  TARGET_UNKNOWN: kind('upstreams', 200, -32602, 'there is no such tool, prompt or resource'),
  TOOL_DRIFTED: kind('integrity', 200, -31010, 'the tool changed since it was approved and waits for review', {
    tool: true,
  }),
  ARGUMENT_UNSAFE: kind('guards', 200, -31011, 'an argument is not safe to pass on', { tool: true }),
  POLICY_DENIED: kind('policy', 200, -31012, 'the policy does not allow this call', { tool: true }),
  LIMIT_EXCEEDED: kind('limits', 200, -31013, 'the limit for this call is used up', { tool: true, retry: true }),
  APPROVAL_REQUIRED: kind('approvals', 200, -31014, 'this call needs the approval of a person', { tool: true }),
  APPROVAL_DECLINED: kind('approvals', 200, -31015, 'a person declined this call', { tool: true }),
  APPROVAL_EXPIRED: kind('approvals', 200, -31016, 'nobody approved this call in time', { tool: true }),
  RECORD_FAILED: kind('audit', 503, -31017, 'the call could not be recorded and was therefore not made', {
    tool: true,
    retry: true,
  }),
  RELAY_REFUSED: kind('gateway', 200, -31018, 'the server asked for something that this gateway does not pass on', {
    tool: true,
  }),
  CREDENTIAL_REQUIRED: kind(
    'credentials',
    200,
    -31019,
    'the server behind the gateway asks for a credential, and this gateway cannot obtain one yet; ' +
      'its operator can configure one',
    { tool: true },
  ),
  UPSTREAM_FAILED: kind('upstreams', 200, -31020, 'the server behind the gateway did not answer properly', {
    tool: true,
    retry: true,
  }),
  UPSTREAM_TIMEOUT: kind('upstreams', 200, -31021, 'the server behind the gateway did not answer in time', {
    tool: true,
    retry: true,
  }),
  RESULT_REFUSED: kind('integrity', 200, -31022, 'the result was withheld', { tool: true }),
  EVALUATION_REFUSED: kind('gateway', 403, -31024, 'this key may not ask for such an evaluation'),
  CANCELLED: kind('gateway', 200, -31023, 'the call was cancelled', { tool: true }),
  INTERNAL: kind('gateway', 500, -32603, 'internal error', { tool: true }),
} as const satisfies Record<string, RefusalKind>;

export type RefusalCode = keyof typeof REFUSALS;

/** An expected no. A value, never thrown. */
export interface Refusal {
  readonly code: RefusalCode;
  /** For the agent: what was refused, which argument, what would be legal; no policy internals. */
  readonly message: string;
  /** For the record only. */
  readonly detail: string;
  readonly retryAfterMs?: number;
  /** Structured `data` of the JSON-RPC error, when the protocol asks for one. */
  readonly data?: { readonly [key: string]: unknown };
}

/**
 * Makes a refusal.
 * @param message for the agent; the sentence of the table when left out
 * @param more `detail` goes to the record only; `retryAfterMs` and `data` to the client
 */
export function refuse(
  code: RefusalCode,
  message?: string,
  more: { detail?: string; retryAfterMs?: number; data?: Refusal['data'] } = {},
): Refusal {
  const text = message ?? REFUSALS[code].sentence;
  return {
    code,
    message: text,
    detail: more.detail ?? text,
    ...(more.retryAfterMs === undefined ? {} : { retryAfterMs: more.retryAfterMs }),
    ...(more.data === undefined ? {} : { data: more.data }),
  };
}
