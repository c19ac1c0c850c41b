import { own } from '../../core/json.ts';
import { REFUSALS } from '../../core/refusal.ts';
import { RPC, type Message, type RequestId } from '../../mcp/json-rpc.ts';
import { errorText } from '../../mcp/server-messages.ts';
import type { SseDecoder } from '../../mcp/sse-decoder.ts';
import { waitBeforeRetry } from './back-off.ts';
import { errorOf } from './bridge-errors.ts';
import type { End, Exchange, Headers } from './gateway-http.ts';
import type { BridgePorts } from './ports.ts';
import { Session } from './session.ts';
import { StandingStream } from './standing-stream.ts';

/** One line of the client on its way: a message, or a batch of them. */
interface Parcel {
  readonly body: Buffer;
  /** Requests in it without an answer yet. */
  readonly waiting: Set<RequestId>;
  readonly isInitialize: boolean;
  exchange: Exchange | null;
  /** The session in which it was sent. */
  session: string | null;
  /** Whether it was sent again after its session was lost: once. */
  isSecond: boolean;
  callOff: (() => void) | null;
}

const UNDER_WAY = 'a request of this id is still being answered';
const BESIDE_ONE_UNDER_WAY = 'a request of the same batch has an id that is still being answered; send this one again';
const NOT_REOPENED: End = { kind: 'broken', why: 'the session is lost and could not be opened again', stream: null };

/**
 * The wires with `initialize` (2025-03-26 to 2025-11-25): one session at the gateway for the one client at the pipe.
 * Messages leave in the order in which they came. A session that the gateway lost, because it was started again, is
 * opened anew with what the client said at its own `initialize`, and the request that found out is sent again: it was
 * refused unread.
 */
export class LegacySide {
  readonly #ports: BridgePorts;
  readonly #session: Session;
  readonly #parcels = new Map<RequestId, Parcel>();
  #standing: StandingStream | null = null;
  #turn: Promise<void> = Promise.resolve();
  #queued = 0;

  constructor(ports: BridgePorts) {
    this.#ports = ports;
    this.#session = new Session(ports);
  }

  /** Requests without an answer, and messages that wait for their turn. */
  get count(): number {
    return this.#parcels.size + this.#queued;
  }

  /** Whether the client opened a session. */
  get isOpen(): boolean {
    return this.#session.isOpen;
  }

