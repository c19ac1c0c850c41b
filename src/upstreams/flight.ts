import type { Cancellation } from '../core/cancellation.ts';
import { Fault } from '../core/fault.ts';
import type { RpcError } from '../core/exchange.ts';
import type { JsonObject } from '../core/json.ts';
import { ProgressFilter } from '../mcp/client-request.ts';
import type { MirroredParam } from '../mcp/headers.ts';
import type { Message, RequestId } from '../mcp/json-rpc.ts';
import type { Errand } from './transports/wire.ts';
import type { UpstreamAnswer } from './upstream.ts';

/** Who hears what an upstream says during one request, and answers what it asks. */
export interface Ear {
  readonly wantsProgress: boolean;
  notify(method: string, params: JsonObject): void;
  ask(method: string, params: JsonObject, signal: Cancellation): Promise<JsonObject>;
}

/** A deadline for what lasts until it is called off. */
export const NEVER = Infinity;

/** A request to be sent. */
export interface Sending {
  readonly method: string;
  /** As judged, without `_meta`. */
  readonly params: JsonObject;
  /** What may go up in `_meta`. */
  readonly meta: JsonObject;
  readonly capabilities: JsonObject;
  /** Absolute, on the monotonic clock. */
  readonly deadlineMs: number;
  readonly signal: Cancellation | null;
  /** Null for requests of our own: nobody hears, nobody can be asked. */
  readonly ear: Ear | null;
  readonly mirrored: readonly MirroredParam[];
}

/** What a flight needs of the peer that sent it. */
export interface Tower {
  /** A message on the flight's own stream. */
  receive(message: Message, via: Flight): boolean;
  /** Settled one way or the other. `cancelled`: the upstream does not know yet. */
  landed(flight: Flight, cancelled: boolean): void;
}

/** A request in the words of the wire's era. */
export interface Told {
  readonly body: string;
  /** Mirrored headers, name and value in turn; null on wires without headers. */
  readonly headers: readonly string[] | null;
}

/** One request between sending and answer. Settles exactly once; later messages are for nobody. */
export class Flight implements Errand {
  readonly id: number;
  readonly method: string;
  /** What the client can do, as this request told. */
  readonly capabilities: JsonObject;
  readonly body: string;
  readonly headers: readonly string[] | null;
  readonly ear: Ear | null;
  /** Absolute, on the monotonic clock. Whoever sent it watches over it. */
  readonly deadlineMs: number;
  readonly #sentAtMs: number;
  readonly answer: Promise<UpstreamAnswer>;
  /** Requests of the upstream that this call's client is working on. */
  asks: Map<RequestId, AbortController> | null = null;
  abort: (() => void) | null = null;
  settled = false;
  readonly #tower: Tower;
  readonly #signal: Cancellation | null;
  readonly #progress: ProgressFilter | null;
  readonly #onAbort = (): void => this.cancel(new Fault('cancelled', 'the caller cancelled the request'));
  #resolve: (answer: UpstreamAnswer) => void = () => undefined;
  #reject: (fault: Fault) => void = () => undefined;

  constructor(tower: Tower, id: number, sending: Sending, told: Told, sentAtMs: number) {
    this.id = id;
    this.method = sending.method;
    this.capabilities = sending.capabilities;
    this.body = told.body;
    this.headers = told.headers;
    this.deadlineMs = sending.deadlineMs;
    this.#sentAtMs = sentAtMs;
    this.ear = sending.ear;
    this.#tower = tower;
    this.#signal = sending.signal;
    this.#progress = sending.ear?.wantsProgress === true ? new ProgressFilter() : null;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  receive(message: Message): boolean {
    return this.#tower.receive(message, this);
  }

  succeed(result: JsonObject): void {
    if (this.#settle(false)) this.#resolve({ kind: 'result', result });
  }

  refuse(error: RpcError): void {
    if (this.#settle(false)) this.#resolve({ kind: 'error', error });
  }

  fail(fault: Fault): void {
    if (this.#settle(false)) this.#reject(fault);
  }

  /** Gives up waiting and lets the upstream know. */
  cancel(fault: Fault): void {
    if (this.#settle(true)) this.#reject(fault);
  }

  /** No answer came in time. */
  expire(): void {
    const waitedMs = Math.round(Math.max(0, this.deadlineMs - this.#sentAtMs));
    this.cancel(new Fault('upstream_timeout', `no answer to \`${this.method}\` within ${waitedMs} ms`));
  }

  heardProgress(params: JsonObject): void {
    const passed = this.#progress?.pass(params) ?? null;
    if (passed !== null) this.ear?.notify('notifications/progress', passed);
  }

  #settle(cancelled: boolean): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (this.asks !== null) for (const ask of this.asks.values()) ask.abort();
    this.#tower.landed(this, cancelled);
    return true;
  }
}
