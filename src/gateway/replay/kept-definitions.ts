import type { DefinitionKind } from '../../core/definition.ts';
import type { JsonObject } from '../../core/json.ts';
import { judgedHints } from '../../integrity/judged-hints.ts';
import type { ServedDefinition } from '../../integrity/offer.ts';
import type { PinKey, PinStore } from '../../integrity/ports.ts';
import type { RecordedCall } from './recorded-call.ts';

/** Definitions kept at hand; beyond them everything is forgotten and looked up again. */
const KEPT_MAX = 1_000;

/** Definitions that calls were once judged by, looked up in the pins and their history. */
export class KeptDefinitions {
  readonly #pins: Pick<PinStore, 'find' | 'history'> | null;
  readonly #kept = new Map<string, ServedDefinition | null>();

  /** @param pins null: there are none */
  constructor(pins: Pick<PinStore, 'find' | 'history'> | null) {
    this.#pins = pins;
  }

  /** The definition whose fingerprint the call recorded; null when no pin has it. @throws Fault('store_failed') */
  async of({ asked, fingerprint }: RecordedCall): Promise<ServedDefinition | null> {
    const { gateway, server, target, pinState } = asked;
    if (fingerprint === null || server === null || target.kind === 'none' || target.kind === 'task') return null;
    const name = target.kind === 'resource' ? target.uri : target.name;
    const id = JSON.stringify([gateway, server, target.kind, name, fingerprint, pinState]);
    const known = this.#kept.get(id);
    if (known !== undefined) return known;
    const found = await this.#find({ gateway, upstream: server, kind: target.kind, name }, fingerprint);
    const served = found === null ? null : { ...found, pinState };
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
    this.#kept.set(id, served);
    return served;
  }

  async #find(key: PinKey & { readonly kind: DefinitionKind }, fingerprint: string): Promise<ServedDefinition | null> {
    const { gateway, upstream, kind, name } = key;
    const body = await this.#bodyOf(key, fingerprint);
    if (body !== null) return served(kind, name, body, fingerprint);
    if (kind !== 'resource' || this.#pins === null) return null;
    // A URI that no list has came from a template, and the fingerprint is the template's.
    for (const pin of await this.#pins.find({ gateway, upstream, kind: 'template' })) {
      const template = await this.#bodyOf(pin, fingerprint);
      if (template !== null) return served('template', pin.name, template, fingerprint);
    }
    return null;
  }

  async #bodyOf(key: PinKey, fingerprint: string): Promise<JsonObject | null> {
    if (this.#pins === null) return null;
    const { gateway, upstream, kind, name } = key;
    const [pin] = await this.#pins.find({ gateway, upstream, kind, name });
    if (pin === undefined) return null;
    if (pin.approved?.fingerprint === fingerprint) return pin.approved.body;
    const event = (await this.#pins.history(key)).find((one) => one.fingerprint === fingerprint && one.body !== null);
    return event?.body ?? null;
  }
}

function served(kind: DefinitionKind, name: string, body: JsonObject, fingerprint: string): ServedDefinition {
  const hints = judgedHints(kind, name, body);
  const definition = { kind, name, body };
  return { definition, fingerprint, pinState: 'pinned', pinnedAtMs: 0, hints, notices: [] };
}
