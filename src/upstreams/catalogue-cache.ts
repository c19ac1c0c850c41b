import { sha256 } from '../core/canonical-json.ts';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { own } from '../core/json.ts';
import type { Judged } from '../core/permit.ts';
import { mirroredParams, type MirroredParam } from '../mcp/headers.ts';
import type { BackOff } from './back-off.ts';
import type { Offer } from './catalogue.ts';
import type { Introduction } from './introduction.ts';
import type { Catalogue } from './upstream.ts';

/** However often a server says "stale at once" or a forward misses a tool, it is not asked more often than this. */
const TTL_MS_MIN = 2000;

const NONE: readonly MirroredParam[] = [];

export interface Fetched {
  readonly offer: Offer;
  readonly introduction: Introduction;
}

/** The catalogue of one tenant, and when to fetch it anew. */
export class CatalogueCache {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #backOff: BackOff;
  readonly #versions: CatalogueVersions;
  readonly #fetch: () => Promise<Fetched>;
  #current: Catalogue | null = null;
  #mirrored: ReadonlyMap<string, readonly MirroredParam[]> = new Map();
  #fetchedAtMs = 0;
  #staleAtMs = 0;
  #epoch = 0;
  #fetching: Promise<Catalogue> | null = null;

  constructor(
    clock: Clock,
    ttlMs: number,
    backOff: BackOff,
    versions: CatalogueVersions,
    fetch: () => Promise<Fetched>,
  ) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#backOff = backOff;
    this.#versions = versions;
    this.#fetch = fetch;
  }

  get isFresh(): boolean {
    return this.#current !== null && this.#clock.monotonicMs() < this.#staleAtMs;
  }

  known(): Catalogue | null {
    return this.isFresh ? this.#current : null;
  }

  /** What of a tool's arguments goes into headers: by the latest list; before there is one, by what was judged. */
  mirrored({ call, params }: Judged): readonly MirroredParam[] {
    const name = own(params, 'name');
    if (this.#current !== null) return (typeof name === 'string' ? this.#mirrored.get(name) : null) ?? NONE;
    if (call.definition === null) return NONE;
    const found = mirroredParams(own(call.definition.body, 'inputSchema'));
    return found.valid ? found.params : NONE;
  }

  /** Fetched when missing, stale or announced as changed; one fetch at a time, however many ask. @throws Fault */
  async get(): Promise<Catalogue> {
    const known = this.known();
    if (known !== null) return known;
    this.#backOff.check();
    this.#fetching ??= this.#renew().finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  /** The server announced a change: what is fetched by now is no longer true. */
  invalidate(): void {
    this.#epoch++;
    this.#staleAtMs = 0;
  }

  /** Something hints at a change; asked again, but not more often than the shortest freshness. */
  doubt(): void {
    this.#staleAtMs = Math.min(this.#staleAtMs, this.#fetchedAtMs + TTL_MS_MIN);
  }

  async #renew(): Promise<Catalogue> {
    const epoch = this.#epoch;
    let fetched: Fetched;
    try {
      fetched = await this.#fetch();
    } catch (error) {
      if (error instanceof Fault) this.#backOff.failed(error);
      throw error;
    }
    this.#backOff.succeeded();
    this.#current = this.#versions.catalogue(fetched, this.#current);
    this.#mirrored = fetched.offer.mirrored;
    this.#fetchedAtMs = this.#clock.monotonicMs();
    const ttlMs = Math.min(this.#ttlMs, Math.max(TTL_MS_MIN, fetched.offer.ttlMs ?? Infinity));
    this.#staleAtMs = epoch === this.#epoch ? this.#fetchedAtMs + ttlMs : 0;
    return this.#current;
  }
}

/** Numbers the contents that an upstream's catalogue has had; tenants that see the same share one object. */
export class CatalogueVersions {
  #version = 0;
  #latest: Catalogue | null = null;
  readonly #digests = new WeakMap<Catalogue, string>();

  catalogue({ offer, introduction }: Fetched, previous: Catalogue | null): Catalogue {
    const { tools, prompts, resources, templates } = offer;
    const { era, revision, serverInfo, instructions } = introduction;
    const capabilities = introduction.capabilities ?? impliedBy(offer);
    const content = { era, revision, capabilities, serverInfo, instructions, tools, prompts, resources, templates };
    const digest = sha256(JSON.stringify(content));
    for (const known of [previous, this.#latest]) {
      if (known !== null && this.#digests.get(known) === digest) return known;
    }
    this.#latest = { ...content, version: ++this.#version };
    this.#digests.set(this.#latest, digest);
    return this.#latest;
  }
}

/** For a server that does not introduce itself: it has what it lists. */
function impliedBy(offer: Offer): Catalogue['capabilities'] {
  return {
    ...(offer.tools.length > 0 ? { tools: {} } : {}),
    ...(offer.prompts.length > 0 ? { prompts: {} } : {}),
    ...(offer.resources.length + offer.templates.length > 0 ? { resources: {} } : {}),
  };
}
