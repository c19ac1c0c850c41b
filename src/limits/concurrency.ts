/** Calls that are running now, by key. Gone with the process, as they are. */
export class Concurrency {
  readonly #running = new Map<string, number>();

  /** Index of the first key that has `callsMax` running already; -1 when all have room. */
  findFull(claims: readonly { readonly key: string; readonly callsMax: number }[]): number {
    return claims.findIndex(({ key, callsMax }) => (this.#running.get(key) ?? 0) >= callsMax);
  }

  /** @returns lets go of all keys, once however often it is called */
  enter(keys: readonly string[]): () => void {
    for (const key of keys) this.#running.set(key, (this.#running.get(key) ?? 0) + 1);
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      for (const key of keys) {
        const left = (this.#running.get(key) ?? 0) - 1;
        if (left > 0) this.#running.set(key, left);
        else this.#running.delete(key);
      }
    };
  }
}
