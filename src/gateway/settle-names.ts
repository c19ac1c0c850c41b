import type { DefinitionKind } from '../core/definition.ts';
import { claimsOf, type Collision, type Exposed, type Named, type Party } from './claims.ts';

/**
 * Gives every tool or prompt a name of its own. The oldest claim is asked first, for qualified names too: a newcomer
 * that calls itself `crm__lookup` does not get what `crm` is called already.
 * @param collisions what is to be told is added here
 */
export function settleNames(kind: DefinitionKind, parties: readonly Party[], collisions: Collision[]): Named {
  const keepers = new Map<string, string>();
  const exposed = new Map<string, Exposed>();
  for (const { name, upstream, served } of claimsOf([kind], parties)) {
    const keeper = keepers.get(name);
    // Clients accept only letters, digits, `_` and `-` in these names.
    const exposedAs = keeper === undefined ? name : unusedName(`${upstream}__${name}`, keepers);
    keepers.set(exposedAs, upstream);
    if (!served) continue;
    exposed.set(exposedAs, { upstream, name: exposedAs, served });
    if (keeper !== undefined) collisions.push({ kind, name, keeper, newcomer: upstream, exposedAs });
  }
  return exposed;
}

/** A server can offer a tool whose own name looks qualified; then one more underscore keeps the two apart. */
function unusedName(wanted: string, keepers: ReadonlyMap<string, string>): string {
  let name = wanted;
  while (keepers.has(name)) name += '_';
  return name;
}
