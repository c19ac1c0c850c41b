import type { Dispatcher } from 'undici';
import type { IncomingHttpHeaders } from 'undici/types/header.js';
import { Fault } from '../../core/fault.ts';
import { isModernError, type Message } from '../../mcp/json-rpc.ts';
import { SseDecoder, type SseEvent } from '../../mcp/sse-decoder.ts';
import { toFault } from './http-origin.ts';
import { excerpt, handOn, NoiseMeter, readMessages } from './inbound.ts';
import type { Errand, WirePorts } from './wire.ts';
import { HttpRefused } from './wire-faults.ts';

/** How much of a refusal is read. */
const REFUSAL_BYTES_MAX = 65_536;
/** How long a stream may stay open after its answer. */
const LINGER_MS = 1000;

export interface AnswerEvents {
  /** The headers of a successful answer. */
  accepted(errand: Errand, headers: IncomingHttpHeaders): void;
  readonly ignored: (why: string) => void;
  /** A refusal without a JSON-RPC answer: the wire knows what it means for the session of the request. */
  refused(refusal: HttpRefused, body: Message | null, session: string | null): Fault;
  /** The stream ended without the answer. True when the wire resumes it. */
  broken(errand: Errand, decoder: SseDecoder): boolean;
  /** The exchange is over, however it went. Called exactly once. */
  released(): void;
}

type Mode = 'json' | 'stream' | 'refusal';

/**
 * Reads the HTTP answer to one request: a JSON body gathered under a cap, or an event stream handed on event by event.
 * One instance per request; undici calls it.
 */
export class HttpAnswer implements Dispatcher.DispatchHandler {
  readonly #errand: Errand;
  readonly #ports: WirePorts;
  readonly #origin: string;
  readonly #session: string | null;
  readonly #events: AnswerEvents;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #mode: Mode = 'json';
  #chunks: Buffer[] = [];
  #bytes = 0;
  #decoder: SseDecoder | null = null;
  #noise: NoiseMeter | null = null;
  #callOffLinger: (() => void) | null = null;
  #over = false;

  /** @param session that the request names */
  constructor(errand: Errand, ports: WirePorts, origin: string, session: string | null, events: AnswerEvents) {
    this.#errand = errand;
    this.#ports = ports;
    this.#origin = origin;
    this.#session = session;
    this.#events = events;
    errand.abort = () => this.#abort();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#errand.settled) this.#abort();
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) {
      this.#require(this.#meter().take(0));
      return;
    }
    this.#status = status;
    const type = mediaType(headers);
    if (status > 299) this.#mode = 'refusal';
    else {
      this.#events.accepted(this.#errand, headers);
      if (type === 'text/event-stream') this.#startStream();
      else if (type !== 'application/json') this.#fail(this.#wrongType(status, type));
    }
    const length = Number(headers['content-length'] ?? 0);
    if (this.#mode === 'json' && length > this.#ports.settings.limits.resultBytesMax) this.#tooLarge();
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#mode === 'stream') {
      this.#decode(chunk);
      return;
    }
    this.#bytes += chunk.length;
    if (this.#mode === 'refusal') {
      if (this.#bytes <= REFUSAL_BYTES_MAX) this.#chunks.push(chunk);
      else this.#refused();
    } else if (this.#bytes > this.#ports.settings.limits.resultBytesMax) this.#tooLarge();
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#mode === 'refusal') this.#refused();
    else if (this.#mode === 'json') this.#readBody();
    else if (!this.#errand.settled) this.#streamEnded();
    this.#release();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const fault = toFault(error, this.#origin, this.#status !== 0);
    const resumed = this.#mode === 'stream' && fault.code === 'upstream_closed' && !this.#errand.settled;
    if (!resumed || !this.#resume()) this.#errand.fail(fault);
    this.#release();
  }

  #startStream(): void {
    this.#mode = 'stream';
    this.#decoder = new SseDecoder(
      this.#ports.settings.limits.eventBytesMax,
      (event) => this.#event(event),
      (bytes, lines) => this.#require(this.#meter().skip(bytes, lines)),
    );
  }

  #meter(): NoiseMeter {
    this.#noise ??= new NoiseMeter(this.#ports.clock, this.#ports.settings.limits.noiseBytesPerSecondMax);
    return this.#noise;
  }

  #require(isQuiet: boolean): void {
    if (!isQuiet) this.#fail(new Fault('upstream_protocol', 'the server floods the stream of a request'));
  }

