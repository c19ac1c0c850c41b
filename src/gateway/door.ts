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
  /** Recognises the caller of one HTTP request, GET and DELETE included; failures are recorded here. */
  recognise(gateway: string, credential: Credential, address: string): Promise<Recognised>;
  /** Capabilities of the upstreams, minus what policy hides or cannot be bridged to this client. */
  introduce(exchange: Exchange): Promise<Introduction>;
  /** Answers one request. Never throws: a bug becomes `INTERNAL` with the call id. */
  answer(exchange: Exchange): Promise<Answer>;
  /** A client notification that is not cancellation: `notifications/roots/list_changed`, `notifications/initialized`. */
  notified(exchange: Exchange): void;
  /** Attaches a new session to change notices (`list_changed`, `resources/updated`, log messages), until `session.onClose`. */
  attach(exchange: Exchange, session: ClientSession): void;
}
