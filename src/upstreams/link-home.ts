import type { Clock } from '../core/clock.ts';
import type { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import type { BackOff } from './back-off.ts';
import type { CatalogueVersions } from './catalogue-cache.ts';
import type { Introduction } from './introduction.ts';
import type { Peer } from './peer.ts';
import type { Tenant, UpstreamSettings } from './upstream.ts';

/** What a link needs of its upstream: the connections that it may have, and what is known of the server. */
export interface LinkHome {
  readonly settings: UpstreamSettings;
  readonly clock: Clock;
  readonly versions: CatalogueVersions;
  backOff(free: number): BackOff;
  note(note: string): void;
  /** @throws Fault */
  connect(tenant: Tenant, events: LinkEvents): Promise<{ peer: Peer; introduction: Introduction }>;
  introduced(peer: Peer, known: Introduction | null): Promise<Introduction>;
  contradict(peer: Peer): boolean;
  stands(peer: Peer): boolean;
  unreachable(fault: Fault): void;
  crashed(fault: Fault): void;
  discard(peer: Peer, fault: Fault): void;
  retire(peer: Peer): void;
}

export interface LinkEvents {
  notice(method: string, params: JsonObject): void;
  closed(peer: Peer, fault: Fault): void;
}