  #decode(chunk: Buffer): void {
    try {
      this.#decoder?.push(chunk);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#fail(error);
    }
  }

  #event({ type, data }: SseEvent): void {
    if (type !== 'message' || this.#errand.settled) {
      this.#require(this.#meter().take(data.length));
      return;
    }
    const { limits } = this.#ports.settings;
    const receive = (message: Message): boolean => {
      const answer = message.kind === 'result' || message.kind === 'error';
      if (!answer || !isLarger(data, limits.resultBytesMax)) return this.#errand.receive(message);
      this.#tooLarge();
      return true;
    };
    this.#require(handOn(data, limits.resultDepthMax, this.#meter(), receive, this.#events.ignored));
    if (this.#errand.settled && !this.#over) {
      this.#callOffLinger ??= this.#ports.clock.after(LINGER_MS, () => this.#abort());
    }
  }

  #readBody(): void {
    if (this.#errand.settled) return;
    const body = this.#chunks.length === 1 ? (this.#chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#chunks);
    try {
      const messages = readMessages(body, this.#ports.settings.limits.resultDepthMax, this.#events.ignored);
      for (const message of messages) this.#errand.receive(message);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#errand.fail(error);
    }
    if (this.#errand.settled) return;
    this.#errand.fail(new Fault('upstream_protocol', `the body holds no answer to the request: \`${excerpt(body)}\``));
  }

  #streamEnded(): void {
    if (this.#resume()) return;
    this.#errand.fail(new Fault('upstream_closed', 'the server closed the stream before it answered'));
  }

  #resume(): boolean {
    return this.#decoder !== null && this.#events.broken(this.#errand, this.#decoder);
  }

  #refused(): void {
    if (this.#errand.settled) return;
    const body = Buffer.concat(this.#chunks);
    const message = this.#readRefusal(body);
    const refusal = new HttpRefused(this.#status, `the server answered HTTP ${this.#status}: \`${excerpt(body)}\``);
    if (message?.kind === 'error' && this.#counts(message)) this.#errand.receive(message);
    else this.#errand.fail(this.#events.refused(refusal, message, this.#session));
    this.#abort();
  }

  #readRefusal(body: Buffer): Message | null {
    if (body.length === 0) return null;
    try {
      return readMessages(body, this.#ports.settings.limits.resultDepthMax, () => undefined)[0] ?? null;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return null;
    }
  }

  /**
   * Whether a JSON-RPC error under an HTTP error status is the answer: it names the request, or only a modern server
   * gives it. To the era probe, 5xx is no evidence whatever its body says.
   */
  #counts(message: Extract<Message, { kind: 'error' }>): boolean {
    if (this.#status === 401 || this.#status === 403) return false;
    if (this.#status >= 500 && this.#errand.method === 'server/discover') return false;
    return message.id === this.#errand.id || isModernError(message.error.code);
  }

  #wrongType(status: number, type: string): Fault {
    const what = type === '' ? 'nothing that has a content type' : `\`${excerpt(type)}\``;
    return new Fault('upstream_protocol', `the server answered HTTP ${status} with ${what} instead of a message`);
  }

  #tooLarge(): void {
    const { resultBytesMax } = this.#ports.settings.limits;
    this.#fail(new Fault('result_too_large', `the answer is larger than ${resultBytesMax} bytes`));
  }

  #fail(fault: Fault): void {
    this.#errand.fail(fault);
    this.#abort();
  }

  #abort(): void {
    this.#controller?.abort(new Fault('cancelled', 'the request was ended'));
  }

  #release(): void {
    if (this.#over) return;
    this.#over = true;
    this.#errand.abort = null;
    this.#callOffLinger?.();
    this.#events.released();
  }
}

/** Whether the text has more bytes in UTF-8; counted only where the length alone does not tell. */
export function isLarger(text: string, bytesMax: number): boolean {
  return text.length * 3 > bytesMax && Buffer.byteLength(text) > bytesMax;
}

/** The content type without its parameters, in lower case; empty when there is none. */
export function mediaType(headers: IncomingHttpHeaders): string {
  const value = headers['content-type'];
  if (typeof value !== 'string') return '';
  const end = value.indexOf(';');
  return (end < 0 ? value : value.slice(0, end)).trim().toLowerCase();
}
