import type { Target } from '../core/call.ts';
import type { ServedDefinition } from '../integrity/offer.ts';
import type { Collision, Exposed, Named, Offering, Party } from './claims.ts';
import { settleNames } from './settle-names.ts';
import {
  addressee,
  isClosed,
  keeperByTemplate,
  settleUris,
  templateFor,
  type Holding,
  type Uris,
} from './settle-uris.ts';

/** The merged face of a gateway's upstreams. Immutable: built when a catalogue changes, asked on every call. */
export interface Exposure extends Pick<Uris, 'resources' | 'templates'> {
  readonly offerings: readonly Offering[];
  readonly tools: Named;
  readonly prompts: Named;
  readonly uris: Uris;
  readonly collisions: readonly Collision[];
  /** Whether every upstream is there: only then is it known that nobody else answers to a name. */
  readonly isWhole: boolean;
}

/**
 * Merges upstreams (in configuration order) into one face. A name belongs to the upstream where it was pinned first,
 * also while that one is away or may not serve it: newcomers are qualified, and nobody takes over what was meant for
 * another. What nobody vouched for claims nothing.
 */
export function expose(parties: readonly Party[]): Exposure {
  const collisions: Collision[] = [];
  const uris = settleUris(parties, collisions);
  return {
    offerings: parties.flatMap(({ offering }) => offering ?? []),
    tools: settleNames('tool', parties, collisions),
    prompts: settleNames('prompt', parties, collisions),
    resources: uris.resources,
    templates: uris.templates,
    uris,
    collisions,
    isWhole: parties.every(({ offering }) => offering !== null),
  };
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

/** What is listed, else what a template fits, else the only server that has resources at all. Never a closed one. */
function routeUri(exposure: Exposure, uri: string): Route | null {
  const { uris } = exposure;
  const named = uris.resources.get(uri) ?? uris.templates.get(uri);
  if (named) return routeExposed(named);
  const addressed = addressee(uris.addressable, uri);
  if (addressed) return routeAddressed(uris, addressed, uri.slice(addressed.upstream.length + 1));
  const owner = uris.unlisted.get(uri) ?? keeperByTemplate(uris, uri) ?? onlyWithResources(exposure);
  const holding = owner === null ? undefined : uris.holdings.get(owner);
  if (!holding || isClosed(holding, uri)) return null;
  const served = templateFor(holding, uri);
  // A template that is not listed any more keeps others away, but serves nothing.
  if (!served && !uris.unlisted.has(uri) && onlyWithResources(exposure) !== owner) return null;
  return { upstream: holding.upstream, target: { kind: 'resource', uri }, served };
}

function routeExposed({ upstream, served }: Exposed): Route {
  return { upstream, target: { kind: 'resource', uri: served.definition.name }, served };
}

/**
 * A URI with its server in front. What the server lists or has a template for is found there, also where it needs no
 * such name: a client may know it from the time when it did.
 */
function routeAddressed(uris: Uris, holding: Holding, uri: string): Route | null {
  const { upstream } = holding;
  const named = uris.resources.get(uri) ?? uris.templates.get(uri);
  if (named?.upstream === upstream) return routeExposed(named);
  const served = isClosed(holding, uri) ? null : templateFor(holding, uri);
  return served && { upstream, target: { kind: 'resource', uri }, served };
}

function onlyWithResources({ offerings, isWhole }: Exposure): string | null {
  const candidates = offerings.filter((o) => o.catalogue.capabilities.resources !== undefined);
  const [only] = candidates;
  return isWhole && candidates.length === 1 && only ? only.upstream : null;
}
