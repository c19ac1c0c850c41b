import { Fault } from '../../src/core/fault.ts';
import type { Pin, PinEvent, PinFilter, PinKey, PinStore, PinWrite } from '../../src/integrity/ports.ts';

/** The smallest pin store there can be: a map, with switches to fail and to lose races. For tests only. */
export class TinyPinStore implements PinStore {
  readonly #pins = new Map<string, string>();
  readonly events: PinEvent[] = [];
  /** Fails every method while true. */
  down = false;
  /** Runs before each write, so that a test can be faster than the writer. */
  beforeWrite: (() => void) | null = null;
  #revision = 0;

  revision(): number {
    this.#check();
    return this.#revision;
  }

  load(gateway: string, upstream: string): Promise<readonly Pin[]> {
    return this.find({ gateway, upstream });
  }

  async find(filter: PinFilter): Promise<readonly Pin[]> {
    await Promise.resolve();
    this.#check();
    return this.all().filter((pin) => Object.entries(filter).every(([key, value]) => pin[key as keyof Pin] === value));
  }

  async write(writes: readonly PinWrite[]): Promise<boolean> {
    await Promise.resolve();
    this.#check();
    const faster = this.beforeWrite;
    this.beforeWrite = null;
    faster?.();
    for (const { pin, expectedVersion } of writes) {
      const text = this.#pins.get(idOf(pin));
      const version = text === undefined ? 0 : (JSON.parse(text) as Pin).version;
      if (version !== expectedVersion) return false;
    }
    for (const { pin, event } of writes) {
      this.#pins.set(idOf(pin), JSON.stringify(pin));
      this.events.push(event);
    }
    this.#revision += 1;
    return true;
  }

  async history(key: PinKey): Promise<readonly PinEvent[]> {
    await Promise.resolve();
    this.#check();
    return this.events.filter((event) => idOf(event) === idOf(key));
  }

  /** Every pin, as written. */
  all(): Pin[] {
    return [...this.#pins.values()].map((text) => JSON.parse(text) as Pin);
  }

  #check(): void {
    if (this.down) throw new Fault('store_failed', 'the pin store is down');
  }
}

function idOf({ gateway, upstream, kind, name }: PinKey): string {
  return JSON.stringify([gateway, upstream, kind, name]);
}
