import type { Client } from '../core/call.ts';
import { signalOf } from '../core/cancellation.ts';
import type { Caller } from '../core/principal.ts';
import type { Answer, ClientSession, Exchange } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { isObject, own, type JsonObject, type JsonValue } from '../core/json.ts';
import { refuse, type Refusal } from '../core/refusal.ts';
import { answerRefusal, isRefusal } from './answers.ts';
import { Audience } from './audience.ts';
import { askLegacyClient, Bridge } from './bridge.ts';
import { isLogLevel } from './client-notices.ts';
import type { Credential, Door, Introduction, Recognised } from './door.ts';
import { evaluate, type Asking, type Evaluated } from './evaluate.ts';
import { Faces } from './faces.ts';
import { introduce } from './introduce.ts';
import {
  filterList,
  hiddenCapabilities,
  listingCall,
  LISTS,
  page,
  visibleTool,
  type Asker,
  type ListKind,
} from './lists.ts';
import { ParkedCalls } from './parked-calls.ts';
import { walk, type Effect, type Walk } from './pipeline.ts';
import { Records } from './records.ts';
import { RequestStates, type Continuation } from './request-states.ts';
import type { Rooms } from './rooms.ts';
import { Sealer } from './sealing.ts';
import type { GatewayLimits } from './section.ts';
import type { GatewaySnapshot } from './snapshot.ts';
import { attachSession, changeSubscription, listen, readFilter } from './subscriptions.ts';
import { TaskNames } from './task-names.ts';

/** Methods that act on something at an upstream and therefore walk. */
const WALKING: ReadonlySet<string> = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'completion/complete',
  'tasks/get',
  'tasks/update',
  'tasks/cancel',
  'tasks/result',
]);
const SUBSCRIBING: ReadonlySet<string> = new Set(['resources/subscribe', 'resources/unsubscribe']);

/** The gateway: what every wire hands its requests to. */
export class Gateway implements Door {
  readonly #rooms: Rooms;
  readonly #limits: GatewayLimits;
  readonly #way: Walk;
  readonly #bridge: Bridge;
  readonly #parked: ParkedCalls;
  readonly #audience = new Audience();
  readonly #ending = new AbortController();

