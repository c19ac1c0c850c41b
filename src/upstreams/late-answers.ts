/** How many requests that were given up are remembered: as many as a server can well be behind with. */
const GIVEN_UP_MAX = 4096;

/**
 * Requests that nobody waits for any more, though the server may have been at work on them: one answer to each is no
 * noise, or callers who hang up would have the connection of all others cut off. The oldest are forgotten first.
 */
export class LateAnswers {
  readonly #ids: number[] = [];
  #next = 0;

  /** The server was asked, and its answer is no longer wanted. */
  expect(id: number): void {
    this.#ids[this.#next] = id;
    this.#next = (this.#next + 1) % GIVEN_UP_MAX;
  }

  /** Whether this is the one answer that may still come. */
  take(id: number): boolean {
    const at = this.#ids.indexOf(id);
    if (at >= 0) this.#ids[at] = -1;
    return at >= 0;
  }
}
