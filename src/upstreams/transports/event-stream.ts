import type { Dispatcher } from 'undici';
import type { IncomingHttpHeaders } from 'undici/types/header.js';
import { Fault } from '../../core/fault.ts';
import { SseDecoder, type SseEvent } from '../../mcp/sse-decoder.ts';
import { mediaType } from './http-answer.ts';
import { toFault, type HttpOrigin } from './http-origin.ts';
import type { NoiseMeter } from './inbound.ts';
import type { WirePorts } from './wire.ts';
import { HttpRefused } from './wire-faults.ts';

export interface EventStreamEvents {
  /** The server agreed to stream. */
  opened(): void;
  /** False when the server floods: what is no answer is to be paid for. */
  event(event: SseEvent): boolean;
  /** Once: refused, broken, too much, or ended (`upstream_closed`). Not after `close()`. */
  closed(fault: Fault, decoder: SseDecoder): void;
}

/** A `text/event-stream` opened by GET: the HTTP+SSE channel, the legacy GET stream, or a resumed answer. */
export class EventStream implements Dispatcher.DispatchHandler {
  readonly #origin: HttpOrigin;
  readonly #events: EventStreamEvents;
  readonly #decoder: SseDecoder;
  readonly #noise: NoiseMeter;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #closed = false;
  #released = false;

  constructor(
    origin: HttpOrigin,
    headers: readonly string[],
    { settings }: WirePorts,
    events: EventStreamEvents,
    noise: NoiseMeter,
  ) {
    this.#origin = origin;
    this.#events = events;
    this.#noise = noise;
    this.#decoder = new SseDecoder(
      settings.limits.eventBytesMax,
      (event) => this.#event(event),
      (bytes, lines) => this.#require(noise.skip(bytes, lines)),
    );
    // Not at once: the caller has no name for this stream yet, and a failure may come without delay.
    queueMicrotask(() => this.#start(headers));
  }

  #start(headers: readonly string[]): void {
    if (this.#closed) return;
    const { pathname, search } = this.#origin.url;
    const all = ['accept', 'text/event-stream', 'cache-control', 'no-store', ...headers];
    try {
      this.#origin.dispatch({ path: `${pathname}${search}`, method: 'GET', headers: all }, this);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#released = true;
      this.#close(error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#controller?.abort(new Fault('cancelled', 'the stream was ended'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#closed) this.close();
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) {
      this.#require(this.#noise.take(0));
      return;
    }
    this.#status = status;
    const type = mediaType(headers);
    if (status === 200 && type === 'text/event-stream') this.#events.opened();
    else this.#end(new HttpRefused(status, `the server answered a GET with HTTP ${status} (\`${type}\`), no stream`));
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#closed) return;
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#end(error);
    }
  }

  onResponseEnd(): void {
    this.#close(new Fault('upstream_closed', 'the server closed its event stream'));
    this.#release();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#close(toFault(error, this.#origin.url.origin, this.#status !== 0));
    this.#release();
  }

  #event(event: SseEvent): void {
    if (!this.#closed) this.#require(this.#events.event(event));
  }

  #require(isQuiet: boolean): void {
    if (!isQuiet) this.#end(new Fault('upstream_protocol', 'the server floods its event stream'));
  }

  #end(fault: Fault): void {
    this.#close(fault);
    this.#controller?.abort(new Fault('cancelled', 'the stream was ended'));
  }

  #close(fault: Fault): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events.closed(fault, this.#decoder);
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#origin.released();
  }
}
