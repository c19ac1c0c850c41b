import type { DefinitionKind } from '../core/definition.ts';
import type { Catalogue } from '../upstreams/upstream.ts';
import type { Admission, ReservedName, ServedDefinition } from '../integrity/offer.ts';

/** One upstream's part of a gateway: what it offers and what of it may be served. */
export interface Offering {
  readonly upstream: string;
  readonly catalogue: Catalogue;
  readonly admission: Admission;
}

/** One upstream of a gateway as it stands: what it offers, and the names that are its own though not served. */
export interface Party {
  readonly upstream: string;
  /** null while it is away. */
  readonly offering: Offering | null;
  readonly reserved: readonly ReservedName[];
}

/** A definition under the name by which clients of this gateway know it. */
export interface Exposed {
  readonly upstream: string;
  readonly name: string;
  readonly served: ServedDefinition;
}

export type Named = ReadonlyMap<string, Exposed>;

/** A name that two upstreams claim: the later one is exposed under another. */
export interface Collision {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly keeper: string;
  readonly newcomer: string;
  readonly exposedAs: string;
}

/** Who says that a name is its own; `served` is null where it is not to be had at the moment. */
export interface Claim {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly upstream: string;
  readonly pinnedAtMs: number;
  readonly served: ServedDefinition | null;
}

/** All claims on names of these kinds, the oldest first; of the same age, those of the first upstream. */
export function claimsOf(kinds: readonly DefinitionKind[], parties: readonly Party[]): Claim[] {
  const claims: Claim[] = [];
  for (const { upstream, offering, reserved } of parties) {
    for (const served of offering?.admission.served ?? []) {
      const { kind, name } = served.definition;
      if (kinds.includes(kind)) claims.push({ kind, name, upstream, pinnedAtMs: served.pinnedAtMs, served });
    }
    for (const { kind, name, pinnedAtMs } of reserved)
      if (kinds.includes(kind)) claims.push({ kind, name, upstream, pinnedAtMs, served: null });
  }
  return claims.sort((a, b) => a.pinnedAtMs - b.pinnedAtMs);
}
