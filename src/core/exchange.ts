import type { Client } from './call.ts';
import type { Cancellation } from './cancellation.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { Caller } from './principal.ts';

/** The client's end of one request, whatever wire it came on. The listener makes it, the gateway answers it. */
export interface Exchange {
  readonly gateway: string;
  readonly caller: Caller;
  readonly client: Client;
  /** JSON-RPC id as the client sent it: listen notifications are tagged with it. */
  readonly requestId: string | number;
  readonly method: string;
  /** Strictly parsed, `_meta` included. */
  readonly params: JsonObject;
  readonly receivedAtMs: number;
  /** Aborted when the client cancelled, or (modern) closed the response stream. */
  readonly signal: Cancellation;
  /** Sends a notification on this request's own stream; silently dropped once the client is gone. */
  notify(method: string, params: JsonObject): void;
  /**
   * Sends a server→client request on this request's own stream and waits for the answer; null on wires that
   * have none (2026-07-28). Rejects with `ClientError` when the client answers with an error, with
   * `Fault('cancelled')` when it goes away.
   */
  readonly ask: ((method: string, params: JsonObject, signal: Cancellation) => Promise<JsonObject>) | null;
  /** The legacy session this request belongs to; null on 2026-07-28. */
  readonly session: ClientSession | null;
}

/** What the gateway keeps per legacy session. The wire side (streams, resumption, DELETE) is the listener's. */
export interface ClientSession {
  /** Public handle, safe to record; not the secret session id. */
  readonly handle: string;
  /** Sends a notification outside any request (GET stream, SSE stream, stdio). */
  notify(method: string, params: JsonObject): void;
  /** Sends a request outside any request, where the wire allows it. */
  ask(method: string, params: JsonObject, signal: Cancellation): Promise<JsonObject>;
  /** Runs once when the session ends (DELETE, idle time, shutdown, revoked key). */
  onClose(run: () => void): void;
}

/** An error that the other side answered; passed on unchanged where the protocol allows it. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: JsonValue;
}

/** Thrown by `Exchange.ask` when the client answers a server→client request with an error. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly error: RpcError;

  constructor(error: RpcError) {
    super(error.message);
    this.error = error;
  }
}

/** What the gateway answers; the listener's codec puts it into the client's revision. */
export type Answer =
  | { readonly kind: 'result'; readonly result: JsonObject }
  | { readonly kind: 'error'; readonly error: RpcError; readonly httpStatus: number; readonly retryAfterMs?: number };
