import type { ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import type { Answer, Exchange } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import type { Caller } from '../core/principal.ts';
import { refuse, REFUSALS, type Refusal } from '../core/refusal.ts';
import type { Door, Introduction } from '../gateway/door.ts';
import { isObject, own } from '../core/json.ts';
import type { Roster } from '../core/roster.ts';
import type { RequestId } from '../mcp/json-rpc.ts';
import type { Sender } from './open-exchange.ts';
import type { Quota } from './quota.ts';
import { sendRefusal } from './reply.ts';
import type { ListenerLimits } from './section.ts';

/** Something open that is looked after once in a while: a stream, a call on its way. */
export interface Watched {
  /** Ends it when its key is no longer valid, keeps it alive otherwise. */
  sweep(): void;
  /** The gateway stops: ends what would never end by itself; calls are left to finish. */
  drain(): void;
}

/** What all wires share. */
export interface Hall {
  readonly door: Door;
  readonly clock: Clock;
  readonly limits: ListenerLimits;
  /** The gateway's own name and version, for results that bring none. */
  readonly serverInfo: JsonObject;
  readonly inFlight: Quota;
  readonly streams: Quota;
  /** Bytes of answers that clients have not taken yet. */
  readonly unsent: Quota;
  readonly watched: Roster<Watched>;
  /** Told of what was refused before the gateway saw it. */
  readonly refused: (gateway: string | null, address: string, refusal: Refusal, caller: Caller | null) => void;
}

/** An answer on its way to a wire. */
export interface Reply {
  readonly text: string;
  readonly status: number;
  readonly retryAfterMs?: number;
}

export function refusalAnswer(refusal: Refusal): Extract<Answer, { kind: 'error' }> {
  const { httpStatus, rpcCode } = REFUSALS[refusal.code];
  const error = { code: rpcCode, message: refusal.message };
  const wait = refusal.retryAfterMs === undefined ? {} : { retryAfterMs: refusal.retryAfterMs };
  return { kind: 'error', error, httpStatus, ...wait };
}

/** Asks the gateway; a bug behind the door becomes an internal error instead of a request without an answer. */
export function askDoor(hall: Hall, exchange: Exchange): Promise<Answer> {
  return hall.door.answer(exchange).catch(() => refusalAnswer(refuse('INTERNAL')));
}

/** Asks the gateway to introduce itself; an upstream that is not to be had makes a refusal. */
export async function askIntroduction(hall: Hall, exchange: Exchange): Promise<Introduction | Answer> {
  try {
    return await hall.door.introduce(exchange);
  } catch (error) {
    return refusalAnswer(refuse(error instanceof Fault ? 'UPSTREAM_FAILED' : 'INTERNAL'));
  }
}

/** The client's own words about itself: never identity. */
export function claimedName(info: unknown): { readonly name: string | null; readonly version: string | null } {
  const fields = isObject(info) ? info : {};
  const name = own(fields, 'name');
  const version = own(fields, 'version');
  return { name: typeof name === 'string' ? name : null, version: typeof version === 'string' ? version : null };
}

/** Refuses the request of a known sender, and says so to whoever counts refusals. */
export function turnDown(
  hall: Hall,
  sender: Sender,
  res: ServerResponse,
  refusal: Refusal,
  id: RequestId | null = null,
): void {
  hall.refused(sender.gateway, sender.address, refusal, sender.caller);
  sendRefusal(res, refusal, id);
}
