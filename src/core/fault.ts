/** What can break, as callers tell faults apart. */
export type FaultCode =
  | 'upstream_unreachable'
  | 'upstream_unauthorized'
  | 'upstream_timeout'
  | 'upstream_protocol'
  | 'upstream_closed'
  | 'upstream_overloaded'
  | 'result_too_large'
  | 'relay_refused'
  | 'store_failed'
  | 'config_invalid'
  | 'cancelled';

/** A broken world, as opposed to an expected refusal or a bug. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;

  /** @param message one sentence for the operator; never shown to an agent */
  constructor(code: FaultCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
