import { Fault } from '../core/fault.ts';
import type { Permit } from '../core/permit.ts';
import type { UpstreamPorts } from './ports.ts';
import { Site } from './site.ts';
import type {
  CallPorts,
  Catalogue,
  Ears,
  Subscription,
  Tenant,
  UpstreamAnswer,
  UpstreamSettings,
  UpstreamStatus,
  Upstreams,
} from './upstream.ts';

/** How long calls under way may take when the gateway stops. */
const DRAIN_MS = 5000;

/**
 * The room of upstreams. In comes a permit, spent here, for one judged call; out goes exactly that call, to the server
 * it names, over the connection of the tenant it is for, and the server's answer comes back as it was given.
 *
 * What must never happen here: a call goes out without a permit, or twice when it may change something; one tenant's
 * answer, notice or question reaches another; a credential of a client goes upstream; a child outlives the gateway; an
 * upstream that misbehaves hurts any calls but its own.
 *
 * Nothing is started before it is needed: connections open on the first call, listing or subscription.
 */
export function openUpstreams(settings: readonly UpstreamSettings[], ports: UpstreamPorts): Upstreams {
  return new Room(settings, ports);
}

class Room implements Upstreams {
  readonly #ports: UpstreamPorts;
  #sites = new Map<string, Site>();
  readonly #leaving = new Set<Promise<void>>();

  constructor(settings: readonly UpstreamSettings[], ports: UpstreamPorts) {
    this.#ports = ports;
    this.configure(settings);
  }

  names(): readonly string[] {
    return [...this.#sites.keys()];
  }

  settings(upstream: string): UpstreamSettings | null {
    return this.#sites.get(upstream)?.settings ?? null;
  }

  configure(settings: readonly UpstreamSettings[]): void {
    const former = this.#sites;
    this.#sites = new Map();
    for (const one of settings) {
      const known = former.get(one.name);
      if (known !== undefined && JSON.stringify(known.settings) === JSON.stringify(one)) {
        this.#sites.set(one.name, known);
        former.delete(one.name);
      } else this.#sites.set(one.name, new Site(one, this.#ports));
    }
    for (const [name, site] of former) this.#dismiss(site, this.#sites.get(name) ?? null);
  }

  known(upstream: string, tenant: Tenant): Catalogue | null {
    return this.#sites.get(upstream)?.known(tenant) ?? null;
  }

  async catalogue(upstream: string, tenant: Tenant): Promise<Catalogue> {
    try {
      return await this.#site(upstream).link(tenant).catalogue();
    } catch (error) {
      throw named(upstream, error);
    }
  }

  forward(permit: Permit, tenant: Tenant, ports: CallPorts): Promise<UpstreamAnswer> {
    const judged = permit.spend();
    const { upstream } = judged.call;
    const site = this.#sites.get(upstream);
    if (site === undefined) return Promise.reject(unknown(upstream));
    return site
      .link(tenant)
      .forward(judged, tenant, ports)
      .catch((error: unknown) => {
        throw named(upstream, error);
      });
  }

  subscribe(upstream: string, tenant: Tenant, ears: Ears): Subscription {
    return this.#site(upstream).link(tenant).subscribe(ears);
  }

  release(tenant: Tenant): void {
    for (const site of this.#sites.values()) site.release(tenant.key);
  }

  restart(upstream: string): Promise<void> {
    return this.#site(upstream).restart();
  }

  status(upstream: string): UpstreamStatus {
    return this.#site(upstream).status();
  }

  async close(): Promise<void> {
    const sites = [...this.#sites.values()];
    this.#sites = new Map();
    await Promise.all([...sites.map((site) => site.close(DRAIN_MS)), ...this.#leaving]);
  }

  #site(upstream: string): Site {
    const site = this.#sites.get(upstream);
    if (site === undefined) throw unknown(upstream);
    return site;
  }

  /** Subscribers move to the upstream's new configuration; calls under way may end on the old one. */
  #dismiss(site: Site, successor: Site | null): void {
    for (const link of site.links()) {
      if (successor !== null && link.listening.isWanted) successor.link(link.tenant).listening.adopt(link.listening);
    }
    const leaving = site.close(DRAIN_MS).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }
}

function unknown(upstream: string): Fault {
  return new Fault('upstream_unreachable', `there is no upstream \`${upstream}\``);
}

/** Says which upstream; what is no fault is a bug and goes on as it is. */
function named(upstream: string, error: unknown): unknown {
  if (!(error instanceof Fault)) return error;
  return new Fault(error.code, `upstream \`${upstream}\`: ${error.message}`, { cause: error });
}
