import type { Client } from '../core/call.ts';
import { Fault } from '../core/fault.ts';
import type { Caller } from '../core/principal.ts';
import type { Catalogue, Tenant } from '../upstreams/upstream.ts';
import { expose, type Exposure, type Offering } from './exposure.ts';
import type { Admission } from '../integrity/offer.ts';
import type { Records } from './records.ts';
import type { Rooms } from './rooms.ts';
import type { GatewaySnapshot } from './snapshot.ts';
import { tenantOf } from './tenancy.ts';

/** What one caller sees of one gateway right now. */
export interface Face {
  readonly exposure: Exposure;
  /** Upstreams that could not be asked, and why; their names are simply absent from lists. */
  readonly unavailable: ReadonlyMap<string, Fault>;
}

const NOBODY_MISSING: ReadonlyMap<string, Fault> = new Map();
const EMPTY = expose([]);

/** Builds faces and keeps those whose parts did not change. An upstream that hangs delays a caller once, not every call. */
export class Faces {
  readonly #rooms: Rooms;
  readonly #records: Records;
  readonly #waitMs: number;
  readonly #kept = new WeakMap<Admission, Exposure[]>();
  readonly #slow = new Map<string, Promise<unknown>>();

  /** @param waitMs how long a caller waits for the lists of an upstream that has not answered yet */
  constructor(rooms: Rooms, records: Records, waitMs: number) {
    this.#rooms = rooms;
    this.#records = records;
    this.#waitMs = waitMs;
  }

  async of(gateway: GatewaySnapshot, caller: Caller, client: Client): Promise<Face> {
    const atHand = this.#atHand(gateway, caller, client);
    return atHand ? { exposure: atHand, unavailable: NOBODY_MISSING } : this.#gather(gateway, caller, client);
  }

  /** The face when every upstream's catalogue is fresh: the usual case, and the cheap one. */
  #atHand(gateway: GatewaySnapshot, caller: Caller, client: Client): Exposure | null {
    const offerings: Offering[] = [];
    for (const upstream of gateway.upstreams) {
      const settings = this.#rooms.upstreams.settings(upstream);
      const tenant = settings && tenantOf(settings, gateway.name, caller, client);
      const catalogue = tenant && this.#rooms.upstreams.known(upstream, tenant);
      const admission = catalogue && this.#rooms.integrity.recall(gateway.name, upstream, catalogue);
      if (!admission) return null;
      offerings.push({ upstream, catalogue, admission });
    }
    return this.#exposure(offerings);
  }

  async #gather(gateway: GatewaySnapshot, caller: Caller, client: Client): Promise<Face> {
    const offerings: Offering[] = [];
    let unavailable: Map<string, Fault> | null = null;
    const asked = gateway.upstreams.map((upstream) => this.#offering(gateway.name, upstream, caller, client));
    for (const outcome of await Promise.all(asked)) {
      if (outcome.missing) (unavailable ??= new Map()).set(outcome.upstream, outcome.missing);
      else offerings.push(outcome.offering);
    }
    return { exposure: this.#exposure(offerings), unavailable: unavailable ?? NOBODY_MISSING };
  }

  async #offering(gateway: string, upstream: string, caller: Caller, client: Client): Promise<Outcome> {
    try {
      const settings = this.#rooms.upstreams.settings(upstream);
      if (!settings)
        throw new Fault('config_invalid', `the gateway \`${gateway}\` names the unknown upstream \`${upstream}\``);
      const tenant = tenantOf(settings, gateway, caller, client);
      const catalogue = await this.#catalogue(upstream, tenant);
      const admission = await this.#admit(gateway, upstream, catalogue, caller);
      return { upstream, offering: { upstream, catalogue, admission }, missing: null };
    } catch (error) {
      if (error instanceof Fault && error.code !== 'store_failed') return { upstream, missing: error };
      throw error;
    }
  }

  async #admit(gateway: string, upstream: string, catalogue: Catalogue, caller: Caller): Promise<Admission> {
    const { integrity, clock } = this.#rooms;
    const known = integrity.recall(gateway, upstream, catalogue);
    if (known) return known;
    const admission = await integrity.admit(gateway, upstream, catalogue, {
      agent: caller.principal.id,
      nowMs: clock.nowMs(),
    });
    for (const event of admission.events) this.#records.pinned(gateway, event);
    // The very object that `recall` gives from now on, so that faces built from it are kept.
    return integrity.recall(gateway, upstream, catalogue) ?? admission;
  }

  /** Waits at most `waitMs`, and not at all for one that was too slow before and still has not answered. */
  async #catalogue(upstream: string, tenant: Tenant): Promise<Catalogue> {
    const key = `${upstream}\n${tenant.key}`;
    const late = new Fault('upstream_timeout', `the upstream \`${upstream}\` has not listed what it offers yet`);
    if (this.#slow.has(key)) throw late;
    const fetched = this.#rooms.upstreams.catalogue(upstream, tenant);
    let stop = (): void => {};
    const patience = new Promise<never>((_, reject) => {
      stop = this.#rooms.clock.after(this.#waitMs, () => {
        const settled = fetched
          .then(
            () => {},
            () => {},
          )
          .finally(() => this.#slow.delete(key));
        this.#slow.set(key, settled);
        reject(late);
      });
    });
    try {
      return await Promise.race([fetched, patience]);
    } finally {
      stop();
    }
  }

  #exposure(offerings: readonly Offering[]): Exposure {
    const [first] = offerings;
    if (!first) return EMPTY;
    const kept = this.#kept.get(first.admission) ?? [];
    const same = kept.find((exposure) => sameOfferings(exposure.offerings, offerings));
    if (same) return same;
    const exposure = expose(offerings);
    this.#kept.set(first.admission, [exposure, ...kept.slice(0, KEPT_PER_ADMISSION - 1)]);
    return exposure;
  }
}

type Outcome =
  | { readonly upstream: string; readonly offering: Offering; readonly missing: null }
  | { readonly upstream: string; readonly missing: Fault };

/** Faces of gateways that share their first upstream but differ in the others. */
const KEPT_PER_ADMISSION = 8;

function sameOfferings(one: readonly Offering[], other: readonly Offering[]): boolean {
  return (
    one.length === other.length &&
    one.every((offering, i) => offering.admission === other[i]?.admission && offering.upstream === other[i].upstream)
  );
}
