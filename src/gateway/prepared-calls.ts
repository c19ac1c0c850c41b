import type { Finding } from '../core/decision.ts';
import type { JsonObject } from '../core/json.ts';
import { prepareGuards, type PreparedGuards } from '../guards/prepare.ts';
import type { ServedDefinition } from '../integrity/offer.ts';
import type { GuardsRoom } from './rooms.ts';

/** Guards prepared once per definition and set of roots, and kept as long as the definition is served. */
export class PreparedCalls implements GuardsRoom {
  readonly #prepared = new WeakMap<ServedDefinition, { roots: readonly string[]; guards: PreparedGuards }>();

  inspect(served: ServedDefinition, args: JsonObject, roots: readonly string[]): readonly Finding[] {
    let known = this.#prepared.get(served);
    if (!known || known.roots !== roots) {
      known = { roots, guards: prepareGuards(served.definition, { roots, declared: [] }) };
      this.#prepared.set(served, known);
    }
    return known.guards.inspect(args);
  }
}
