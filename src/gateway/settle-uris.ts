import type { ServedDefinition } from '../integrity/offer.ts';
import { claimsOf, type Claim, type Collision, type Exposed, type Named, type Party } from './claims.ts';
import { fits, overlap, patternOf, type UriPattern } from './uri-template.ts';

/** What a URI can lead to at one upstream. */
export interface Holding {
  readonly upstream: string;
  readonly isAway: boolean;
  /** In the order of its list. */
  readonly templates: readonly { readonly pattern: UriPattern; readonly served: ServedDefinition }[];
  /** What integrity holds back: not to be reached by a template that fits it either. */
  readonly closedUris: ReadonlySet<string>;
  readonly closedTemplates: readonly UriPattern[];
}

/** The resources of a gateway, and whom each URI belongs to. */
export interface Uris {
  readonly resources: Named;
  readonly templates: Named;
  readonly holdings: ReadonlyMap<string, Holding>;
  /** Upstreams that a URI can name at its beginning; empty where there is only one anyway. */
  readonly addressable: ReadonlyMap<string, Holding>;
  /** URIs that an upstream once listed: whether it still has them is for that one to say, not for another. */
  readonly unlisted: ReadonlyMap<string, string>;
  /** Templates that keep their plain URIs, served or not. No URI fits those of two upstreams. */
  readonly plain: readonly PlainTemplate[];
}

interface PlainTemplate {
  readonly upstream: string;
  readonly pattern: UriPattern;
}

/**
 * Templates of a gateway with several servers that keep their plain URIs, the oldest; further ones are qualified. Every
 * claim is held against each of them, and a server can offer thousands.
 */
const PLAIN_TEMPLATES_MAX = 256;

/**
 * Gives every resource and every template URIs of its own. A newcomer that shares one with an older claim of another
 * upstream, be it by a template that fits the same, goes by `server+uri`, which still is a URI (RFC 3986, 3.1). That
 * beginning is the server's alone: what of itself begins like it is qualified as well.
 * @param collisions what is to be told is added here, once for each newcomer
 */
export function settleUris(parties: readonly Party[], collisions: Collision[]): Uris {
  const holdings = new Map(parties.map((party) => [party.upstream, holdingOf(party)]));
  const addressable: Uris['addressable'] = parties.length > 1 ? holdings : new Map();
  const resources = new Map<string, Exposed>();
  const templates = new Map<string, Exposed>();
  const unlisted = new Map<string, string>();
  const plain: PlainTemplate[] = [];
  const plainMax = parties.length > 1 ? PLAIN_TEMPLATES_MAX : Infinity;
  const keeperOf = ({ name, upstream }: Claim, pattern: UriPattern): string | undefined => {
    const addressed = addressee(addressable, name);
    if (addressed) return addressed.upstream;
    const listedBy = resources.get(name)?.upstream ?? unlisted.get(name);
    if (listedBy !== undefined && listedBy !== upstream) return listedBy;
    const older = plain.find((one) => one.upstream !== upstream && overlap(one.pattern, pattern));
    if (older) return older.upstream;
    return pattern.last !== null && plain.length >= plainMax ? upstream : undefined;
  };
  for (const claim of claimsOf(['resource', 'template'], parties)) {
    const { kind, name, upstream, served } = claim;
    const pattern = kind === 'template' ? patternOf(name) : exactly(name);
    const keeper = keeperOf(claim, pattern);
    if (keeper === undefined && kind === 'template') plain.push({ upstream, pattern });
    if (keeper === undefined && kind === 'resource' && !served) unlisted.set(name, upstream);
    if (!served) continue;
    const exposedAs = keeper === undefined ? name : `${upstream}+${name}`;
    (kind === 'template' ? templates : resources).set(exposedAs, { upstream, name: exposedAs, served });
    if (keeper !== undefined && keeper !== upstream)
      collisions.push({ kind, name, keeper, newcomer: upstream, exposedAs });
  }
  return { resources, templates, holdings, addressable, unlisted, plain };
}

const exactly = (uri: string): UriPattern => ({ first: uri, between: [], last: null });

function holdingOf({ upstream, offering }: Party): Holding {
  const { served = [], withheld = [] } = offering?.admission ?? {};
  return {
    upstream,
    isAway: offering === null,
    templates: served
      .filter(({ definition: { kind } }) => kind === 'template')
      .map((one) => ({ pattern: patternOf(one.definition.name), served: one })),
    closedUris: new Set(withheld.filter(({ kind }) => kind === 'resource').map(({ name }) => name)),
    closedTemplates: withheld.filter(({ kind }) => kind === 'template').map(({ name }) => patternOf(name)),
  };
}

/** The upstream that a URI names before everything else. */
export function addressee(addressable: ReadonlyMap<string, Holding>, uri: string): Holding | undefined {
  const end = addressable.size === 0 ? -1 : uri.indexOf('+');
  return end < 1 ? undefined : addressable.get(uri.slice(0, end));
}

/** The upstream whose template keeps a URI. */
export function keeperByTemplate({ plain }: Uris, uri: string): string | undefined {
  for (const { upstream, pattern } of plain) if (fits(pattern, uri)) return upstream;
  return undefined;
}

/** The template of an upstream that a URI of its own fits; null without one. */
export function templateFor({ templates }: Holding, uri: string): ServedDefinition | null {
  for (const { pattern, served } of templates) if (fits(pattern, uri)) return served;
  return null;
}

/** Whether an upstream cannot or may not be asked for a URI of its own that it does not list. */
export function isClosed({ isAway, closedUris, closedTemplates }: Holding, uri: string): boolean {
  return isAway || closedUris.has(uri) || closedTemplates.some((pattern) => fits(pattern, uri));
}
