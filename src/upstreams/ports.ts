import type { buildConnector } from 'undici';
import type { Clock } from '../core/clock.ts';
import type { ClientInfo } from '../mcp/client-request.ts';

/** What this room needs from outside. */
export interface UpstreamPorts {
  readonly clock: Clock;
  /** A number from 0 (inclusive) to 1 (exclusive) that spreads retries; seeded in tests. */
  readonly jitter: () => number;
  /** Opens sockets to a configured URL; checks where its name leads before it dials. */
  connectTo(url: URL): buildConnector.connector;
  /** How Veto presents itself to upstreams. */
  readonly clientInfo: ClientInfo;
  /** Something the operator should read once: one sentence, lower case, input in backticks. */
  report(upstream: string, note: string): void;
}

/** Somebody wants an upstream restarted. */
export interface RestartOrder {
  readonly id: number;
  readonly upstream: string;
}

/** Orders that operators give from other processes (`veto upstreams restart`). @throws Fault('store_failed'), all */
export interface RestartOrders {
  /** Those not settled yet, after something changed; cheap enough to ask twice a second. */
  due(): readonly RestartOrder[];
  /** @param error why it could not be carried out; null when it was */
  settle(id: number, atMs: number, error: string | null): void;
  /** Settles what was ordered of an earlier process: everything has started anew since. */
  dismissAll(atMs: number): void;
}
