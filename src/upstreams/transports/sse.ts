import { Fault } from '../../core/fault.ts';
import type { Message } from '../../mcp/json-rpc.ts';
import type { SseEvent } from '../../mcp/sse-decoder.ts';
import { timeLeftMs } from '../time-left.ts';
import { EventStream } from './event-stream.ts';
import { isLarger } from './http-answer.ts';
import type { HttpOrigin } from './http-origin.ts';
import { deliver } from './http-post.ts';
import { excerpt, handOn, NoiseMeter } from './inbound.ts';
import type { Errand, Transport, Wire, WireEvents, WirePorts } from './wire.ts';
import { HttpRefused, NotSent } from './wire-faults.ts';

/** HTTP+SSE of 2024-11-05: one event stream for all that the server says, messages by POST to where it points. */
export const sse: Transport = {
  name: 'sse',
  create: (ports, events) => new SseWire(ports, events),
};

class SseWire implements Wire {
  readonly name = 'sse';
  readonly shared = true;
  readonly mirrors = false;
  readonly pid = null;
  readonly #ports: WirePorts;
  readonly #events: WireEvents;
  readonly #origin: HttpOrigin;
  readonly #noise: NoiseMeter;
  readonly #configured: readonly string[];
  #stream: EventStream | null = null;
  #endpoint: string | null = null;
  #revision: string | null = null;
  #ended = false;

  constructor(ports: WirePorts, events: WireEvents) {
    this.#ports = ports;
    this.#events = events;
    this.#origin = ports.origin();
    this.#noise = new NoiseMeter(ports.clock, ports.settings.limits.noiseBytesPerSecondMax);
    this.#configured = Object.entries(ports.settings.headers).flat();
  }

  open(deadlineMs: number): Promise<void> {
    const { clock } = this.#ports;
    return new Promise((resolve, reject) => {
      const callOff = clock.after(timeLeftMs(deadlineMs, clock), () => {
        this.#fail(new Fault('upstream_timeout', 'the server sent no `endpoint` event in time'), reject);
      });
      const done = (settle: () => void) => {
        callOff();
        settle();
      };
      const events = {
        opened: () => undefined,
        event: (event: SseEvent) => {
          if (this.#endpoint !== null) return this.#event(event);
          if (event.type === 'endpoint')
            this.#enter(
              event.data,
              () => done(resolve),
              (f) => done(() => this.#fail(f, reject)),
            );
          return this.#noise.take(event.data.length);
        },
        closed: (fault: Fault) => done(() => this.#fail(fault, reject)),
      };
      this.#stream = new EventStream(this.#origin, this.#configured, this.#ports, events, this.#noise);
    });
  }

  stderrTail(): string {
    return '';
  }

  send(errand: Errand): void {
    this.post(errand.body).catch((error: unknown) => {
      errand.fail(
        error instanceof Fault
          ? error
          : new Fault('upstream_closed', 'the request could not be sent', { cause: error }),
      );
    });
  }

  post(body: string): Promise<void> {
    if (this.#endpoint === null || this.#ended) {
      return Promise.reject(new NotSent('the event stream is closed', undefined));
    }
    const headers = [...this.#configured, 'content-type', 'application/json', 'accept', 'application/json'];
    if (this.#revision !== null) headers.push('mcp-protocol-version', this.#revision);
    const options = { path: this.#endpoint, method: 'POST' as const, headers, body };
    return deliver(this.#origin, options, (delayMs, run) => this.#ports.clock.after(delayMs, run));
  }

  agree(revision: string | null): void {
    this.#revision = revision;
  }

  stand(): void {
    // The stream always carries what the server says unasked.
  }

  close(): Promise<void> {
    this.#ended = true;
    this.#stream?.close();
    return Promise.resolve();
  }

  /** The endpoint must be of the same origin: else a server could direct our calls and credentials anywhere. */
  #enter(data: string, entered: () => void, refused: (fault: Fault) => void): void {
    const base = this.#origin.url;
    const url = URL.canParse(data, base.href) ? new URL(data, base.href) : null;
    if (url === null || url.origin !== base.origin || url.username !== '' || url.password !== '') {
      refused(new Fault('upstream_protocol', `the server names an endpoint of another origin: \`${excerpt(data)}\``));
      return;
    }
    this.#endpoint = `${url.pathname}${url.search}`;
    entered();
  }

  #event(event: SseEvent): boolean {
    if (event.type !== 'message' || this.#ended) return this.#noise.take(event.data.length);
    const { limits } = this.#ports.settings;
    const isTooLarge = isLarger(event.data, limits.resultBytesMax);
    const receive = (message: Message): boolean => {
      const answer = message.kind === 'result' || message.kind === 'error';
      return isTooLarge && answer && typeof message.id === 'number'
        ? this.#events.dropped(message.id, event.data.length)
        : this.#events.receive(message);
    };
    try {
      return handOn(event.data, limits.resultDepthMax, this.#noise, receive, (why) => this.#events.ignored(why));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#events.ignored(error.message);
      return this.#noise.take(event.data.length);
    }
  }

  #fail(fault: Fault, reject: (fault: Fault) => void): void {
    const before = this.#endpoint === null;
    if (this.#ended) return;
    this.#ended = true;
    this.#stream?.close();
    if (before) reject(fault);
    else this.#events.closed(fault instanceof HttpRefused ? new Fault('upstream_closed', fault.message) : fault);
  }
}
