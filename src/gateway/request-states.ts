import type { Received, Target } from '../core/call.ts';
import type { Clock } from '../core/clock.ts';
import type { Exchange } from '../core/exchange.ts';
import { newId } from '../core/ids.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import { identityOf, type Caller } from '../core/principal.ts';
import { refuse, type Refusal } from '../core/refusal.ts';
import type { Sealer } from './sealing.ts';
import { SpentStates } from './spent-states.ts';

/** What a `requestState` of ours carries for the retry: the upstream's own state, or the call that waits here. */
export interface Carried {
  readonly upstream: string;
  readonly upstreamState: string | null;
  readonly parkedId: string | null;
}

/** A state that a client brought back: good for one call that is carried on. */
export interface Ticket {
  readonly id: string;
  readonly expiresAtMs: number;
}

/** What a retry brings: the client's answers and what the state of the round before carried. */
export interface Continuation {
  readonly carried: Carried | null;
  /** Null where nothing was carried by the client. */
  readonly ticket: Ticket | null;
  readonly responses: JsonObject | null;
}

const FIRST_ROUND: Continuation = { carried: null, ticket: null, responses: null };

/**
 * Our `requestState` (2026-07-28, Multi Round-Trip Requests): sealed, bound to principal, gateway, method, target and
 * arguments, expiring, and good for one call. The upstream's state travels inside and is returned to it byte for byte.
 */
export class RequestStates {
  readonly #sealer: Sealer;
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #bytesMax: number;
  readonly #spent: SpentStates;

  constructor(sealer: Sealer, clock: Clock, limits: { ttlMs: number; bytesMax: number; spentMax: number }) {
    this.#sealer = sealer;
    this.#clock = clock;
    this.#ttlMs = limits.ttlMs;
    this.#bytesMax = limits.bytesMax;
    this.#spent = new SpentStates(clock, limits.spentMax);
  }

  seal(received: Received, principal: string, carried: Carried): string {
    return this.#sealer.seal({
      b: binding(received, principal),
      i: newId(this.#clock.nowMs()),
      x: this.#clock.nowMs() + this.#ttlMs,
      u: carried.upstream,
      s: carried.upstreamState,
      k: carried.parkedId,
    });
  }

  /** What a request of a stateless client continues; a refusal when its state is not ours, not of this call, or old. */
  open(received: Received, exchange: Exchange): Continuation | Refusal {
    if (exchange.client.era === 'legacy') return FIRST_ROUND;
    const responses = own(exchange.params, 'inputResponses') ?? null;
    if (responses !== null && !(isObject(responses) && Object.values(responses).every(isObject))) {
      return refuse('PARAMS_INVALID', '`inputResponses` must be an object of objects');
    }
    const text = own(exchange.params, 'requestState');
    if (text === undefined) return responses === null ? FIRST_ROUND : { ...FIRST_ROUND, responses };
    const state = typeof text === 'string' && text.length <= this.#bytesMax ? this.#sealer.open(text) : null;
    if (state === null) return refuse('PARAMS_INVALID', '`requestState` is not one that this gateway gave out');
    const checked = this.#check(state, received, exchange);
    return 'code' in checked ? checked : { ...checked, responses };
  }

  /** Uses up the state that a permitted call goes on with. @returns the refusal when that was done before */
  spend({ ticket }: Continuation, caller: Caller): Refusal | null {
    return ticket && this.#spent.spend(identityOf(caller.principal), ticket.id, ticket.expiresAtMs);
  }

  /** The call did not go on after all, and may be tried again with the same state. */
  giveBack({ ticket }: Continuation, caller: Caller): void {
    if (ticket) this.#spent.giveBack(identityOf(caller.principal), ticket.id);
  }

  #check(state: JsonObject, received: Received, exchange: Exchange): Omit<Continuation, 'responses'> | Refusal {
    const { b, i, x, u, s, k } = state;
    if (b !== binding(received, identityOf(exchange.caller.principal))) {
      return refuse('PARAMS_INVALID', '`requestState` belongs to another request; repeat the original one unchanged');
    }
    if (typeof i !== 'string' || typeof x !== 'number' || typeof u !== 'string' || x < this.#clock.nowMs()) {
      return refuse('PARAMS_INVALID', '`requestState` has expired; start the request anew');
    }
    const upstreamState = typeof s === 'string' ? s : null;
    const parkedId = typeof k === 'string' ? k : null;
    return { carried: { upstream: u, upstreamState, parkedId }, ticket: { id: i, expiresAtMs: x } };
  }
}

function binding(received: Received, principal: string): string {
  return JSON.stringify([
    principal,
    received.gateway,
    received.method,
    named(received.target),
    received.argumentsDigest,
  ]);
}

function named(target: Target): string {
  if (target.kind === 'none') return '';
  if (target.kind === 'resource') return target.uri;
  return target.kind === 'task' ? target.id : target.name;
}
