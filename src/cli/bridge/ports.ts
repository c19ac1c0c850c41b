import type { Clock } from '../../core/clock.ts';
import type { BridgeLimits } from './bridge-limits.ts';
import type { GatewayHttp } from './gateway-http.ts';

/** What both eras of a bridge share. */
export interface BridgePorts {
  readonly http: GatewayHttp;
  readonly clock: Clock;
  /** A number from 0 (inclusive) to 1 (exclusive), to spread retries. */
  readonly jitter: () => number;
  readonly limits: BridgeLimits;
  /** Address of the gateway, for messages. */
  readonly endpoint: string;
  /** Writes one JSON-RPC message to the client. */
  write(text: string): void;
  /** An id for a request of the bridge's own, unlike any that clients make up. */
  ownId(): string;
  /** One sentence for the operator. */
  report(sentence: string): void;
}
