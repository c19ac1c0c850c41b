import type { ServerResponse } from 'node:http';
import { KEEP_ALIVE_TEXT } from '../mcp/server-messages.ts';
import type { Hall } from './hall.ts';
import { Unsent, type Recipient } from './unsent.ts';

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;

/**
 * A response as a stream of server-sent events. A reader that lets more than `stream_buffer_bytes_max` pile up is cut
 * off before the next event; one event may be of any size. Nothing here waits for a reader.
 */
export class EventStream {
  readonly #res: ServerResponse;
  readonly #hall: Hall;
  readonly #unsent: Unsent;
  #lastWriteMs: number;

  /** Sends the head at once. */
  constructor(hall: Hall, to: Recipient, res: ServerResponse) {
    this.#res = res;
    this.#hall = hall;
    this.#unsent = new Unsent(hall, to, res);
    this.#lastWriteMs = hall.clock.monotonicMs();
    if (res.destroyed || res.writableEnded || res.headersSent) return;
    res.writeHead(200, HEADERS);
    res.flushHeaders();
  }

  get isGone(): boolean {
    return this.#res.destroyed || this.#res.writableEnded;
  }

  /** @returns false when the client is gone or was cut off */
  send(text: string): boolean {
    if (this.isGone) return false;
    if (this.#res.writableLength > this.#hall.limits.streamBufferBytesMax) {
      this.#res.destroy();
      return false;
    }
    this.#lastWriteMs = this.#hall.clock.monotonicMs();
    this.#res.write(text);
    this.#unsent.note();
    return !this.isGone;
  }

  /** Sends a comment when nothing was sent for `quietMs`. */
  keepAlive(quietMs: number): void {
    if (this.#hall.clock.monotonicMs() - this.#lastWriteMs >= quietMs) this.send(KEEP_ALIVE_TEXT);
  }

  end(): void {
    if (!this.isGone) this.#res.end();
  }

  /** Ends without letting the reader finish: a revoked key, a stop that took too long. */
  cut(): void {
    this.#res.destroy();
  }

  onClose(run: () => void): void {
    if (this.#res.destroyed) run();
    else this.#res.once('close', run);
  }
}

/** Whether the client reads event streams; one that says nothing of what it accepts is taken at the protocol's word. */
export function takesStream(res: ServerResponse): boolean {
  const { accept } = res.req.headers;
  return accept === undefined || accept.includes('text/event-stream') || accept.includes('*/*');
}
