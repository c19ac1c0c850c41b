import type { Message } from '../../mcp/json-rpc.ts';
import { waitBeforeRetry } from './back-off.ts';
import type { End, Exchange, Headers } from './gateway-http.ts';
import type { BridgePorts } from './ports.ts';

export interface StandingEars {
  message(message: Message, text: string): void;
  /** The gateway does not know the session any more. */
  lost(): void;
}

/**
 * The GET stream of a session, which carries what belongs to no request. A broken one is opened again where it broke
 * off (`Last-Event-ID`; 2025-11-25, Transports › Resumability and Redelivery), ever more slowly while that fails.
 */
export class StandingStream {
  readonly #ports: BridgePorts;
  readonly #headers: () => Headers;
  readonly #ears: StandingEars;
  #exchange: Exchange | null = null;
  #callOff: (() => void) | null = null;
  #lastEventId = '';
  #failures = 0;
  #isClosed = false;

  /** @param headers session and revision as they stand */
  constructor(ports: BridgePorts, headers: () => Headers, ears: StandingEars) {
    this.#ports = ports;
    this.#headers = headers;
    this.#ears = ears;
    this.#open();
  }

  close(): void {
    this.#isClosed = true;
    this.#callOff?.();
    this.#exchange?.close();
  }

  #open(): void {
    if (this.#isClosed) return;
    const resume: Headers = this.#lastEventId === '' ? {} : { 'last-event-id': this.#lastEventId };
    this.#exchange = this.#ports.http.exchange('GET', { ...this.#headers(), ...resume }, null, {
      accepted: () => {
        this.#failures = 0;
      },
      message: (message, text) => this.#ears.message(message, text),
      ended: (end) => this.#ended(end),
    });
  }

  #ended(end: End): void {
    this.#exchange = null;
    if (this.#isClosed) return;
    if (end.kind === 'refused' && end.status === 404) return this.#ears.lost();
    if (end.kind === 'refused' && end.status < 500) {
      if (end.status !== 405) this.#ports.report(`the stream for notices was refused with HTTP ${end.status}`);
      return;
    }
    const stream = end.kind === 'refused' ? null : end.stream;
    if (stream !== null && stream.lastEventId !== '') this.#lastEventId = stream.lastEventId;
    else if (end.kind === 'complete') this.#lastEventId = ''; // no stream to go on with: begin a new one
    const waitMs = waitBeforeRetry(this.#failures++, stream?.retryMs ?? null, this.#ports);
    this.#callOff = this.#ports.clock.after(waitMs, () => this.#open());
  }
}
