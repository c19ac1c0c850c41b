import type { Client } from '../core/call.ts';
import { digest } from '../core/canonical-json.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import type { Caller } from '../core/principal.ts';
import type { Relay, Tenant, UpstreamSettings } from '../upstreams/upstream.ts';

const NOTHING: JsonObject = {};

/**
 * Whose connection to an upstream a call uses. Where server→client requests are relayed, a connection belongs to one
 * session (or, on stateless wires, to one set of capabilities of one principal), because a legacy server's question
 * cannot be attributed otherwise and its capabilities are fixed at `initialize`.
 */
export function tenantOf(settings: UpstreamSettings, gateway: string, caller: Caller, client: Client): Tenant {
  const { relay, isolation } = settings;
  const capabilities = relays(relay) ? relayed(relay, client.capabilities) : NOTHING;
  if (isolation === 'shared' && capabilities === NOTHING) return { key: '', capabilities };
  const owner = [gateway, caller.principal.id];
  if (capabilities !== NOTHING) owner.push(client.session ?? digest(capabilities));
  else if (isolation === 'session' && client.session !== null) owner.push(client.session);
  return { key: JSON.stringify(owner), capabilities };
}

function relays(relay: Relay): boolean {
  return relay.sampling || relay.elicitation || relay.roots;
}

/** Client capabilities ∩ what the operator relays. */
function relayed(relay: Relay, declared: JsonObject): JsonObject {
  const passed: JsonObject = {};
  for (const name of ['sampling', 'elicitation', 'roots'] as const) {
    const capability = declared[name];
    if (relay[name] && isObject(capability)) passed[name] = capability;
  }
  return passed;
}
