import type { JsonObject } from '../core/json.ts';
import type { Judged } from '../core/permit.ts';
import type { CallPorts, Tenant } from './upstream.ts';

/** One call on its way to a server. */
export interface Outgoing {
  readonly judged: Judged;
  readonly tenant: Tenant;
  readonly ports: CallPorts;
}

/** What a modern upstream is told of the client, with each request. */
export function declaredOf({ capabilities, extensions }: Tenant): JsonObject {
  return extensions === undefined ? capabilities : { ...capabilities, extensions };
}
