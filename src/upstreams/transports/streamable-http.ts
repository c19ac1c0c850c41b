import { Fault } from '../../core/fault.ts';
import { isModernError, type Message } from '../../mcp/json-rpc.ts';
import { isLegacyRevision } from '../../mcp/revisions.ts';
import type { SseDecoder } from '../../mcp/sse-decoder.ts';
import { EventStream } from './event-stream.ts';
import { HttpAnswer, type AnswerEvents } from './http-answer.ts';
import type { HttpOrigin } from './http-origin.ts';
import { deliver } from './http-post.ts';
import { readMessages } from './inbound.ts';
import type { Errand, Transport, Wire, WireEvents, WirePorts } from './wire.ts';
import { SessionLost, type HttpRefused } from './wire-faults.ts';

/** Streamable HTTP of 2025-03-26 to 2025-11-25 (sessions, GET stream) and of 2026-07-28 (neither). */
export const streamableHttp: Transport = {
  name: 'streamable-http',
  create: (ports, events) => new StreamableHttpWire(ports, events),
};

const SESSION_ID = /^[\x21-\x7e]{1,1024}$/;
const RETRY_MS = 1000;
const RETRY_MS_MAX = 30_000;
const RESUMPTIONS_MAX = 5;
const BACK_OFF_STEPS_MAX = 5;

