import type { Caller } from '../core/principal.ts';
import type { EventStream } from './event-stream.ts';
import type { Watched } from './hall.ts';

/** A stream that no call ends: it lives as long as the key by which it was opened. */
export class WatchedStream implements Watched {
  readonly #stream: EventStream;
  readonly #caller: Caller;
  readonly #keepAliveMs: number;

  constructor(stream: EventStream, caller: Caller, keepAliveMs: number) {
    this.#stream = stream;
    this.#caller = caller;
    this.#keepAliveMs = keepAliveMs;
  }

  sweep(): void {
    if (this.#caller.isValid()) this.#stream.keepAlive(this.#keepAliveMs);
    else this.#stream.end();
  }

  drain(): void {
    this.#stream.end();
  }
}
