import type { Target } from '../core/call.ts';
import type { DefinitionKind } from '../core/definition.ts';
import type { Catalogue } from '../upstreams/upstream.ts';
import { matchesTemplate } from './uri-template.ts';
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
  /** Resource URIs that nobody may reach, not by a template either. */
  readonly closedUris: ReadonlySet<string>;
  readonly closedTemplates: readonly string[];
  /** Resource URIs that an upstream once listed: whether it still has them is for that one to say, not for another. */
  readonly unlisted: ReadonlyMap<string, string>;
  /** Whether every upstream is there: only then is it known that nobody else answers to a name. */
  readonly isWhole: boolean;
}

/**
 * Joins a server and a name. Two underscores for tools and prompts, as clients accept only letters, digits, `_` and `-`
 * there; a `+` for resources, which keeps the name a URI (RFC 3986, 3.1).
 */
function qualify(kind: DefinitionKind, upstream: string, name: string): string {
  return kind === 'tool' || kind === 'prompt' ? `${upstream}__${name}` : `${upstream}+${name}`;
}

/**
 * Merges upstreams (in configuration order) into one face. A name belongs to the upstream where it was pinned first,
 * also while that one is away or may not serve it: newcomers are qualified, and nobody takes over what was meant for
 * another.
 */
export function expose(parties: readonly Party[]): Exposure {
  const collisions: Collision[] = [];
  const merge = (kind: DefinitionKind): Named => merged(kind, parties, collisions);
  return {
    offerings: parties.flatMap(({ offering }) => offering ?? []),
    tools: merge('tool'),
    prompts: merge('prompt'),
    resources: merge('resource'),
    templates: merge('template'),
    collisions,
    closedUris: new Set(closed('resource', parties)),
    closedTemplates: closed('template', parties),
    unlisted: unlisted(parties),
    isWhole: parties.every(({ offering }) => offering !== null),
  };
}

/** Held back, or of an upstream that is away. */
function closed(kind: DefinitionKind, parties: readonly Party[]): string[] {
  return parties.flatMap(({ offering, reserved }) =>
    (offering?.admission.withheld ?? reserved).filter((of) => of.kind === kind).map(({ name }) => name),
  );
}

function unlisted(parties: readonly Party[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { upstream, offering, reserved } of parties) {
    if (!offering) continue;
    for (const { kind, name } of reserved) if (kind === 'resource' && !owners.has(name)) owners.set(name, upstream);
  }
  return owners;
}

/** Who says that a name is its own; `served` is null where it is not to be had at the moment. */
interface Claim {
  readonly upstream: string;
  readonly pinnedAtMs: number;
  readonly served: ServedDefinition | null;
}

function merged(kind: DefinitionKind, parties: readonly Party[], collisions: Collision[]): Named {
  const claims = new Map<string, Claim[]>();
  const claim = (name: string, one: Claim): void => {
    const rivals = claims.get(name);
    if (rivals) rivals.push(one);
    else claims.set(name, [one]);
  };
  for (const { upstream, offering, reserved } of parties) {
    for (const served of offering?.admission.served ?? []) {
      const { definition, pinnedAtMs } = served;
      if (definition.kind === kind) claim(definition.name, { upstream, pinnedAtMs, served });
    }
    for (const of of reserved)
      if (of.kind === kind) claim(of.name, { upstream, pinnedAtMs: of.pinnedAtMs, served: null });
  }
  return settleNames(kind, claims, collisions);
}

function settleNames(kind: DefinitionKind, claims: ReadonlyMap<string, Claim[]>, collisions: Collision[]): Named {
  const exposed = new Map<string, Exposed>();
  for (const [name, rivals] of claims) {
    const [keeper, ...newcomers] = rivals.toSorted((a, b) => a.pinnedAtMs - b.pinnedAtMs);
    if (!keeper) continue;
    if (keeper.served) exposed.set(name, { upstream: keeper.upstream, name, served: keeper.served });
    for (const { upstream, served } of newcomers) {
      const exposedAs = unusedName(qualify(kind, upstream, name), claims, exposed);
      if (!served) continue;
      exposed.set(exposedAs, { upstream, name: exposedAs, served });
      collisions.push({ kind, name, keeper: keeper.upstream, newcomer: upstream, exposedAs });
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

/** A listed resource, else a template that fits, else the only server that has resources at all. Never a closed one. */
function routeUri(exposure: Exposure, uri: string): Route | null {
  const named = exposure.resources.get(uri) ?? exposure.templates.get(uri);
  if (!named && isClosed(exposure, uri)) return null;
  const owner = exposure.unlisted.get(uri);
  const listed = named ?? byTemplate(exposure, uri, owner);
  const target: Target = { kind: 'resource', uri: listed && listed.name === uri ? listed.served.definition.name : uri };
  if (listed) return { upstream: listed.upstream, target, served: listed.served };
  const upstream = owner ?? onlyWithResources(exposure);
  return upstream === null ? null : { upstream, target, served: null };
}

function onlyWithResources({ offerings, isWhole }: Exposure): string | null {
  const candidates = offerings.filter((o) => o.catalogue.capabilities.resources !== undefined);
  const [only] = candidates;
  return isWhole && candidates.length === 1 && only ? only.upstream : null;
}

function isClosed({ closedUris, closedTemplates }: Exposure, uri: string): boolean {
  return closedUris.has(uri) || closedTemplates.some((template) => template === uri || matchesTemplate(template, uri));
}

function byTemplate(exposure: Exposure, uri: string, owner: string | undefined): Exposed | undefined {
  for (const template of exposure.templates.values()) {
    if (owner !== undefined && template.upstream !== owner) continue;
    if (matchesTemplate(template.served.definition.name, uri)) return template;
  }
  return undefined;
}
