import type { Resolved } from '../core/call.ts';
import type { Cancellation } from '../core/cancellation.ts';
import { ClientError, type Exchange } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import type { Permit } from '../core/permit.ts';
import { identityOf } from '../core/principal.ts';
import { mayAskForInput } from '../mcp/methods.ts';
import type { CallPorts, Tenant, UpstreamAnswer, UpstreamSettings } from '../upstreams/upstream.ts';
import { passNotification, progressToken, requestedLevel } from './client-notices.ts';
import type { GatewayLimits } from './section.ts';
import type { ParkedCalls, Tell, Turn } from './parked-calls.ts';
import { passedMeta } from './params.ts';
import {
  checkRelay,
  checkRequests,
  legacyQuestion,
  modernQuestion,
  notRelayed,
  signQuestion,
  signRequests,
  VISIT_REQUIRED,
  visitRequests,
  visitsIn,
} from './relay.ts';
import type { Carried, Continuation, RequestStates } from './request-states.ts';
import type { Rooms } from './rooms.ts';
import { tenantOf, withExtensions } from './tenancy.ts';

/** What one call looks like from both ends. */
interface Ends {
  readonly exchange: Exchange;
  readonly call: Resolved;
  readonly settings: UpstreamSettings;
  readonly tenant: Tenant;
  readonly sessionLevel: string;
  /** Whose name goes with questions; null where there is one server only. */
  readonly asker: string | null;
}

/**
 * Carries permitted calls across eras. A legacy upstream asks by requests, a modern one by `input_required`; a legacy
 * client is asked by requests, a modern one by `input_required`: four ways, one effect.
 */
export class Bridge {
  readonly #rooms: Rooms;
  readonly #parked: ParkedCalls;
  readonly #states: RequestStates;
  readonly #limits: GatewayLimits;

  constructor(rooms: Rooms, parked: ParkedCalls, states: RequestStates, limits: GatewayLimits) {
    this.#rooms = rooms;
    this.#parked = parked;
    this.#states = states;
    this.#limits = limits;
  }

  /**
   * Spends the permit: forwards, or (on the retry of a call that waits) hands its answers over.
   * @throws Fault; `relay_refused` when the upstream asks for what the operator or the client does not offer
   */
  async carry(
    permit: Permit,
    call: Resolved,
    exchange: Exchange,
    continued: Continuation,
    sessionLevel: string,
  ): Promise<UpstreamAnswer> {
    const settings = this.#rooms.upstreams.settings(call.upstream);
    if (!settings) throw new Fault('upstream_unreachable', `there is no upstream \`${call.upstream}\``);
    const tenant = withExtensions(tenantOf(settings, call.gateway, call.caller, call.client), call.client);
    const { upstreams = [] } = this.#rooms.snapshot().gateways.get(call.gateway) ?? {};
    const asker = upstreams.length > 1 ? call.upstream : null;
    const ends: Ends = { exchange, call, settings, tenant, sessionLevel, asker };
    const answer =
      exchange.client.era === 'legacy'
        ? await this.#rooms.upstreams.forward(
            permit,
            tenant,
            this.#ports(ends, exchange.signal, relayTo(ends), this.#tell(ends)),
          )
        : await this.#carryModern(permit, ends, continued);
    if (answer.kind === 'error') return answer.error.code === VISIT_REQUIRED ? this.#visit(ends, answer) : answer;
    checkRequests(ends, answer.result);
    const result = signRequests(asker, answer.result);
    return result === answer.result ? answer : { kind: 'result', result };
  }

  /** An error that sends the user to pages: a question like any other, which a modern client gets as one. */
  #visit(ends: Ends, answer: Extract<UpstreamAnswer, { kind: 'error' }>): UpstreamAnswer {
    const visits = visitsIn(answer.error);
    for (const visit of visits) checkRelay(ends, 'elicitation/create', { ...visit, mode: 'url' });
    const { method, client } = ends.exchange;
    if (visits.length === 0 || client.era === 'legacy' || !mayAskForInput(method)) return answer;
    const carry: Carried = { upstream: ends.call.upstream, upstreamState: null, parkedId: null };
    return this.#inputRequired(ends, { inputRequests: visitRequests(visits) }, carry);
  }

  async #carryModern(permit: Permit, ends: Ends, continued: Continuation): Promise<UpstreamAnswer> {
    const turn = await this.#turn(permit, ends, continued);
    if (turn.kind === 'asks') {
      const carry: Carried = { upstream: ends.call.upstream, upstreamState: null, parkedId: turn.id };
      return this.#inputRequired(ends, { inputRequests: turn.requests }, carry);
    }
    const { answer } = turn;
    if (answer.kind !== 'result' || answer.result.resultType !== 'input_required') return answer;
    const state = own(answer.result, 'requestState');
    if (typeof state !== 'string') return answer;
    return this.#inputRequired(ends, answer.result, {
      upstream: ends.call.upstream,
      upstreamState: state,
      parkedId: null,
    });
  }

  async #turn(permit: Permit, ends: Ends, { carried, responses }: Continuation): Promise<Turn> {
    const { exchange, call, tenant } = ends;
    const owner = ownerOf(call);
    const principal = identityOf(call.caller.principal);
    if (carried?.parkedId) {
      permit.spend();
      const turn = await this.#parked.resume(
        carried.parkedId,
        owner,
        responses ?? {},
        this.#tell(ends),
        exchange.signal,
      );
      if (turn) return turn;
      throw new Fault('cancelled', 'the call that waited for this input is gone');
    }
    // Only a connection that declared a capability can be asked; the others need no parking place.
    if (Object.keys(tenant.capabilities).length === 0) {
      const ports = this.#ports(ends, exchange.signal, () => Promise.reject(notRelayed('anything')), this.#tell(ends));
      return { kind: 'answer', answer: await this.#rooms.upstreams.forward(permit, tenant, ports) };
    }
    return this.#parked.start({ owner, principal }, this.#tell(ends), exchange.signal, (ask, tell, signal) => {
      const checked = async (method: string, params: JsonObject): Promise<JsonObject> => {
        checkRelay(ends, method, params);
        return ask(method, modernQuestion(params));
      };
      return this.#rooms.upstreams.forward(permit, tenant, this.#ports(ends, signal, checked, tell));
    });
  }

  #inputRequired(ends: Ends, result: JsonObject, carried: Carried): UpstreamAnswer {
    const requestState = this.#states.seal(ends.call, identityOf(ends.call.caller.principal), carried);
    return { kind: 'result', result: { ...result, resultType: 'input_required', requestState } };
  }

  /** Where notifications of a call go: to the request that waits for its answer, after a look at their text. */
  #tell({ exchange, sessionLevel }: Ends): Tell {
    return (method, params) => {
      const inspected = this.#rooms.inspection.inspectNotice(params);
      if (inspected !== null) passNotification(exchange, method, inspected, sessionLevel);
    };
  }

  #ports(ends: Ends, signal: Cancellation, ask: CallPorts['ask'], tell: Tell): CallPorts {
    const { exchange, settings, tenant } = ends;
    const level = exchange.client.era === 'modern' ? requestedLevel(exchange) : ends.sessionLevel;
    const patienceMs = Object.keys(tenant.capabilities).length === 0 ? 0 : this.#limits.parked_ms;
    return {
      signal,
      deadlineMs: this.#rooms.clock.monotonicMs() + settings.timeoutMs + patienceMs,
      wantsProgress: progressToken(exchange) !== null,
      notify: tell,
      ask,
      meta: passedMeta(exchange.params, level),
    };
  }
}

