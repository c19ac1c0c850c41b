import type { Definition, DefinitionKind, PinState } from '../core/definition.ts';
import type { Finding } from '../core/decision.ts';
import type { JsonObject } from '../core/json.ts';
import type { JudgedHints } from './judged-hints.ts';
import type { PinEvent, PinnedKind } from './ports.ts';

/** What an upstream offers, as fetched. A `Catalogue` of the upstreams room is one. Never changed once handed over. */
export interface Offer {
  readonly serverInfo: JsonObject;
  readonly instructions: string | null;
  readonly capabilities: JsonObject;
  readonly tools: readonly Definition[];
  readonly prompts: readonly Definition[];
  readonly resources: readonly Definition[];
  readonly templates: readonly Definition[];
}

/** A definition that may be shown to a model and called: always one that somebody vouched for. */
export interface ServedDefinition {
  /** The approved definition, which is not always what the server offers right now. */
  readonly definition: Definition;
  readonly fingerprint: string;
  readonly pinState: PinState;
  /** When somebody first vouched for the name: on a collision of names the earlier one keeps it. */
  readonly pinnedAtMs: number;
  /** The annotations as a policy may read them: contradictions and absence already taken as the worst case. */
  readonly hints: JudgedHints;
  /** What waits beside it, for people and records; they never deny by themselves. */
  readonly notices: readonly Finding[];
}

/** A definition that no agent may see or call, and why. */
export interface WithheldDefinition {
  readonly kind: PinnedKind;
  readonly name: string;
  /** Of what the server offers. */
  readonly fingerprint: string;
  readonly pinState: PinState;
  /** One sentence, lower case, for the record and the operator. */
  readonly reason: string;
  readonly findings: readonly Finding[];
}

/**
 * A name that somebody vouched for at this upstream and that is not served right now: its definition is held back, no
 * longer offered, or the upstream is away. Nobody else may take it over meanwhile.
 */
export interface ReservedName {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** As `ServedDefinition.pinnedAtMs`. */
  readonly pinnedAtMs: number;
}

/** The approved parts of the server's own surface. */
export interface ServedSurface {
  readonly serverInfo: JsonObject;
  readonly instructions: string | null;
  readonly capabilities: JsonObject;
  readonly fingerprint: string;
  readonly pinState: PinState;
}

/** What this room answers about one upstream of one gateway. */
export interface Admission {
  /** In the order of the offer: tools, prompts, resources, templates. */
  readonly served: readonly ServedDefinition[];
  readonly withheld: readonly WithheldDefinition[];
  readonly reserved: readonly ReservedName[];
  /** null while nothing of the server's surface is approved: then show neither instructions nor its name. */
  readonly surface: ServedSurface | null;
  /** What this admission wrote, to be recorded once; empty when it only repeats what is known. */
  readonly events: readonly PinEvent[];
}
