import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { own, type JsonObject } from '../core/json.ts';
import { Roster } from '../core/roster.ts';
import type { Message } from '../mcp/json-rpc.ts';
import { META } from '../mcp/revisions.ts';
import { notificationText } from '../mcp/server-messages.ts';
import { answerAsk } from './asks.ts';
import type { Dialect } from './dialect.ts';
import { Flight, NEVER, type Sending, type Tower } from './flight.ts';
import { LateAnswers } from './late-answers.ts';
import { timeLeftMs } from './time-left.ts';
import type { Wire, WireEvents } from './transports/wire.ts';

export interface PeerPorts {
  readonly clock: Clock;
  /** Ids that no other request of ours has while it is under way. */
  readonly nextId: () => number;
  /** Whether all calls on this connection are of one caller: only then may an unattributed message go to the latest. */
  readonly exclusive: boolean;
  readonly asksMax: number;
  /** Runs something after what has arrived by now was read. */
  readonly afterReading: (run: () => void) => void;
  /** A notice that belongs to no call. */
  notice(method: string, params: JsonObject): void;
  ignored(why: string): void;
  /** The connection broke; not called after `close()`. */
  closed(fault: Fault): void;
}

/** `initialize` must not be cancelled (2025-11-25, Cancellation), and before it a server may not stand anything. */
const UNCANCELLABLE = new Set(['initialize', 'server/discover']);

/** Notices that are about the server, on whatever stream they come. */
const ABOUT_SERVER = new Set([
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
  'notifications/resources/updated',
  'notifications/elicitation/complete',
  'notifications/tasks/status',
]);

/**
 * The other end of one connection. Sends requests under ids of its own and gives every message that comes back to the
 * request it belongs to: what belongs to none is dropped and counted, never guessed across callers.
 */
export class Peer implements Tower, WireEvents {
  readonly clock: Clock;
  readonly wire: Wire;
  dialect: Dialect;
  /** The capabilities that were declared for the client at `initialize`. */
  declared: JsonObject = {};
  readonly #ports: PeerPorts;
  readonly #flights = new Roster<Flight>();
  readonly #late = new LateAnswers();
  #fault: Fault | null = null;
  /** When the one timer for all deadlines rings, on the monotonic clock; `NEVER`: there is none. */
  #ringsAtMs = NEVER;
  #callOffRing: () => void = () => undefined;

  constructor(ports: PeerPorts, dialect: Dialect, open: (events: WireEvents) => Wire) {
    this.clock = ports.clock;
    this.#ports = ports;
    this.dialect = dialect;
    this.wire = open(this);
  }

  get isOpen(): boolean {
    return this.#fault === null;
  }

  get inFlight(): number {
    return this.#flights.size;
  }