  /** @param secret at least 32 bytes, the same on every replica: seals what clients carry for us */
  constructor(rooms: Rooms, limits: GatewayLimits, secret: Buffer) {
    this.#rooms = rooms;
    this.#limits = limits;
    const states = new RequestStates(new Sealer(secret, 'request state'), rooms.clock, {
      ttlMs: limits.parked_ms,
      bytesMax: limits.request_state_bytes,
      spentMax: limits.request_states_per_principal,
    });
    const records = new Records(rooms.records, rooms.clock);
    this.#way = {
      rooms,
      records,
      faces: new Faces(rooms, records, limits.list_wait_ms, (name) => this.announce(new Set([name]))),
      tasks: new TaskNames(new Sealer(secret, 'task name')),
      states,
    };
    this.#parked = new ParkedCalls(rooms.clock, {
      callsMax: limits.parked_calls,
      callsPerPrincipalMax: limits.parked_calls_per_principal,
      waitMs: limits.parked_ms,
    });
    this.#bridge = new Bridge(rooms, this.#parked, states, limits);
  }

  has(gateway: string): boolean {
    return this.#rooms.snapshot().gateways.has(gateway);
  }

  async recognise(gateway: string, credential: Credential, address: string, isFlooding: boolean): Promise<Recognised> {
    const recognised = this.#rooms.authn.recognise(gateway, credential);
    if (recognised.kind === 'refusal' && !isFlooding) {
      const { code, detail } = recognised.refusal;
      this.#way.records.note('authentication', gateway, { code, reason: detail, address, decision: 'deny' });
    }
    return recognised;
  }

  /** Records that a recognised caller's request was refused at the wire: malformed, or against its own headers. */
  turnedDown(gateway: string, caller: Caller, address: string, refusal: Refusal): void {
    const { principal, keyId } = caller;
    this.#way.records.note('refusal', gateway, {
      principal: principal.id,
      ...(keyId === null ? {} : { keyId }),
      address,
      decision: 'deny',
      code: refusal.code,
      reason: refusal.detail,
    });
  }

  async introduce(exchange: Exchange): Promise<Introduction> {
    const gateway = this.#gateway(exchange.gateway);
    if (!gateway) throw new Fault('config_invalid', `there is no gateway \`${exchange.gateway}\``);
    const face = await this.#way.faces.of(gateway, exchange.caller, exchange.client);
    const hidden = hiddenCapabilities(face.exposure, this.#asker(gateway, exchange));
    return introduce(face.exposure, exchange.client.era, hidden);
  }

  async mirrored(exchange: Exchange, tool: string): Promise<JsonObject | null> {
    const gateway = this.#gateway(exchange.gateway);
    if (!gateway) return null;
    const { exposure } = await this.#way.faces.of(gateway, exchange.caller, exchange.client);
    const schema = visibleTool(exposure, tool, this.#asker(gateway, exchange))?.inputSchema;
    return isObject(schema) ? schema : null;
  }

  async answer(exchange: Exchange): Promise<Answer> {
    const gateway = this.#gateway(exchange.gateway);
    if (!gateway) return this.#refuse(exchange, refuse('GATEWAY_UNKNOWN'));
    if (!exchange.caller.isValid()) return this.#refuse(exchange, refuse('AUTHN_INVALID'));
    try {
      return await this.#dispatch(gateway, exchange);
    } catch (error) {
      return this.#refuse(exchange, refusalOfFault(error));
    }
  }

  /** What would come of a hand-written call: decided as any, recorded, never forwarded. Never throws. */
  async evaluate(name: string, asking: Asking, call: JsonValue): Promise<Evaluated> {
    const gateway = this.#gateway(name);
    if (!gateway) return { kind: 'refusal', refusal: refuse('GATEWAY_UNKNOWN') };
    try {
      const evaluated = await evaluate(this.#way, gateway, asking, call);
      if (evaluated.kind === 'refusal') this.turnedDown(name, asking.caller, asking.address, evaluated.refusal);
      return evaluated;
    } catch (error) {
      const refusal = refusalOfFault(error);
      this.turnedDown(name, asking.caller, asking.address, refusal);
      return { kind: 'refusal', refusal };
    }
  }

  notified(): void {
    // `initialized` and `roots/list_changed` end here: upstream connections have their own handshake, and roots are asked for anew.
  }

  attach(name: string, caller: Caller, client: Client, session: ClientSession): void {
    const gateway = this.#gateway(name);
    if (gateway) attachSession(this.#way, this.#audience, gateway, { caller, client }, session);
  }

  /** Tells clients of these gateways that lists may have changed, after a new snapshot is in force. */
  announce(gateways: ReadonlySet<string>): void {
    this.#audience.announce(gateways);
  }

  /** Ends listens with a result and cancels calls that wait for input; in-flight calls go on. */
  close(): void {
    this.#ending.abort();
    this.#parked.close();
  }

  #gateway(name: string): GatewaySnapshot | undefined {
    return this.#rooms.snapshot().gateways.get(name);
  }

  #dispatch(gateway: GatewaySnapshot, exchange: Exchange): Promise<Answer> | Answer {
    const { method, client, session } = exchange;
    if (WALKING.has(method)) return this.#call(gateway, exchange);
    const list = LISTS.get(method);
    if (list) return this.#list(gateway, exchange, list);
    if (client.era === 'modern') {
      if (method === 'subscriptions/listen') return this.#listen(gateway, exchange);
    } else {
      if (method === 'logging/setLevel') return this.#setLevel(exchange);
      if (SUBSCRIBING.has(method) && session) return this.#subscribe(gateway, exchange, session);
    }
    return this.#refuse(exchange, refuse('METHOD_UNKNOWN', `there is no method \`${method}\``));
  }

  /** Walks, and for a legacy client whose modern upstream wants input: asks, and walks again. */
  async #call(entered: GatewaySnapshot, exchange: Exchange): Promise<Answer> {
    let gateway = entered;
    const level = exchange.session ? this.#audience.stateOf(exchange.session).level : 'debug';
    let round: Continuation | undefined;
    for (let rounds = 0; rounds <= this.#limits.input_rounds; rounds++) {
      let upstream = '';
      const effect: Effect = async (permit, call, continued) => {
        upstream = call.upstream;
        return this.#bridge.carry(permit, call, exchange, continued, level);
      };
      const answer = await walk(this.#way, gateway, exchange, effect, round);
      const asks = answer.kind === 'result' && answer.result.resultType === 'input_required';
      if (!asks || exchange.client.era === 'modern') return answer;
      const next = await this.#askClient(exchange, upstream, answer.result);
      if (isRefusal(next)) return this.#refuse(exchange, next);
      round = next;
      // A person may have taken minutes: the next round is decided by what is in force now.
      const now = this.#gateway(exchange.gateway);
      if (!now) return this.#refuse(exchange, refuse('GATEWAY_UNKNOWN'));
      if (!exchange.caller.isValid()) return this.#refuse(exchange, refuse('AUTHN_INVALID'));
      gateway = now;
    }
    return this.#refuse(exchange, refuse('RELAY_REFUSED', 'the server asked for input too many times'));
  }

  /** Puts an upstream's questions to a legacy client; those still open after `parked_ms` are withdrawn. */
  async #askClient(exchange: Exchange, upstream: string, asked: JsonObject): Promise<Continuation | Refusal> {
    const patience = new AbortController();
    const callOff = this.#rooms.clock.after(this.#limits.parked_ms, () => patience.abort());
    try {
      return await askLegacyClient(
        exchange,
        upstream,
        asked,
        AbortSignal.any([signalOf(exchange.signal), patience.signal]),
        this.#rooms.clock.nowMs(),
      );
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return refuse(error.code === 'cancelled' ? 'CANCELLED' : 'RELAY_REFUSED', undefined, { detail: error.message });
    } finally {
      callOff();
      patience.abort();
    }
  }

  async #list(gateway: GatewaySnapshot, exchange: Exchange, list: ListKind): Promise<Answer> {
    const { exposure } = await this.#way.faces.of(gateway, exchange.caller, exchange.client);
    const asker = this.#asker(gateway, exchange);
    const { shown, hidden } = filterList(list, exposure, asker);
    this.#way.records.listed(
      listingCall(exchange, newId(exchange.receivedAtMs)),
      shown.length,
      hidden,
      gateway.policy.hash,
    );
    return page(list, shown, exchange, this.#limits);
  }

  #asker(gateway: GatewaySnapshot, { caller, client }: Exchange): Asker {
    const { clock, upstreams } = this.#rooms;
    return { gateway, caller, client, nowMs: clock.nowMs(), rootsOf: (name) => upstreams.settings(name)?.roots ?? [] };
  }

  async #setLevel(exchange: Exchange): Promise<Answer> {
    const level = own(exchange.params, 'level');
    if (!isLogLevel(level) || !exchange.session)
      return this.#refuse(exchange, refuse('PARAMS_INVALID', '`level` is not a log level'));
    const state = this.#audience.stateOf(exchange.session);
    state.level = level;
    const told = [...state.subscriptions.values()].map(({ subscription }) => subscription.setLogLevel(level));
    await Promise.allSettled(told);
    return { kind: 'result', result: {} };
  }

  #subscribe(gateway: GatewaySnapshot, exchange: Exchange, session: ClientSession): Promise<Answer> {
    const state = this.#audience.stateOf(session);
    return walk(this.#way, gateway, exchange, (permit, call) =>
      changeSubscription(permit, call, state, this.#limits.subscribed_resources),
    );
  }

  async #listen(gateway: GatewaySnapshot, exchange: Exchange): Promise<Answer> {
    const filter = readFilter(exchange, this.#limits.subscribed_resources);
    if (isRefusal(filter)) return this.#refuse(exchange, filter);
    return listen(this.#way, this.#audience, gateway, exchange, filter, {
      ending: this.#ending.signal,
      waitMs: this.#limits.list_wait_ms,
    });
  }

  #refuse(exchange: Exchange, refusal: Refusal): Answer {
    const call = listingCall(exchange, newId(exchange.receivedAtMs));
    this.#way.records.refused(call, refusal, { decision: null, findings: [], policyHash: '', environment: {} });
    return answerRefusal(refusal, exchange.method, call.id);
  }
}

/** What escaped the walk: a store that failed, or a bug, whose text stays in the record. */
function refusalOfFault(error: unknown): Refusal {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const code = error instanceof Fault && error.code === 'store_failed' ? 'RECORD_FAILED' : 'INTERNAL';
  return refuse(code, undefined, { detail });
}