class StreamableHttpWire implements Wire {
  readonly name = 'streamable-http';
  readonly shared = false;
  readonly mirrors = true;
  readonly pid = null;
  readonly #ports: WirePorts;
  readonly #events: WireEvents;
  readonly #origin: HttpOrigin;
  readonly #path: string;
  readonly #configured: readonly string[];
  #headers: readonly string[];
  #revision: string | null = null;
  #session: string | null = null;
  #standing: EventStream | null = null;
  #wanted = false;
  #standFailures = 0;
  #callOffStand: (() => void) | null = null;
  #ended = false;
  readonly #answers: AnswerEvents = {
    accepted: (errand, headers) => {
      if (errand.method === 'initialize') this.#startSession(headers['mcp-session-id']);
    },
    ignored: (why) => this.#events.ignored(why),
    refused: (refusal, body, session) =>
      session !== null && isSessionLoss(refusal, body) ? sessionLost(refusal) : refusal,
    broken: (errand, decoder) => this.#resume(errand, decoder, RESUMPTIONS_MAX),
    released: () => this.#origin.released(),
  };

  constructor(ports: WirePorts, events: WireEvents) {
    this.#ports = ports;
    this.#events = events;
    this.#origin = ports.origin();
    this.#path = `${this.#origin.url.pathname}${this.#origin.url.search}`;
    this.#configured = Object.entries(ports.settings.headers).flat();
    this.#headers = this.#postHeaders();
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  stderrTail(): string {
    return '';
  }

  send(errand: Errand): void {
    this.#dispatch(errand);
  }

  post(body: string): Promise<void> {
    const options = { path: this.#path, method: 'POST' as const, headers: this.#headers as string[], body };
    return deliver(this.#origin, options, (delayMs, run) => this.#ports.clock.after(delayMs, run));
  }

  agree(revision: string | null): void {
    this.#revision = revision;
    if (revision === null) this.#session = null;
    this.#headers = this.#postHeaders();
  }

  stand(wanted: boolean): void {
    this.#wanted = wanted && isLegacyRevision(this.#revision);
    if (this.#wanted) this.#openStanding('');
    else {
      this.#callOffStand?.();
      this.#callOffStand = null;
      this.#standing?.close();
      this.#standing = null;
    }
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.stand(false);
    if (this.#session !== null) {
      const options = { path: this.#path, method: 'DELETE' as const, headers: this.#sessionHeaders() };
      const { clock, settings } = this.#ports;
      const told = deliver(this.#origin, options, (delayMs, run) => clock.after(delayMs, run)).catch(() => undefined);
      await Promise.race([told, new Promise<void>((resolve) => clock.after(settings.limits.stopGraceMs, resolve))]);
    }
  }

  /** Fixed for all requests of a session, so that a call adds at most its mirrored headers. */
  #postHeaders(): string[] {
    return [
      ...this.#configured,
      'content-type',
      'application/json',
      'accept',
      'application/json, text/event-stream',
      ...this.#agreed(),
    ];
  }

  #sessionHeaders(): string[] {
    return [...this.#configured, ...this.#agreed()];
  }

  #agreed(): string[] {
    const headers: string[] = [];
    if (this.#revision !== null) headers.push('mcp-protocol-version', this.#revision);
    if (this.#session !== null) headers.push('mcp-session-id', this.#session);
    return headers;
  }

  #dispatch(errand: Errand): void {
    const headers = errand.headers === null ? this.#headers : [...this.#headers, ...errand.headers];
    const answer = new HttpAnswer(errand, this.#ports, this.#origin.name, this.#session, this.#answers);
    try {
      const options = { path: this.#path, method: 'POST' as const, headers: headers as string[], body: errand.body };
      this.#origin.dispatch(options, answer);
    } catch (error) {
      errand.abort = null;
      errand.fail(
        error instanceof Fault
          ? error
          : new Fault('upstream_protocol', `the request could not be written (${String(error)})`, { cause: error }),
      );
    }
  }

  #startSession(id: string | string[] | undefined): void {
    if (typeof id !== 'string' || !SESSION_ID.test(id)) return;
    this.#session = id;
    this.#headers = this.#postHeaders();
  }

  /** A stream with event ids goes on by GET (2025-11-25, Transports › Resumability); without, the answer is lost. */
  #resume(errand: Errand, before: SseDecoder, left: number): boolean {
    if (before.lastEventId === '' || left === 0 || this.#ended || !isLegacyRevision(this.#revision)) return false;
    const waitMs = Math.min(before.retryMs ?? RETRY_MS, RETRY_MS_MAX);
    const callOff = this.#ports.clock.after(waitMs, () => {
      if (!errand.settled) this.#continue(errand, before, left);
    });
    errand.abort = callOff;
    return true;
  }

  #continue(errand: Errand, before: SseDecoder, left: number): void {
    const headers = [...this.#sessionHeaders(), 'last-event-id', before.lastEventId];
    let progressed = false;
    const stream = new EventStream(this.#origin, headers, this.#ports, {
      opened: () => undefined,
      event: (event) => {
        progressed = true;
        if (event.type === 'message')
          this.#read(
            event.data,
            (message) => errand.receive(message),
            (fault) => errand.fail(fault),
          );
        if (errand.settled) stream.close();
      },
      closed: (fault, decoder) => {
        if (decoder.lastEventId === '') decoder.lastEventId = before.lastEventId;
        decoder.retryMs ??= before.retryMs;
        if (!errand.settled && !this.#resume(errand, decoder, progressed ? RESUMPTIONS_MAX : left - 1))
          errand.fail(fault);
      },
    });
    errand.abort = () => stream.close();
  }

  #read(data: string, receive: (message: Message) => unknown, failed: (fault: Fault) => void): void {
    try {
      const { resultDepthMax } = this.#ports.settings.limits;
      for (const message of readMessages(data, resultDepthMax, (why) => this.#events.ignored(why))) receive(message);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      failed(error);
    }
  }

  #openStanding(lastEventId: string): void {
    if (this.#standing !== null || !this.#wanted || this.#ended) return;
    const resume = lastEventId === '' ? [] : ['last-event-id', lastEventId];
    const stream = new EventStream(this.#origin, [...this.#sessionHeaders(), ...resume], this.#ports, {
      opened: () => {
        this.#standFailures = 0;
      },
      event: (event) => {
        if (event.type !== 'message') return;
        this.#read(
          event.data,
          (message) => this.#events.receive(message),
          (fault) => this.#events.ignored(fault.message),
        );
      },
      closed: (fault, decoder) => {
        if (this.#standing === stream) this.#standing = null;
        this.#reopenStanding(fault, decoder);
      },
    });
    this.#standing = stream;
  }

  /** 4xx means that the server offers no such stream; anything else is tried again, ever more slowly. */
  #reopenStanding(fault: Fault, decoder: SseDecoder): void {
    const refused = 'status' in fault && typeof fault.status === 'number' && fault.status < 500;
    if (refused || !this.#wanted || this.#ended) return;
    const step = Math.min(this.#standFailures++, BACK_OFF_STEPS_MAX);
    const waitMs = Math.max(decoder.retryMs ?? RETRY_MS, RETRY_MS * 2 ** step * (0.5 + this.#ports.jitter() / 2));
    this.#callOffStand = this.#ports.clock.after(Math.min(waitMs, RETRY_MS_MAX), () => {
      this.#openStanding(decoder.lastEventId);
    });
  }
}

/**
 * 404 to a request with a session says that it is gone (2025-11-25, Transports › Session Management). Servers built on
 * the examples of the first SDK say it with 400 and an error that names no request.
 */
function isSessionLoss(refusal: HttpRefused, body: Message | null): boolean {
  if (refusal.status === 404) return true;
  return refusal.status === 400 && body?.kind === 'error' && body.id === null && !isModernError(body.error.code);
}

function sessionLost(refusal: HttpRefused): SessionLost {
  return new SessionLost(`the session is gone: ${refusal.message}`);
}
