import type { Client } from '../core/call.ts';
import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import { ClientError, type ClientSession } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import { newId, newSecret } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { identityOf, type Caller } from '../core/principal.ts';
import { Roster } from '../core/roster.ts';
import type { Introduction } from '../gateway/door.ts';
import type { RequestId } from '../mcp/json-rpc.ts';
import { notificationText, requestText } from '../mcp/server-messages.ts';
import { findRequest, type OpenExchange, type RpcResponse, type Sender } from './open-exchange.ts';

/** Where messages to the client go: a stream of one POST, the session's own streams, or a pipe. */
export interface Outlet {
  send(text: string): void;
  /** Whether a request sent now has a chance to be read. */
  readonly canReach: boolean;
}

interface Pending {
  readonly resolve: (result: JsonObject) => void;
  readonly reject: (why: Error) => void;
  readonly detach: () => void;
}

/** What `initialize` agreed on. */
export interface Agreed {
  readonly revision: string;
  readonly name: string | null;
  readonly version: string | null;
  readonly capabilities: JsonObject;
}

/**
 * One session of the revisions that open with `initialize`, whatever carries it. It belongs to the principal that
 * opened it, and its secret id is worth nothing to anybody else.
 */
export class LegacySession implements ClientSession {
  /** Public, for records. */
  readonly handle: string;
  /** Unguessable; what the client sends as `Mcp-Session-Id`. */
  readonly secret: string;
  readonly gateway: string;
  readonly owner: string;
  readonly transport: Client['transport'];
  /** Sends what belongs to no request. Set by the wire that carries the session. */
  outlet: Outlet;
  /** The last caller seen: when its key is revoked, the session ends. */
  caller: Caller;
  lastSeenMs: number;
  agreed: Agreed | null = null;
  /** Kept from `initialize` until the session is attached to change notices. */
  introduction: Introduction | null = null;
  #client: Client | null = null;
  readonly #clock: Clock;
  readonly #asksMax: number;
  readonly #running = new Roster<OpenExchange>();
  readonly #asks = new Map<RequestId, Pending>();
  #closers: (() => void)[] | null = [];
  #askNo = 0;

  constructor(sender: Sender, transport: Client['transport'], outlet: Outlet, clock: Clock, asksMax: number) {
    this.handle = newId(clock.nowMs());
    this.secret = newSecret();
    this.gateway = sender.gateway;
    this.owner = identityOf(sender.caller.principal);
    this.caller = sender.caller;
    this.transport = transport;
    this.outlet = outlet;
    this.#clock = clock;
    this.#asksMax = asksMax;
    this.lastSeenMs = clock.monotonicMs();
  }

  get isClosed(): boolean {
    return this.#closers === null;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** What the gateway is told of the client; made again only when it calls from elsewhere. */
  clientAt(address: string): Client {
    if (this.#client?.address === address) return this.#client;
    this.#client = {
      name: this.agreed?.name ?? null,
      version: this.agreed?.version ?? null,
      era: 'legacy',
      revision: this.agreed?.revision ?? '',
      transport: this.transport,
      capabilities: this.agreed?.capabilities ?? {},
      address,
      session: this.handle,
    };
    return this.#client;
  }

  agree(agreed: Agreed): void {
    this.agreed = agreed;
    this.#client = null;
  }

  touch(caller: Caller): void {
    this.caller = caller;
    this.lastSeenMs = this.#clock.monotonicMs();
  }

  notify(method: string, params: JsonObject): void {
    if (!this.isClosed) this.outlet.send(notificationText(method, params));
  }

  ask(method: string, params: JsonObject, signal: Cancellation): Promise<JsonObject> {
    return this.askOn(this.outlet, method, params, signal);
  }

  /** Sends a request to the client and waits for its answer. @throws ClientError, Fault('cancelled') */
  askOn(outlet: Outlet, method: string, params: JsonObject, signal: Cancellation): Promise<JsonObject> {
    if (this.isClosed || signal.aborted) return Promise.reject(new Fault('cancelled', 'the client is gone'));
    if (!outlet.canReach) return Promise.reject(new Fault('cancelled', 'the client listens on no stream'));
    if (this.#asks.size >= this.#asksMax) {
      return Promise.reject(new Fault('cancelled', `the client left ${this.#asksMax} requests unanswered`));
    }
    const id = `veto-${++this.#askNo}`;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#asks.delete(id);
        outlet.send(notificationText('notifications/cancelled', { requestId: id }));
        reject(new Fault('cancelled', 'the request to the client was called off'));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#asks.set(id, { resolve, reject, detach: () => signal.removeEventListener('abort', onAbort) });
      outlet.send(requestText(id, method, params));
    });
  }

  /** Hands the client's answer to whoever waits for it; late and unknown ones are dropped. */
  respond(response: RpcResponse): void {
    const pending = response.id === null ? undefined : this.#asks.get(response.id);
    if (pending === undefined || response.id === null) return;
    this.#asks.delete(response.id);
    pending.detach();
    if (response.kind === 'result') pending.resolve(response.result);
    else pending.reject(new ClientError(response.error));
  }

  /** @returns false when a request of that id is still being answered */
  begin(exchange: OpenExchange): boolean {
    if (findRequest(this.#running, exchange.requestId)) return false;
    this.#running.add(exchange);
    return true;
  }

  finish(exchange: OpenExchange): void {
    this.#running.remove(exchange);
    this.lastSeenMs = this.#clock.monotonicMs();
  }

  /** `notifications/cancelled` from the client. */
  cancel(requestId: unknown): void {
    findRequest(this.#running, requestId)?.cancel();
  }

  onClose(run: () => void): void {
    if (this.#closers === null) run();
    else this.#closers.push(run);
  }

  /** Ends the session: calls are cancelled, questions fail, listeners run once. */
  close(): void {
    const closers = this.#closers;
    if (closers === null) return;
    this.#closers = null;
    for (const pending of this.#asks.values()) {
      pending.detach();
      pending.reject(new Fault('cancelled', 'the session of the client ended'));
    }
    this.#asks.clear();
    for (const exchange of this.#running.all()) exchange.cancel();
    for (const run of closers) run();
  }
}
