/**
 * What comes and goes with every call, such as the requests under way. Not a `Set` or `Map`, on purpose: V8 ties a hash
 * table that was outgrown to its successor, so that once one of them is old, everything that was in any later one stays
 * until the next full collection (decision 0007). Entries are looked for from the latest on: what is here for long
 * costs those nothing that come and go.
 */
export class Roster<T> {
  readonly #entries: T[] = [];

  get size(): number {
    return this.#entries.length;
  }

  add(entry: T): void {
    this.#entries.push(entry);
  }

  /** Does nothing when it is not in. The order of the others may change. */
  remove(entry: T): void {
    const at = this.#entries.lastIndexOf(entry);
    if (at < 0) return;
    const last = this.#entries.pop();
    if (last !== undefined && last !== entry) this.#entries[at] = last;
  }

  find(isWanted: (entry: T) => boolean): T | undefined {
    return this.#entries.findLast(isWanted);
  }

  /** All that are in now; what happens to them meanwhile changes nothing. */
  all(): readonly T[] {
    return [...this.#entries];
  }
}
