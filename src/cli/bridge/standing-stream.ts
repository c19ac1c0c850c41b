import type { Message } from '../../mcp/json-rpc.ts';
import { waitBeforeRetry } from './back-off.ts';
import type { End, Exchange, Headers } from './gateway-http.ts';
import type { BridgePorts } from './ports.ts';
import type { Session } from './session.ts';

export interface StandingEars {
  message(message: Message, text: string): void;
  /** The gateway does not know that session any more. */
  lost(session: string | null): void;
}

/**
 * The GET stream of a session, which carries what belongs to no request. A broken one is opened again where it broke
 * off (`Last-Event-ID`; 2025-11-25, Transports › Resumability and Redelivery), ever more slowly while that fails.
 */
export class StandingStream {
  readonly #ports: BridgePorts;
  readonly #session: Session;
  readonly #ears: StandingEars;
  #exchange: Exchange | null = null;
  #callOff: (() => void) | null = null;
  #lastEventId = '';
  /** The session that `#lastEventId` belongs to. */
  #of: string | null = null;
  #failures = 0;
  #isClosed = false;

  constructor(ports: BridgePorts, session: Session, ears: StandingEars) {
    this.#ports = ports;
    this.#session = session;
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
    const { id } = this.#session;
    if (id === null) return this.#ears.lost(this.#of);
    if (id !== this.#of) this.#lastEventId = '';
    this.#of = id;
    const resume: Headers = this.#lastEventId === '' ? {} : { 'last-event-id': this.#lastEventId };
    this.#exchange = this.#ports.http.exchange('GET', { ...this.#session.headers(), ...resume }, null, {
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
    if (end.kind === 'refused' && end.status === 404) return this.#ears.lost(this.#of);
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
