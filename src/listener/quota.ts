/** Owners who hold nothing are forgotten beyond so many: they will be back (`core/roster.ts` says why not at once). */
export const IDLE_OWNERS_MAX = 10_000;

/** Counts what is open, in total and per owner. */
export class Quota {
  readonly #totalMax: number;
  readonly #perOwnerMax: number;
  readonly #owners = new Map<string, number>();
  #total = 0;
  #idle = 0;

  constructor(totalMax: number, perOwnerMax: number) {
    this.#totalMax = totalMax;
    this.#perOwnerMax = perOwnerMax;
  }

  get total(): number {
    return this.#total;
  }

  /** Owners that are remembered, whether they hold something or not. */
  get owners(): number {
    return this.#owners.size;
  }

  /** @returns false, and takes nothing, when the total or the owner would be beyond its limit */
  take(owner: string, amount = 1): boolean {
    const held = this.#owners.get(owner);
    if (this.#total + amount > this.#totalMax || (held ?? 0) + amount > this.#perOwnerMax) return false;
    if (held === 0) this.#idle--;
    this.#owners.set(owner, (held ?? 0) + amount);
    this.#total += amount;
    return true;
  }

  /** Gives back what was taken, never more than is held. */
  release(owner: string, amount = 1): void {
    const held = this.#owners.get(owner) ?? 0;
    const given = Math.min(held, amount);
    if (given === 0) return;
    this.#total -= given;
    this.#owners.set(owner, held - given);
    if (held === given && ++this.#idle > IDLE_OWNERS_MAX) this.#forgetIdle();
  }

  #forgetIdle(): void {
    for (const [owner, held] of this.#owners) if (held === 0) this.#owners.delete(owner);
    this.#idle = 0;
  }
}
