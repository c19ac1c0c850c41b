import { readKept } from '../read-kept.ts';
import type { Pin, PinEvent, PinFilter, PinKey, PinStore, PinWrite } from '../../integrity/ports.ts';

/** Pins in process memory, kept as JSON text so that nobody changes them by accident. */
export class MemoryPinStore implements PinStore {
  readonly #pins = new Map<string, string>();
  readonly #events = new Map<string, string[]>();
  readonly #revisions = new Map<string, number>();

  revision(gateway: string, upstream: string): number {
    return this.#revisions.get(JSON.stringify([gateway, upstream])) ?? 0;
  }

  load(gateway: string, upstream: string): Promise<readonly Pin[]> {
    return this.find({ gateway, upstream });
  }

  find(filter: PinFilter): Promise<readonly Pin[]> {
    const all = [...this.#pins.values()].map((text) => readKept(text) as Pin); // written by `write`
    const { after, limit = Infinity } = filter;
    const found = all.filter((pin) => meets(pin, filter)).sort(comparePins);
    return Promise.resolve(found.filter((pin) => !after || comparePins(pin, after) > 0).slice(0, limit));
  }

  write(writes: readonly PinWrite[]): Promise<boolean> {
    const pins = new Map(this.#pins);
    for (const { expectedVersion, pin } of writes) {
      const text = pins.get(keyText(pin));
      const version = text === undefined ? 0 : (readKept(text) as Pin).version; // written by `write`
      if (version !== expectedVersion) return Promise.resolve(false);
      pins.set(keyText(pin), JSON.stringify(pin));
    }
    for (const { pin, event } of writes) {
      const key = keyText(pin);
      this.#pins.set(key, pins.get(key) ?? '');
      this.#events.set(key, [...(this.#events.get(key) ?? []), JSON.stringify(event)]);
      const place = JSON.stringify([pin.gateway, pin.upstream]);
      this.#revisions.set(place, (this.#revisions.get(place) ?? 0) + 1);
    }
    return Promise.resolve(true);
  }

  history(key: PinKey): Promise<readonly PinEvent[]> {
    const texts = this.#events.get(keyText(key)) ?? [];
    return Promise.resolve(texts.map((text) => readKept(text) as PinEvent)); // written by `write`
  }
}

function keyText({ gateway, upstream, kind, name }: PinKey): string {
  return JSON.stringify([gateway, upstream, kind, name]);
}

function meets(pin: Pin, filter: PinFilter): boolean {
  const names = ['gateway', 'upstream', 'kind', 'name', 'status'] as const;
  if (filter.waiting && pin.waiting === null) return false;
  return names.every((name) => filter[name] === undefined || filter[name] === pin[name]);
}

/** By gateway, upstream, kind, name; texts by their UTF-8 bytes, as databases compare them. */
function comparePins(a: PinKey, b: PinKey): number {
  for (const name of ['gateway', 'upstream', 'kind', 'name'] as const) {
    const order = compareTexts(a[name], b[name]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Surrogates and what stands behind them: only there do UTF-16 units sort otherwise than UTF-8 bytes. */
const HIGH = /[\ud800-\uffff]/;

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  if (HIGH.test(a) || HIGH.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}
