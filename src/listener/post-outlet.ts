import type { ServerResponse } from 'node:http';
import type { Caller } from '../core/principal.ts';
import { refuse } from '../core/refusal.ts';
import { EventStream, takesStream } from './event-stream.ts';
import type { Hall, Reply, Watched } from './hall.ts';
import type { Outlet } from './legacy-session.ts';
import type { Track } from './replay.ts';
import { retryAfter, sendEmpty, sendJson, sendRefusal } from './reply.ts';
import type { StreamableSession } from './streamable-session.ts';
import { countUnsent, type Recipient } from './unsent.ts';

/**
 * The response to one POST of a session: a JSON body, or, once something has to be said before the answer, a resumable
 * stream. When its connection drops, the calls go on (2025-11-25, Transports › Sending Messages to the Server).
 */
export class PostOutlet implements Outlet, Watched {
  readonly #hall: Hall;
  readonly #session: StreamableSession;
  readonly #to: Recipient;
  readonly #res: ServerResponse;
  readonly #startedMs: number;
  #track: Track | null = null;
  #stream: EventStream | null = null;

  constructor(hall: Hall, session: StreamableSession, caller: Caller, res: ServerResponse) {
    this.#hall = hall;
    this.#session = session;
    this.#to = { gateway: session.gateway, caller };
    this.#res = res;
    this.#startedMs = hall.clock.monotonicMs();
    if (res.destroyed) return;
    session.connections++;
    res.once('close', () => session.connections--);
  }

  get canReach(): boolean {
    return this.#track !== null || this.#canOpen || this.#session.outlet.canReach;
  }

  get #canOpen(): boolean {
    return !this.#res.destroyed && !this.#res.writableEnded && takesStream(this.#res);
  }

  send(text: string): void {
    this.#open();
    if (this.#track !== null) this.#track.send(text);
    else if (this.#session.outlet.canReach) this.#session.outlet.send(text);
  }

  #open(): void {
    if (this.#track !== null || !this.#canOpen || this.#session.isClosed) return;
    this.#stream = new EventStream(this.#hall, this.#to, this.#res);
    this.#track = this.#session.streams.begin(this.#stream);
  }

  /** Sends the answers; none when every request was cancelled. */
  finish(replies: readonly Reply[], asBatch: boolean): void {
    if (this.#track !== null) {
      for (const reply of replies) this.#track.send(reply.text);
      this.#track.finish();
      return;
    }
    const [first] = replies;
    if (first === undefined) return sendEmpty(this.#res, 202);
    if (asBatch) sendJson(this.#res, 200, `[${replies.map((reply) => reply.text).join(',')}]`);
    else if (first.retryAfterMs === undefined) sendJson(this.#res, first.status, first.text);
    else sendJson(this.#res, first.status, first.text, { 'retry-after': retryAfter(first.retryAfterMs) });
    countUnsent(this.#hall, this.#to, this.#res);
  }

  sweep(): void {
    if (!this.#to.caller.isValid()) {
      if (this.#stream === null) sendRefusal(this.#res, refuse('AUTHN_INVALID'));
      else this.#stream.end();
      this.#session.close();
    } else if (this.#stream !== null) this.#stream.keepAlive(this.#hall.limits.keepAliveMs);
    else if (this.#hall.clock.monotonicMs() - this.#startedMs >= this.#hall.limits.streamAfterMs) this.#open();
  }

  drain(): void {
    // calls are left to finish; what remains is cut when the time for it is over
  }
}
