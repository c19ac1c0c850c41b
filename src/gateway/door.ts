import type { Client } from '../core/call.ts';
import type { JsonObject } from '../core/json.ts';
import type { Answer, ClientSession, Exchange } from '../core/exchange.ts';
import type { Caller } from '../core/principal.ts';
import type { Refusal } from '../core/refusal.ts';

/** What came with a request as proof of identity. Header values as received, not logged, not recorded. */
export interface Credential {
  /** `X-Veto-API-Key`. */
  readonly apiKey: string | null;
  /** The token of `Authorization: Bearer …`. */
  readonly bearer: string | null;
}

export type Recognised =
  { readonly kind: 'caller'; readonly caller: Caller } | { readonly kind: 'refusal'; readonly refusal: Refusal };

/** What a client is told of a gateway at `initialize` or `server/discover`. */
export interface Introduction {
  readonly capabilities: JsonObject;
  readonly serverInfo: JsonObject;
  readonly instructions: string | null;
}

/** Where the wires (listener, `veto stdio`) hand over to the gateway. */
export interface Door {
  /** Whether a gateway of that name exists. */
  has(gateway: string): boolean;
  /**
   * Recognises the caller of one HTTP request, GET and DELETE included; failures are recorded here.
   * @param isFlooding the address failed too often of late: one more failure is not worth a record of its own
   */
  recognise(gateway: string, credential: Credential, address: string, isFlooding: boolean): Promise<Recognised>;
  /** Capabilities of the upstreams, minus what policy hides or cannot be bridged to this client. */
  introduce(exchange: Exchange): Promise<Introduction>;
  /**
   * The input schema of the tool that this call names, when it marks arguments with `x-mcp-header`; null when it marks
   * none or there is no such tool. Asked before `answer` on the 2026-07-28 HTTP wire only. The same schema should be
   * the same object each time: what it marks is computed once per object.
   */
  mirrored?(exchange: Exchange, tool: string): JsonObject | null | Promise<JsonObject | null>;
  /** Answers one request. Never throws: a bug becomes `INTERNAL` with the call id. */
  answer(exchange: Exchange): Promise<Answer>;
  /** A client notification that is not cancellation: `notifications/roots/list_changed`, `notifications/initialized`. */
  notified(gateway: string, caller: Caller, session: ClientSession | null, method: string, params: JsonObject): void;
  /** Attaches a new session to change notices (`list_changed`, `resources/updated`, log messages), until `session.onClose`. */
  attach(gateway: string, caller: Caller, client: Client, session: ClientSession): void;
}
