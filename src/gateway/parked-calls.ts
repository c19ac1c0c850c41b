import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { newSecret } from '../core/ids.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import type { UpstreamAnswer } from '../upstreams/upstream.ts';

/** Where a call stands after a turn: it ended, or its upstream asked the client something. */
export type Turn =
  | { readonly kind: 'answer'; readonly answer: UpstreamAnswer }
  | { readonly kind: 'asks'; readonly id: string; readonly requests: JsonObject };

interface Ask {
  readonly request: JsonObject;
  readonly resolve: (response: JsonObject) => void;
  readonly reject: (reason: Error) => void;
}

interface Parked {
  readonly id: string;
  readonly owner: string;
  readonly principal: string;
  readonly asks: Map<string, Ask>;
  readonly controller: AbortController;
  readonly answer: Promise<UpstreamAnswer>;
  asked: () => void;
  callOff: () => void;
  /** Of the request that waits for it now: a retry is another request than the one before. */
  tell: Tell;
  /** What was said while no request waited, for the next one. */
  readonly kept: Parameters<Tell>[];
}

/** Notifications of one call kept for its retry; what comes first is dropped first. */
const KEPT_NOTICES_MAX = 32;

/** Where notifications of a call go. */
export type Tell = (method: string, params: JsonObject) => void;

/** How a parked call reaches its upstream: `ask` and `tell` are what its questions and notifications arrive at. */
export type Run = (
  ask: (method: string, params: JsonObject) => Promise<JsonObject>,
  tell: Tell,
  signal: Cancellation,
) => Promise<UpstreamAnswer>;

/** Whose a call is: a retry must match `owner` exactly, and `principal` bounds what one may leave waiting. */
export interface Holder {
  readonly owner: string;
  readonly principal: string;
}

export interface ParkingLimits {
  readonly callsMax: number;
  readonly callsPerPrincipalMax: number;
  readonly waitMs: number;
}

/**
 * Calls of stateless clients whose legacy upstream asked something while it works: the upstream call stays open here
 * until the client retries with the answers. Bounded in number and time; when no retry comes, the call is cancelled.
 */
export class ParkedCalls {
  readonly #clock: Clock;
  readonly #limits: ParkingLimits;
  readonly #parked = new Map<string, Parked>();

  constructor(clock: Clock, limits: ParkingLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#parked.size;
  }

  async start({ owner, principal }: Holder, tell: Tell, signal: Cancellation, run: Run): Promise<Turn> {
    const asks = new Map<string, Ask>();
    const controller = new AbortController();
    const ask = (method: string, params: JsonObject): Promise<JsonObject> =>
      new Promise((resolve, reject) => {
        asks.set(`ask-${++count}`, { request: { method, params }, resolve, reject });
        parked.asked();
      });
    let count = 0;
    const parked: Parked = {
      id: newSecret(),
      owner,
      principal,
      asks,
      controller,
      asked: () => {},
      callOff: () => {},
      tell,
      kept: [],
      // One tick later, so that a question asked at once finds `parked` in place.
      answer: Promise.resolve().then(() => run(ask, (...said) => parked.tell(...said), controller.signal)),
    };
    parked.answer.catch(() => {});
    return this.#turn(parked, signal);
  }

  /** @returns null when there is no such call, or it is not this owner's */
  async resume(
    id: string,
    owner: string,
    responses: JsonObject,
    tell: Tell,
    signal: Cancellation,
  ): Promise<Turn | null> {
    const parked = this.#parked.get(id);
    if (!parked || parked.owner !== owner) return null;
    this.#forget(parked);
    parked.tell = tell;
    for (const [method, params] of parked.kept.splice(0)) tell(method, params);
    for (const [key, ask] of parked.asks) {
      const response = own(responses, key);
      if (!isObject(response)) continue;
      parked.asks.delete(key);
      ask.resolve(response);
    }
    return this.#turn(parked, signal);
  }

  /** Cancels every waiting call; at shutdown. */
  close(): void {
    for (const parked of this.#parked.values()) this.#abandon(parked, 'the gateway is stopping');
  }

  async #turn(parked: Parked, signal: Cancellation): Promise<Turn> {
    const cancel = (): void => this.#abandon(parked, 'the client cancelled the call');
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    const asked = new Promise<null>((resolve) => {
      parked.asked = () => resolve(null);
    });
    if (parked.asks.size > 0) parked.asked();
    try {
      const answer = await Promise.race([parked.answer, asked]);
      return answer === null ? this.#park(parked) : { kind: 'answer', answer };
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  #park(parked: Parked): Turn {
    if (this.#isFull(parked.principal)) {
      this.#abandon(parked, 'too many calls wait for input');
      throw new Fault('upstream_overloaded', 'too many calls wait for the input of their clients');
    }
    this.#parked.set(parked.id, parked);
    parked.tell = (...said) => {
      if (parked.kept.push(said) > KEPT_NOTICES_MAX) parked.kept.shift();
    };
    parked.callOff = this.#clock.after(this.#limits.waitMs, () => this.#abandon(parked, 'no retry came in time'));
    const requests = Object.fromEntries([...parked.asks].map(([key, ask]) => [key, ask.request]));
    return { kind: 'asks', id: parked.id, requests };
  }

  #isFull(principal: string): boolean {
    const { callsMax, callsPerPrincipalMax } = this.#limits;
    if (this.#parked.size >= callsMax) return true;
    let held = 0;
    for (const parked of this.#parked.values()) if (parked.principal === principal) held++;
    return held >= callsPerPrincipalMax;
  }

  #abandon(parked: Parked, why: string): void {
    this.#forget(parked);
    const reason = new Fault('cancelled', why);
    for (const ask of parked.asks.values()) ask.reject(reason);
    parked.asks.clear();
    parked.controller.abort(reason);
  }

  #forget(parked: Parked): void {
    parked.callOff();
    this.#parked.delete(parked.id);
  }
}
