import type { Target } from '../core/call.ts';
import type { DefinitionKind } from '../core/definition.ts';
import type { Catalogue } from '../upstreams/upstream.ts';
import { matchesTemplate } from './uri-template.ts';
import type { Admission, ServedDefinition } from '../integrity/offer.ts';

/** One upstream's part of a gateway: what it offers and what of it may be served. */
export interface Offering {
  readonly upstream: string;
  readonly catalogue: Catalogue;
  readonly admission: Admission;
}

/** A definition under the name by which clients of this gateway know it. */
export interface Exposed {
  readonly upstream: string;
  readonly name: string;
  readonly served: ServedDefinition;
}

/** A name that two upstreams claim: the later one is exposed under another. */
export interface Collision {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly keeper: string;
  readonly newcomer: string;
  readonly exposedAs: string;
}

type Named = ReadonlyMap<string, Exposed>;

/** The merged face of a gateway's upstreams. Immutable: built when a catalogue changes, asked on every call. */
export interface Exposure {
  readonly offerings: readonly Offering[];
  readonly tools: Named;
  readonly prompts: Named;
  readonly resources: Named;
  readonly templates: Named;
  readonly collisions: readonly Collision[];
}

/**
 * Joins a server and a name. Two underscores for tools and prompts, as clients accept only letters, digits, `_` and `-`
 * there; a `+` for resources, which keeps the name a URI (RFC 3986, 3.1).
 */
export function qualify(kind: DefinitionKind, upstream: string, name: string): string {
  return kind === 'tool' || kind === 'prompt' ? `${upstream}__${name}` : `${upstream}+${name}`;
}

/** Merges offerings (in configuration order) into one face; names first pinned are kept, newcomers are qualified. */
export function expose(offerings: readonly Offering[]): Exposure {
  const collisions: Collision[] = [];
  const merge = (kind: DefinitionKind): Named => merged(kind, offerings, collisions);
  return {
    offerings,
    tools: merge('tool'),
    prompts: merge('prompt'),
    resources: merge('resource'),
    templates: merge('template'),
    collisions,
  };
}

function merged(kind: DefinitionKind, offerings: readonly Offering[], collisions: Collision[]): Named {
  const claims = new Map<string, Exposed[]>();
  for (const { upstream, admission } of offerings) {
    for (const served of admission.served) {
      if (served.definition.kind !== kind) continue;
      const { name } = served.definition;
      const claim: Exposed = { upstream, name, served };
      const rivals = claims.get(name);
      if (rivals) rivals.push(claim);
      else claims.set(name, [claim]);
    }
  }
  return settleNames(kind, claims, collisions);
}

function settleNames(kind: DefinitionKind, claims: ReadonlyMap<string, Exposed[]>, collisions: Collision[]): Named {
  const exposed = new Map<string, Exposed>();
  for (const [name, rivals] of claims) {
    const [keeper, ...newcomers] = rivals.toSorted((a, b) => a.served.pinnedAtMs - b.served.pinnedAtMs);
    if (!keeper) continue;
    exposed.set(name, keeper);
    for (const rival of newcomers) {
      const exposedAs = unusedName(qualify(kind, rival.upstream, name), claims, exposed);
      exposed.set(exposedAs, { ...rival, name: exposedAs });
      collisions.push({ kind, name, keeper: keeper.upstream, newcomer: rival.upstream, exposedAs });
    }
  }
  return exposed;
}

/** A server can offer a tool whose own name looks qualified; then one more underscore keeps the two apart. */
function unusedName(wanted: string, claims: ReadonlyMap<string, unknown>, exposed: Named): string {
  let name = wanted;
  while (claims.has(name) || exposed.has(name)) name += '_';
  return name;
}

/** Where a target leads: the upstream, its own name for the target, and the definition if there is one. */
export interface Route {
  readonly upstream: string;
  readonly target: Target;
  readonly served: ServedDefinition | null;
}

/** Finds the upstream of a target as the client named it; null when nothing here answers to it. */
export function route(exposure: Exposure, target: Target): Route | null {
  if (target.kind === 'tool') return routeNamed(exposure.tools, target.kind, target.name);
  if (target.kind === 'prompt') return routeNamed(exposure.prompts, target.kind, target.name);
  if (target.kind === 'resource') return routeUri(exposure, target.uri);
  return null;
}

function routeNamed(names: Named, kind: 'tool' | 'prompt', name: string): Route | null {
  const found = names.get(name);
  if (!found) return null;
  return { upstream: found.upstream, target: { kind, name: found.served.definition.name }, served: found.served };
}

/** A listed resource, else a template that fits, else the only server that has resources at all. */
function routeUri(exposure: Exposure, uri: string): Route | null {
  const listed = exposure.resources.get(uri) ?? exposure.templates.get(uri) ?? byTemplate(exposure, uri);
  const target: Target = { kind: 'resource', uri: listed && listed.name === uri ? listed.served.definition.name : uri };
  if (listed) return { upstream: listed.upstream, target, served: listed.served };
  const candidates = exposure.offerings.filter((o) => o.catalogue.capabilities.resources !== undefined);
  const [only] = candidates;
  return candidates.length === 1 && only
    ? { upstream: only.upstream, target: { kind: 'resource', uri }, served: null }
    : null;
}

function byTemplate(exposure: Exposure, uri: string): Exposed | undefined {
  for (const template of exposure.templates.values()) {
    if (matchesTemplate(template.served.definition.name, uri)) return template;
  }
  return undefined;
}
