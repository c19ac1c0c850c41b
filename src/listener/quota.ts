/** Counts what is open, in total and per owner. */
export class Quota {
  readonly #totalMax: number;
  readonly #perOwnerMax: number;
  readonly #owners = new Map<string, number>();
  #total = 0;

  constructor(totalMax: number, perOwnerMax: number) {
    this.#totalMax = totalMax;
    this.#perOwnerMax = perOwnerMax;
  }

  get total(): number {
    return this.#total;
  }

  /** @returns false, and takes nothing, when the total or the owner is at its limit */
  take(owner: string): boolean {
    const held = this.#owners.get(owner) ?? 0;
    if (this.#total >= this.#totalMax || held >= this.#perOwnerMax) return false;
    this.#owners.set(owner, held + 1);
    this.#total++;
    return true;
  }

  release(owner: string): void {
    const held = this.#owners.get(owner) ?? 0;
    if (held === 0) return;
    this.#total--;
    if (held === 1) this.#owners.delete(owner);
    else this.#owners.set(owner, held - 1);
  }
}
