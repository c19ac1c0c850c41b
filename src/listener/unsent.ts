import type { ServerResponse } from 'node:http';
import { identityOf, type Caller } from '../core/principal.ts';
import { refuse } from '../core/refusal.ts';
import type { Hall } from './hall.ts';

/** Whom a response is for. */
export interface Recipient {
  readonly gateway: string;
  readonly caller: Caller;
}

/** What is no more than this is bounded well enough by the number of connections. */
const COUNTED_FROM_BYTES = 64 * 1024;

/**
 * What was written to one response and the client has not taken yet. It stays in memory for as long as the client
 * likes, long after the call was answered: so it is counted, and a client that leaves too much unread is cut off.
 */
export class Unsent {
  readonly #hall: Pick<Hall, 'unsent' | 'refused'>;
  readonly #to: Recipient;
  readonly #res: ServerResponse;
  #counted = 0;
  #isHeard = false;

  constructor(hall: Pick<Hall, 'unsent' | 'refused'>, to: Recipient, res: ServerResponse) {
    this.#hall = hall;
    this.#to = to;
    this.#res = res;
  }

  /** Looks again, after something was written. */
  note(): void {
    const bytes = this.#res.writableLength;
    if (bytes <= this.#counted + COUNTED_FROM_BYTES) return;
    const { gateway, caller } = this.#to;
    if (!this.#hall.unsent.take(identityOf(caller.principal), bytes - this.#counted)) {
      const why = refuse('OVERLOADED', 'the client leaves more of its answers unread than the gateway keeps');
      this.#hall.refused(gateway, this.#res.req.socket.remoteAddress ?? '', why, caller);
      this.#res.destroy();
      return;
    }
    this.#counted = bytes;
    if (this.#isHeard) return;
    this.#isHeard = true;
    this.#res.on('drain', this.#taken).once('close', this.#taken);
  }

  readonly #taken = (): void => {
    this.#hall.unsent.release(identityOf(this.#to.caller.principal), this.#counted);
    this.#counted = 0;
  };
}

/** The same for a response that is written at once. */
export function countUnsent(hall: Pick<Hall, 'unsent' | 'refused'>, to: Recipient, res: ServerResponse): void {
  if (res.writableLength > COUNTED_FROM_BYTES) new Unsent(hall, to, res).note();
}
