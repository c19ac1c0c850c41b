import type { Client } from '../core/call.ts';
import { Fault } from '../core/fault.ts';
import type { Caller } from '../core/principal.ts';
import type { Catalogue, Tenant } from '../upstreams/upstream.ts';
import type { Collision, Party } from './claims.ts';
import { expose, type Exposure } from './exposure.ts';
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

/** Builds faces and keeps those whose parts did not change. An upstream that hangs delays a caller once, not always. */
export class Faces {
  readonly #rooms: Rooms;
  readonly #records: Records;
  readonly #waitMs: number;
  readonly #kept = new WeakMap<Admission, Kept[]>();
  readonly #slow = new Map<string, Promise<unknown>>();
  /** Collisions that are on record, so that each is told once. */
  readonly #told = new Set<string>();
  readonly #arrived: (gateway: string) => void;

  /**
   * @param waitMs how long a caller waits for the lists of an upstream that has not answered yet
   * @param arrived lists that somebody of a gateway was shown without are there now
   */
  constructor(rooms: Rooms, records: Records, waitMs: number, arrived: (gateway: string) => void) {
    this.#rooms = rooms;
    this.#records = records;
    this.#waitMs = waitMs;
    this.#arrived = arrived;
  }

  of(gateway: GatewaySnapshot, caller: Caller, client: Client): Promise<Face> | Face {
    const atHand = this.#atHand(gateway, caller, client);
    return atHand ? { exposure: atHand, unavailable: NOBODY_MISSING } : this.#gather(gateway, caller, client);
  }

  /** The face when every upstream's catalogue is fresh: the usual case, and the cheap one. */
  #atHand(gateway: GatewaySnapshot, caller: Caller, client: Client): Exposure | null {
    const parties: Party[] = [];
    for (const upstream of gateway.upstreams) {
      const settings = this.#rooms.upstreams.settings(upstream);
      const tenant = settings && tenantOf(settings, gateway.name, caller, client);
      const catalogue = tenant && this.#rooms.upstreams.known(upstream, tenant);
      const admission = catalogue && this.#rooms.integrity.recall(gateway.name, upstream, catalogue);
      if (!admission) return null;
      parties.push({ upstream, offering: { upstream, catalogue, admission }, reserved: admission.reserved });
    }
    return this.#exposure(gateway.name, parties);
  }

  async #gather(gateway: GatewaySnapshot, caller: Caller, client: Client): Promise<Face> {
    let unavailable: Map<string, Fault> | null = null;
    // One time for all that is new: names that several claim go by the configuration's order, not by who was quick.
    const nowMs = this.#rooms.clock.nowMs();
    const asked = gateway.upstreams.map((upstream) => this.#party(gateway.name, upstream, caller, client, nowMs));
    const outcomes = await Promise.all(asked);
    for (const { party, missing } of outcomes) if (missing) (unavailable ??= new Map()).set(party.upstream, missing);
    const exposure = this.#exposure(
      gateway.name,
      outcomes.map(({ party }) => party),
    );
    return { exposure, unavailable: unavailable ?? NOBODY_MISSING };
  }

  async #party(gateway: string, upstream: string, caller: Caller, client: Client, nowMs: number): Promise<Outcome> {
    try {
      const settings = this.#rooms.upstreams.settings(upstream);
      if (!settings)
        throw new Fault('config_invalid', `the gateway \`${gateway}\` names the unknown upstream \`${upstream}\``);
      const tenant = tenantOf(settings, gateway, caller, client);
      const catalogue = await this.#catalogue(gateway, upstream, tenant);
      const admission = await this.#admit(gateway, upstream, catalogue, { agent: caller.principal.id, nowMs });
      const offering = { upstream, catalogue, admission };
      return { party: { upstream, offering, reserved: admission.reserved }, missing: null };
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'store_failed') throw error;
      const reserved = await this.#rooms.integrity.reserved(gateway, upstream);
      return { party: { upstream, offering: null, reserved }, missing: error };
    }
  }

  async #admit(
    gateway: string,
    upstream: string,
    catalogue: Catalogue,
    by: { readonly agent: string; readonly nowMs: number },
  ): Promise<Admission> {
    const { integrity } = this.#rooms;
    const known = integrity.recall(gateway, upstream, catalogue);
    if (known) return known;
    const admission = await integrity.admit(gateway, upstream, catalogue, by);
    for (const event of admission.events) this.#records.pinned(gateway, event);
    // The very object that `recall` gives from now on, so that faces built from it are kept.
    return integrity.recall(gateway, upstream, catalogue) ?? admission;
  }

  /** Waits at most `waitMs`, and not at all for one that was too slow before and still has not answered. */
  async #catalogue(gateway: string, upstream: string, tenant: Tenant): Promise<Catalogue> {
    const key = `${upstream}\n${tenant.key}`;
    const late = new Fault('upstream_timeout', `the upstream \`${upstream}\` has not listed what it offers yet`);
    if (this.#slow.has(key)) throw late;
    const fetched = this.#rooms.upstreams.catalogue(upstream, tenant);
    let stop = (): void => {};
    const patience = new Promise<never>((_, reject) => {
      stop = this.#rooms.clock.after(this.#waitMs, () => {
        const settled = fetched.then(
          () => {
            this.#slow.delete(key);
            this.#arrived(gateway);
          },
          () => void this.#slow.delete(key),
        );
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

  #exposure(gateway: string, parties: readonly Party[]): Exposure {
    const first = parties.find(({ offering }) => offering !== null)?.offering;
    if (!first) return expose(parties);
    const kept = this.#kept.get(first.admission) ?? [];
    const same = kept.find(({ of }) => sameParties(of, parties));
    if (same) return same.exposure;
    const exposure = expose(parties);
    for (const collision of exposure.collisions) this.#report(gateway, collision);
    this.#kept.set(first.admission, [{ of: parties, exposure }, ...kept.slice(0, KEPT_PER_ADMISSION - 1)]);
    return exposure;
  }

  #report(gateway: string, collision: Collision): void {
    const { kind, name, newcomer, exposedAs } = collision;
    const key = JSON.stringify([gateway, kind, name, newcomer, exposedAs]);
    if (this.#told.has(key)) return;
    // A server that invents names for ever must not fill the memory; telling again does no harm.
    if (this.#told.size >= TOLD_MAX) this.#told.clear();
    this.#told.add(key);
    this.#records.collided(gateway, collision);
  }
}

const TOLD_MAX = 10_000;

interface Kept {
  readonly of: readonly Party[];
  readonly exposure: Exposure;
}

interface Outcome {
  readonly party: Party;
  readonly missing: Fault | null;
}

/** Faces of gateways that share their first upstream but differ in the others. */
const KEPT_PER_ADMISSION = 8;

function sameParties(one: readonly Party[], other: readonly Party[]): boolean {
  return one.length === other.length && one.every((party, i) => isSame(party, other[i]));
}

function isSame(one: Party, other: Party | undefined): boolean {
  return (
    one.upstream === other?.upstream &&
    one.offering?.admission === other.offering?.admission &&
    one.reserved === other.reserved
  );
}