  /** Takes the messages of one line, whose text is `body`. */
  take(messages: readonly Message[], body: Buffer): void {
    for (const message of messages) {
      const isCancel = message.kind === 'notification' && message.method === 'notifications/cancelled';
      if (isCancel) this.#forget(own(message.params, 'requestId'));
    }
    const parcel = this.#accept(messages, body);
    if (parcel === null) return;
    this.#queued++;
    this.#turn = this.#turn.then(async () => {
      this.#queued--;
      if (this.#session.isLost && !(await this.#session.renew(null))) return this.#fail(parcel, NOT_REOPENED);
      await this.#send(parcel);
      for (const message of messages) {
        if (message.kind === 'request') this.#session.remember(message.method, message.params);
      }
      if (!parcel.isInitialize) this.#stand();
    });
  }

  /** Refuses what the gateway could not tell apart; null then. */
  #accept(messages: readonly Message[], body: Buffer): Parcel | null {
    const requests = messages.filter((message) => message.kind === 'request');
    const first = messages.length === 1 ? requests[0] : undefined;
    const isInitialize = first?.method === 'initialize';
    const parcel: Parcel = {
      body,
      waiting: new Set(requests.map(({ id }) => id)),
      isInitialize,
      exchange: null,
      session: null,
      isSecond: false,
      callOff: null,
    };
    if (requests.some(({ id }) => this.#parcels.has(id))) {
      for (const { id } of requests) this.#refuse(id, this.#parcels.has(id) ? UNDER_WAY : BESIDE_ONE_UNDER_WAY);
      return null;
    }
    if (isInitialize && this.#session.isOpen) return this.#refuse(first.id, 'this session was initialized already');
    for (const { id } of requests) this.#parcels.set(id, parcel);
    if (isInitialize) this.#session.begin(first.params);
    return parcel;
  }

  #refuse(id: RequestId, message: string): null {
    this.#ports.write(errorText(id, { code: RPC.invalidRequest, message }));
    return null;
  }

  /** The client does not want this answer any more; the gateway is told by the notification itself. */
  #forget(id: unknown): void {
    if (typeof id !== 'string' && typeof id !== 'number') return;
    this.#parcels.get(id)?.waiting.delete(id);
    this.#parcels.delete(id);
  }

  #stand(): void {
    if (this.#standing !== null || this.#session.id === null) return;
    this.#standing = new StandingStream(this.#ports, this.#session, {
      message: (_, text) => this.#ports.write(text),
      lost: (session) => {
        this.#standing = null;
        void this.#session.renew(session).then((isBack) => isBack && this.#stand());
      },
    });
  }

  /** Resolves when what the client says next may follow. */
  #send(parcel: Parcel): Promise<void> {
    return new Promise((resolve) => {
      const isQuick = parcel.waiting.size > 0 && !parcel.isInitialize;
      const callOff = parcel.isInitialize ? null : this.#ports.clock.after(this.#ports.limits.orderMs, resolve);
      const done = (): void => {
        callOff?.();
        resolve();
      };
      parcel.session = this.#session.id;
      parcel.exchange = this.#ports.http.exchange('POST', this.#session.headers(), parcel.body, {
        sent: () => isQuick && done(),
        accepted: (session) => parcel.isInitialize && this.#session.name(session),
        message: (message, text) => this.#heard(parcel, message, text),
        ended: (end) => {
          done();
          this.#ended(parcel, end);
        },
      });
    });
  }

  #heard(parcel: Parcel, message: Message, text: string): void {
    if (message.kind === 'result' || message.kind === 'error') {
      const { id } = message;
      if (id === null || !this.#settle(parcel, id)) return;
      if (parcel.isInitialize && message.kind === 'result') this.#session.agree(message.result);
      else if (parcel.isInitialize) this.#session.fail();
    }
    this.#ports.write(text);
  }

  #settle(parcel: Parcel, id: RequestId): boolean {
    if (!parcel.waiting.delete(id)) return false;
    this.#parcels.delete(id);
    return true;
  }

  #ended(parcel: Parcel, end: End): void {
    parcel.exchange = null;
    if (parcel.waiting.size === 0) return this.#notDelivered(end);
    if (isLost(end) && parcel.session !== null && !parcel.isInitialize && !parcel.isSecond) {
      parcel.isSecond = true;
      void this.#session.renew(parcel.session).then((isBack) => {
        if (isBack) void this.#send(parcel);
        else this.#fail(parcel, end);
        this.#stand();
      });
      return;
    }
    const stream = end.kind === 'refused' ? null : end.stream;
    if (stream !== null && this.#session.id !== null) this.#resume(parcel, stream, this.#ports.limits.resumptionsMax);
    else this.#fail(parcel, end);
  }

  /** Nobody waits for an answer to a notification, so that only the operator can be told. */
  #notDelivered(end: End): void {
    if (end.kind === 'complete' || (end.kind === 'refused' && end.status === 404)) return;
    this.#ports.report(`a notification was not taken: ${errorOf(end, this.#ports.endpoint).message}`);
  }

  #fail(parcel: Parcel, end: End): void {
    const error = errorOf(end, this.#ports.endpoint);
    if (parcel.isInitialize) this.#session.fail();
    for (const id of [...parcel.waiting]) {
      this.#settle(parcel, id);
      this.#ports.write(errorText(id, error));
    }
  }

  /** Goes on with a broken answer by GET, from the last event that came. */
  #resume(parcel: Parcel, before: SseDecoder, left: number): void {
    const { limits, clock } = this.#ports;
    const broken: End = { kind: 'complete', status: 200, stream: null };
    if (before.lastEventId === '' || left === 0) return this.#fail(parcel, broken);
    const waitMs = waitBeforeRetry(limits.resumptionsMax - left, before.retryMs, this.#ports);
    parcel.callOff = clock.after(waitMs, () => {
      if (parcel.waiting.size === 0) return;
      let hasProgressed = false;
      const headers: Headers = { ...this.#session.headers(), 'last-event-id': before.lastEventId };
      parcel.exchange = this.#ports.http.exchange('GET', headers, null, {
        message: (message, text) => {
          hasProgressed = true;
          this.#heard(parcel, message, text);
        },
        ended: (end) => {
          parcel.exchange = null;
          if (parcel.waiting.size === 0) return;
          const isOver = end.kind === 'refused' ? end.status < 500 : end.kind === 'complete' && end.stream === null;
          if (isOver) return this.#fail(parcel, end);
          const next =
            end.kind === 'refused' || end.stream === null || end.stream.lastEventId === '' ? before : end.stream;
          this.#resume(parcel, next, hasProgressed ? limits.resumptionsMax : left - 1);
        },
      });
    });
  }

  /** Ends the session; calls still under way are thereby cancelled. Resolves when the gateway knows, or soon after. */
  async close(): Promise<void> {
    this.#standing?.close();
    for (const parcel of this.#parcels.values()) {
      parcel.callOff?.();
      parcel.exchange?.close();
    }
    this.#parcels.clear();
    await this.#session.end();
  }
}

/** 404 to a request with a session: it is gone (2025-11-25, Transports › Session Management). */
function isLost(end: End): boolean {
  if (end.kind !== 'refused' || end.status !== 404) return false;
  return end.error === null || end.error.code === REFUSALS.SESSION_UNKNOWN.rpcCode;
}
