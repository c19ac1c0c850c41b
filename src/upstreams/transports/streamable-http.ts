import { Fault } from '../../core/fault.ts';
import { isModernError, type Message } from '../../mcp/json-rpc.ts';
import { isLegacyRevision } from '../../mcp/revisions.ts';
import type { SseDecoder, SseEvent } from '../../mcp/sse-decoder.ts';
import { EventStream, type EventStreamEvents } from './event-stream.ts';
import { HttpAnswer, type AnswerEvents } from './http-answer.ts';
import type { HttpOrigin } from './http-origin.ts';
import { deliver } from './http-post.ts';
import { handOn, NoiseMeter } from './inbound.ts';
import type { Errand, Transport, Wire, WireEvents, WirePorts } from './wire.ts';
import { HttpRefused, SessionLost } from './wire-faults.ts';

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
  /** One for all that stand in turn: a stream that was cut off may be opened again at once. */
  readonly #standingNoise: NoiseMeter;
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
    this.#standingNoise = this.#meter();
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

  #meter(): NoiseMeter {
    return new NoiseMeter(this.#ports.clock, this.#ports.settings.limits.noiseBytesPerSecondMax);
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
  #resume(errand: Errand, before: SseDecoder, left: number, noise = this.#meter()): boolean {
    if (before.lastEventId === '' || left === 0 || this.#ended || !isLegacyRevision(this.#revision)) return false;
    const waitMs = Math.min(before.retryMs ?? RETRY_MS, RETRY_MS_MAX);
    const callOff = this.#ports.clock.after(waitMs, () => {
      if (!errand.settled) this.#continue(errand, before, left, noise);
    });
    errand.abort = callOff;
    return true;
  }

  #continue(errand: Errand, before: SseDecoder, left: number, noise: NoiseMeter): void {
    const headers = [...this.#sessionHeaders(), 'last-event-id', before.lastEventId];
    let progressed = false;
    const events: EventStreamEvents = {
      opened: () => undefined,
      event: (event) => {
        progressed = true;
        const isQuiet = this.#read(
          event,
          noise,
          (message) => errand.receive(message),
          (fault) => errand.fail(fault),
        );
        if (errand.settled) stream.close();
        return isQuiet;
      },
      closed: (fault, decoder) => {
        if (decoder.lastEventId === '') decoder.lastEventId = before.lastEventId;
        decoder.retryMs ??= before.retryMs;
        const goesOn = !errand.settled && !isOurs(fault);
        if (!goesOn || !this.#resume(errand, decoder, progressed ? RESUMPTIONS_MAX : left - 1, noise))
          errand.fail(fault);
      },
    };
    const stream = new EventStream(this.#origin, headers, this.#ports, events, noise);
    errand.abort = () => stream.close();
  }

  #read(
    { type, data }: SseEvent,
    noise: NoiseMeter,
    receive: (message: Message) => boolean,
    failed: (fault: Fault) => void,
  ): boolean {
    if (type !== 'message') return noise.take(data.length);
    try {
      const { resultDepthMax } = this.#ports.settings.limits;
      return handOn(data, resultDepthMax, noise, receive, (why) => this.#events.ignored(why));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      failed(error);
      return noise.take(data.length);
    }
  }

  #openStanding(lastEventId: string): void {
    if (this.#standing !== null || !this.#wanted || this.#ended) return;
    const resume = lastEventId === '' ? [] : ['last-event-id', lastEventId];
    const events: EventStreamEvents = {
      opened: () => {
        this.#standFailures = 0;
      },
      event: (event) =>
        this.#read(
          event,
          this.#standingNoise,
          (message) => this.#events.receive(message),
          (fault) => this.#events.ignored(fault.message),
        ),
      closed: (fault, decoder) => {
        if (this.#standing === stream) this.#standing = null;
        if (isOurs(fault)) this.#events.ignored(fault.message);
        this.#reopenStanding(fault, decoder);
      },
    };
    const headers = [...this.#sessionHeaders(), ...resume];
    const stream = new EventStream(this.#origin, headers, this.#ports, events, this.#standingNoise);
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

/** Whether it was us who ended a stream, because of what the server said on it: more of it is not wanted. */
function isOurs(fault: Fault): boolean {
  return !(fault instanceof HttpRefused) && (fault.code === 'upstream_protocol' || fault.code === 'result_too_large');
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
