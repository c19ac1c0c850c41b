import type { Fault } from '../../core/fault.ts';

/** The promise of one `append`. */
export interface Waiter {
  resolve(): void;
  reject(fault: Fault): void;
}

export interface QueueLimits {
  /** Records that may wait to be written. */
  readonly recordsMax: number;
  /** Memory of their bodies at which no more may wait, in bytes, two for each UTF-16 code unit. */
  readonly bytesMax: number;
}

/** Bodies for one commit, and beside each who waits for it; null where nobody does. */
export interface Group {
  readonly bodies: readonly string[];
  readonly waiters: readonly (Waiter | null)[];
}

/** Encoded records that wait to be written, in the order in which they came. */
export class RecordQueue {
  readonly #limits: QueueLimits;
  #bodies: string[] = [];
  #waiters: (Waiter | null)[] = [];
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#bodies.length;
  }

  /** @returns null while there is room for another record, else which limit is reached */
  whyFull(): string | null {
    const { recordsMax, bytesMax } = this.#limits;
    if (this.#bodies.length >= recordsMax) return `${recordsMax} records`;
    return this.#bytes >= bytesMax ? `${bytesMax} bytes of records` : null;
  }

  push(body: string, waiter: Waiter | null): void {
    this.#bodies.push(body);
    this.#waiters.push(waiter);
    this.#bytes += bytesOf(body);
  }

  /** Puts a record before all others, whatever the limits say. */
  unshift(body: string): void {
    this.#bodies.unshift(body);
    this.#waiters.unshift(null);
    this.#bytes += bytesOf(body);
  }

  /** Drops everything. @returns how many records that was */
  clear(): number {
    return this.#takeAll().bodies.length;
  }

  /** The oldest records, at least one: at most `recordsMax`, and as many as one commit should hold. */
  take(recordsMax = Infinity): Group {
    if (this.#bytes <= GROUP_BYTES_MAX && this.#bodies.length <= recordsMax) return this.#takeAll();
    let count = 0;
    let bytes = 0;
    for (const body of this.#bodies) {
      const more = bytes + bytesOf(body);
      if (count > 0 && (count >= recordsMax || more > GROUP_BYTES_MAX)) break;
      count++;
      bytes = more;
    }
    this.#bytes -= bytes;
    return { bodies: this.#bodies.splice(0, count), waiters: this.#waiters.splice(0, count) };
  }

  /**
   * Takes back a group that could not be written, and sends everybody away who waits. What nobody waits for stays, in
   * its order; where the limits are passed, the newest do not.
   * @returns how many were sent away, and how many did not stay
   */
  takeBack(group: Group, fault: Fault): { refused: number; lost: number } {
    const behind = this.#takeAll();
    const counts = { refused: 0, lost: 0 };
    for (const { bodies, waiters } of [group, behind]) {
      for (const [index, body] of bodies.entries()) {
        const waiter = waiters[index];
        if (waiter) {
          counts.refused++;
          waiter.reject(fault);
        } else if (this.whyFull() === null) this.push(body, null);
        else counts.lost++;
      }
    }
    return counts;
  }

  #takeAll(): Group {
    const group = { bodies: this.#bodies, waiters: this.#waiters };
    this.#bodies = [];
    this.#waiters = [];
    this.#bytes = 0;
    return group;
  }
}

/** What one commit should hold: so much is written in some hundredths of a second. */
const GROUP_BYTES_MAX = 1_048_576;

function bytesOf(body: string): number {
  return body.length * UNIT_BYTES_MAX;
}

/** V8 keeps a UTF-16 code unit in one byte where it can, else in two. */
const UNIT_BYTES_MAX = 2;
