/** Says, once, that something is no longer wanted. An `AbortSignal` is one. */
export interface Cancellation {
  readonly aborted: boolean;
  addEventListener(type: 'abort', run: () => void, options?: { readonly once: true }): void;
  removeEventListener(type: 'abort', run: () => void): void;
}

/**
 * A cancellation for what is made with every call and hardly ever cancelled: an `AbortController` with its signal costs
 * as much as deciding about the call. Listeners run once.
 */
export class Canceller implements Cancellation {
  #aborted = false;
  #listeners: (() => void)[] = NOBODY;

  get aborted(): boolean {
    return this.#aborted;
  }

  addEventListener(_: 'abort', run: () => void): void {
    this.#listeners = [...this.#listeners, run];
  }

  removeEventListener(_: 'abort', run: () => void): void {
    this.#listeners =
      this.#listeners.length === 1 && this.#listeners[0] === run ? NOBODY : without(this.#listeners, run);
  }

  /** Tells every listener that has not left, at the first call. @throws what the first of them threw, after the last */
  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    const thrown: unknown[] = [];
    for (let [run] = this.#listeners; run; [run] = this.#listeners) {
      this.#listeners = this.#listeners.slice(1);
      try {
        run();
      } catch (error) {
        thrown.push(error);
      }
    }
    if (thrown.length > 0) throw thrown[0];
  }
}

const NOBODY: (() => void)[] = [];

function without(listeners: readonly (() => void)[], run: () => void): (() => void)[] {
  return listeners.filter((one) => one !== run);
}

/** The same as an `AbortSignal`, for what takes nothing else. */
export function signalOf(cancellation: Cancellation): AbortSignal {
  if (cancellation instanceof AbortSignal) return cancellation;
  const controller = new AbortController();
  if (cancellation.aborted) controller.abort();
  else cancellation.addEventListener('abort', () => controller.abort());
  return controller.signal;
}
