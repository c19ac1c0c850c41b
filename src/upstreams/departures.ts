import { Fault } from '../core/fault.ts';
import type { Peer } from './peer.ts';

/** Connections on their way in or out: none is lost sight of before it is closed. */
export class Departures {
  readonly #opening = new Set<Peer>();
  readonly #retired = new Set<Peer>();
  readonly #closing = new Set<Promise<void>>();
  #lastStderr = '';

  /** Connections that are no longer given calls but still work on some. */
  get retired(): number {
    return this.#retired.size;
  }

  /** The last of what a child wrote to stderr that is on its way in, else of one that is gone. */
  get lastStderr(): string {
    for (const peer of this.#opening) {
      const tail = peer.wire.stderrTail();
      if (tail !== '') return tail;
    }
    return this.#lastStderr;
  }

  opening(peer: Peer): void {
    this.#opening.add(peer);
  }

  opened(peer: Peer): void {
    this.#opening.delete(peer);
  }

  /** Closes a connection at once. */
  discard(peer: Peer, fault: Fault): void {
    this.#opening.delete(peer);
    this.#retired.delete(peer);
    const closing = peer.close(fault).finally(() => {
      this.#lastStderr = peer.wire.stderrTail() || this.#lastStderr;
      this.#closing.delete(closing);
    });
    this.#closing.add(closing);
  }

  /** Closes a connection as soon as nothing is under way on it. */
  retire(peer: Peer): void {
    if (peer.inFlight === 0) this.discard(peer, new Fault('upstream_closed', 'the connection was replaced'));
    else this.#retired.add(peer);
  }

  sweep(): void {
    for (const peer of this.#retired) this.retire(peer);
  }

  /** Ends everything that is on its way, and waits until it is gone. */
  async end(fault: Fault): Promise<void> {
    for (const peer of [...this.#opening, ...this.#retired]) this.discard(peer, fault);
    await this.settled();
  }

  async settled(): Promise<void> {
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }
}
