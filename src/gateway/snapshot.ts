import type { Policy } from '../policy/policy.ts';

/** One named entry point as it stands now. */
export interface GatewaySnapshot {
  readonly name: string;
  /** In configuration order: it decides ties. */
  readonly upstreams: readonly string[];
  readonly policy: Policy;
  /** Whom its keys may ask about without forwarding: nobody, their own principal, anybody. */
  readonly evaluate: 'off' | 'own' | 'any';
  /** Labels that rules can read as `context.env` and the like. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What calls are decided with: immutable, swapped whole. A call keeps the one with which it entered. */
export interface Snapshot {
  readonly version: number;
  readonly gateways: ReadonlyMap<string, GatewaySnapshot>;
}
