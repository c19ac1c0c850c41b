import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import { NEVER, type Flight } from './flight.ts';
import type { Wanted } from './wanted.ts';
import type { Peer } from './peer.ts';

const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';
const ACKNOWLEDGE_TIMEOUT_MS = 10_000;

/** The one `subscriptions/listen` request of a tenant (2026-07-28, Subscriptions); another filter is another one. */
export class ModernListen {
  readonly #clock: Clock;
  readonly #deliver: (method: string, params: JsonObject) => void;
  readonly #ended: () => void;
  #flight: Flight | null = null;
  #filter = '';
  #unsupported = false;

  /** @param ended the server ended the current listen, which is still wanted */
  constructor(clock: Clock, deliver: (method: string, params: JsonObject) => void, ended: () => void) {
    this.#clock = clock;
    this.#deliver = deliver;
    this.#ended = ended;
  }

  /** A new connection: nothing is open on it. */
  reset(): void {
    this.#flight = null;
    this.#filter = '';
    this.#unsupported = false;
  }

  stop(): void {
    const flight = this.#flight;
    this.reset();
    flight?.cancel(new Fault('cancelled', 'nobody listens any more'));
  }

  /** Opens a listen for what is wanted; the former one ends once the new one is acknowledged. @throws Fault */
  async apply(peer: Peer, wanted: Wanted | null): Promise<void> {
    if (wanted === null) {
      this.stop();
      return;
    }
    const uris = [...wanted.uris].sort();
    const filter = JSON.stringify(uris);
    if (this.#unsupported || (this.#flight !== null && !this.#flight.settled && filter === this.#filter)) return;
    const former = this.#flight;
    await this.#open(peer, uris, filter);
    former?.cancel(new Fault('cancelled', 'replaced by a new listen'));
  }

  #open(peer: Peer, uris: readonly string[], filter: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = (): void => flight.cancel(new Fault('upstream_timeout', 'a listen was not acknowledged in time'));
      const callOff = this.#clock.after(ACKNOWLEDGE_TIMEOUT_MS, late);
      const notify = (method: string, params: JsonObject): void => {
        callOff();
        resolve();
        if (method === ACKNOWLEDGED || this.#flight !== flight) return;
        const { _meta: _, ...rest } = params;
        this.#deliver(method, rest);
      };
      const flight = this.#send(peer, uris, notify);
      this.#flight = flight;
      this.#filter = filter;
      flight.answer
        .then((answer) => {
          this.#unsupported = this.#flight === flight && answer.kind === 'error' && answer.error.code === -32601;
          return answer.kind === 'error' ? new Fault('upstream_protocol', answer.error.message.slice(0, 200)) : null;
        })
        .catch((error: unknown) => (error instanceof Fault ? error : new Fault('upstream_closed', String(error))))
        .then((fault) => {
          callOff();
          reject(fault ?? new Fault('upstream_closed', 'the server ended the subscription'));
          if (this.#flight === flight && fault?.code !== 'cancelled' && !this.#unsupported) this.#ended();
        })
        .catch(reject);
    });
  }

  #send(peer: Peer, uris: readonly string[], notify: (method: string, params: JsonObject) => void): Flight {
    const notifications: JsonObject = {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
      ...(uris.length > 0 ? { resourceSubscriptions: [...uris] } : {}),
    };
    return peer.send({
      method: 'subscriptions/listen',
      params: { notifications },
      meta: {},
      capabilities: {},
      deadlineMs: NEVER,
      signal: null,
      ear: {
        wantsProgress: false,
        notify,
        ask: () => Promise.reject(new Fault('upstream_protocol', 'a subscription cannot ask')),
      },
      mirrored: [],
    });
  }
}
