import type { Clock } from '../core/clock.ts';

const KEPT_MAX = 20;
const PER_MINUTE_MAX = 20;
const NOTE_LENGTH_MAX = 500;

/** What an operator should read once. A hostile upstream cannot fill the log: repeats and floods are left out. */
export class Notes {
  readonly #clock: Clock;
  readonly #report: (note: string) => void;
  #kept: string[] = [];
  #minuteMs = -Infinity;
  #inMinute = 0;

  constructor(clock: Clock, report: (note: string) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  add(note: string): void {
    const text = note.slice(0, NOTE_LENGTH_MAX);
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#minuteMs > 60_000) {
      this.#minuteMs = nowMs;
      this.#inMinute = 0;
    }
    if (this.#kept.includes(text)) return;
    this.#kept = [...this.#kept, text].slice(-KEPT_MAX);
    if (this.#inMinute++ < PER_MINUTE_MAX) this.#report(text);
  }

  all(): readonly string[] {
    return this.#kept;
  }
}
