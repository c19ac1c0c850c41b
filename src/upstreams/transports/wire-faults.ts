import { Fault, type FaultCode } from '../../core/fault.ts';

/** The server refused a message by HTTP status, without a JSON-RPC answer of its own. */
export class HttpRefused extends Fault {
  readonly status: number;

  constructor(status: number, message: string) {
    super(faultCode(status), message);
    this.status = status;
  }
}

function faultCode(status: number): FaultCode {
  if (status === 401) return 'upstream_unauthorized';
  if (status === 403 || status >= 500) return 'upstream_unreachable';
  return status === 429 ? 'upstream_overloaded' : 'upstream_protocol';
}

/** The server no longer knows the session (legacy Streamable HTTP); it did not run the request. */
export class SessionLost extends Fault {
  constructor(message: string) {
    super('upstream_closed', message);
  }
}

/** The request never left: retrying it elsewhere or later duplicates nothing. */
export class NotSent extends Fault {
  constructor(message: string, cause: unknown) {
    super('upstream_unreachable', message, { cause });
  }
}