  /** Sends a request; its answer settles in time, with a Fault at the latest at the deadline. */
  send(sending: Sending): Flight {
    const id = this.#ports.nextId();
    const headers = this.wire.mirrors ? this.dialect.mirror(sending) : null;
    const told = { body: this.dialect.write(id, sending), headers };
    const flight = new Flight(this, id, sending, told, this.clock.monotonicMs());
    if (this.#fault !== null) flight.fail(this.#fault);
    else if (sending.signal?.aborted === true) flight.fail(new Fault('cancelled', 'the caller cancelled the request'));
    else {
      this.#flights.add(flight);
      this.#watch(flight.deadlineMs);
      this.wire.send(flight);
    }
    return flight;
  }

  /** Sends a notification; whether it arrives is nobody's concern but the operator's. */
  tell(method: string, params: JsonObject): void {
    this.reply(notificationText(method, params));
  }

  reply(body: string): void {
    this.wire.post(body).catch((error: unknown) => {
      if (this.isOpen) this.#ports.ignored(`a message was not taken: ${error instanceof Error ? error.message : ''}`);
    });
  }

  /** Ends the connection; requests under way fail with `fault`. */
  async close(fault: Fault): Promise<void> {
    this.#fail(fault);
    await this.wire.close();
  }

  receive(message: Message, via: Flight | null = null): boolean {
    if (message.kind === 'result' || message.kind === 'error') return this.#answered(message, via);
    if (message.kind === 'notification') this.#heard(message.method, message.params, via);
    else this.#asked(message, via);
    return false;
  }

  dropped(id: number | null, bytes: number): boolean {
    const flight = id === null ? this.#only() : this.#flightOf(id);
    this.#ports.ignored(`a message of ${bytes} bytes was dropped`);
    flight?.fail(new Fault('result_too_large', `the answer has ${bytes} bytes, more than the limit`));
    return flight != null || (id !== null && this.#late.take(id));
  }

  ignored(why: string): void {
    this.#ports.ignored(why);
  }

  closed(fault: Fault): void {
    if (this.#fault !== null) return;
    this.#fail(fault);
    this.#ports.closed(fault);
  }

  landed(flight: Flight, cancelled: boolean): void {
    this.#flights.remove(flight);
    if (!cancelled || this.#fault !== null) return;
    if (this.wire.shared) this.#late.expect(flight.id);
    // On one stream per request, ending it is the modern cancellation; in the legacy era it says nothing.
    if (this.wire.shared || this.dialect.era === 'legacy') this.#tellCancelled(flight);
    flight.abort?.();
  }

  #tellCancelled(flight: Flight): void {
    if (UNCANCELLABLE.has(flight.method)) return;
    this.tell('notifications/cancelled', { requestId: flight.id, reason: 'no longer wanted' });
  }

  /** Most requests land long before their deadlines: one timer, set to the earliest, costs less than one for each. */
  #watch(deadlineMs: number): void {
    if (deadlineMs >= this.#ringsAtMs) return;
    this.#callOffRing();
    this.#ringsAtMs = deadlineMs;
    this.#callOffRing = this.clock.after(timeLeftMs(deadlineMs, this.clock), () => this.#ring());
  }

  #ring(): void {
    const nowMs = this.clock.monotonicMs();
    this.#ringsAtMs = NEVER;
    for (const { deadlineMs } of this.#flights.all()) if (deadlineMs > nowMs) this.#watch(deadlineMs);
    // After a stall of the process, its timers run before its sockets are read: the answer may be there already.
    this.#ports.afterReading(() => {
      for (const flight of this.#flights.all()) if (flight.deadlineMs <= nowMs) flight.expire();
    });
  }

  #fail(fault: Fault): void {
    this.#fault ??= fault;
    this.#callOffRing();
    for (const flight of this.#flights.all()) {
      flight.fail(fault);
      flight.abort?.();
    }
  }

  #answered(message: Extract<Message, { kind: 'result' | 'error' }>, via: Flight | null): boolean {
    const flight = via ?? (typeof message.id === 'number' ? this.#flightOf(message.id) : undefined);
    const isIts = flight !== undefined && (message.id === flight.id || (via !== null && message.id === null));
    if (!isIts || flight.settled) {
      if (via === null && typeof message.id === 'number' && this.#late.take(message.id)) return true;
      // Wrong ids, and duplicates.
      this.#ports.ignored('an answer to no request that is under way was ignored');
      return false;
    }
    const fault = message.kind === 'error' ? null : this.dialect.judge(message.result, flight);
    if (fault !== null) flight.fail(fault);
    else if (message.kind === 'error') flight.refuse(message.error);
    else flight.succeed(message.result);
    return true;
  }

  #heard(method: string, params: JsonObject, via: Flight | null): void {
    if (method === 'notifications/progress') {
      const token = own(params, 'progressToken');
      const flight = typeof token === 'number' ? this.#flightOf(token) : undefined;
      if (flight !== undefined && (via === null || via === flight)) flight.heardProgress(params);
      return;
    }
    if (method === 'notifications/cancelled') {
      this.#withdrawn(params);
      return;
    }
    const listening = this.#listening(params, via);
    if (listening) listening.ear?.notify(method, params);
    else if (ABOUT_SERVER.has(method)) this.#ports.notice(method, params);
    else this.#attribute(method, params, via);
  }

  /** The `subscriptions/listen` request that a modern notice is tagged with; its own stream is as good a tag. */
  #listening(params: JsonObject, via: Flight | null): Flight | null {
    if (this.dialect.era === 'legacy') return null;
    if (via !== null) return via.method === 'subscriptions/listen' ? via : null;
    const meta = own(params, '_meta');
    const id =
      typeof meta === 'object' && meta !== null && !Array.isArray(meta) ? own(meta, META.subscriptionId) : null;
    return typeof id === 'number' ? (this.#flightOf(id) ?? null) : null;
  }

  #attribute(method: string, params: JsonObject, via: Flight | null): void {
    const flight = via ?? this.#likely();
    if (flight?.ear) flight.ear.notify(method, params);
    else if (this.#flights.size === 0 || this.#ports.exclusive) this.#ports.notice(method, params);
  }

  /** The server takes a request of its own back, or (modern) ends a subscription. */
  #withdrawn(params: JsonObject): void {
    const id = own(params, 'requestId');
    if (typeof id === 'number') {
      const flight = this.#flightOf(id);
      if (flight?.method === 'subscriptions/listen') flight.fail(new Fault('upstream_closed', 'the server ended it'));
    }
    if (typeof id !== 'number' && typeof id !== 'string') return;
    for (const flight of this.#flights.all()) flight.asks?.get(id)?.abort();
  }

  #asked(request: Extract<Message, { kind: 'request' }>, via: Flight | null): void {
    if (this.dialect.era === 'modern') {
      this.#ports.ignored(`a modern server must not send requests: \`${request.method.slice(0, 80)}\``);
      return;
    }
    const { declared } = this;
    const { asksMax } = this.#ports;
    answerAsk(request, via ?? this.#likely(), { declared, asksMax }, (body) => this.reply(body));
  }

  /**
   * The call that an unattributed message on a shared stream most probably belongs to: the only one, or the latest.
   * Where several callers share the connection and several calls are under way, nobody: guessing would show one
   * caller's business to another.
   */
  #likely(): Flight | null {
    let latest: Flight | null = null;
    let count = 0;
    for (const flight of this.#flights.all()) {
      if (flight.ear === null || flight.method === 'subscriptions/listen') continue;
      if (latest === null || flight.id > latest.id) latest = flight;
      count++;
    }
    return count === 1 || this.#ports.exclusive ? latest : null;
  }

  #flightOf(id: number): Flight | undefined {
    return this.#flights.find((flight) => flight.id === id);
  }

  #only(): Flight | null {
    const [flight] = this.#flights.all();
    return this.#flights.size === 1 && flight !== undefined ? flight : null;
  }
}