/** A retry may only resume the very same call of the very same principal. */
function ownerOf(call: Resolved): string {
  return JSON.stringify([
    call.gateway,
    identityOf(call.caller.principal),
    call.upstream,
    call.method,
    call.upstreamTarget,
    call.argumentsDigest,
  ]);
}

/** A legacy upstream's question, put to a legacy client on the stream of the call that it belongs to. */
function relayTo(ends: Ends): CallPorts['ask'] {
  return async (method, params, signal) => {
    checkRelay(ends, method, params);
    if (!ends.exchange.ask) throw notRelayed(method);
    return ends.exchange.ask(method, signQuestion(ends.asker, method, params), signal);
  };
}

/**
 * Puts the questions of an `input_required` to a legacy client as requests of its own wire.
 * @param upstream who asks
 * @param signal withdraws the questions that are still open
 * @param nowMs wall clock
 * @returns what the next round continues with
 * @throws Fault when the client answers a question with an error: the call cannot go on
 */
export async function askLegacyClient(
  exchange: Exchange,
  upstream: string,
  result: JsonObject,
  signal: Cancellation,
  nowMs: number,
): Promise<Continuation> {
  const requests = own(result, 'inputRequests');
  const entries = isObject(requests) ? Object.entries(requests) : [];
  const { ask } = exchange;
  if (!ask) throw new Fault('relay_refused', 'this client cannot be asked for input');
  const responses = await Promise.all(
    entries.map(async ([key, request]): Promise<[string, JsonObject]> => {
      const { method, params } = isObject(request) ? request : {};
      if (typeof method !== 'string') throw new Fault('upstream_protocol', 'an input request has no method');
      const question = legacyQuestion(method, isObject(params) ? params : {}, nowMs);
      return [key, await ask(method, question, signal).catch(declined)];
    }),
  );
  const state = own(result, 'requestState');
  const upstreamState = typeof state === 'string' ? state : null;
  const carried: Carried = { upstream, upstreamState, parkedId: null };
  return { carried, ticket: null, responses: Object.fromEntries(responses) };
}

function declined(error: unknown): never {
  if (error instanceof ClientError)
    throw new Fault('cancelled', `the client did not answer the server's question: ${error.message}`);
  throw error;
}
