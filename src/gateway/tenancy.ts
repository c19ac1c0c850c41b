import type { Client } from '../core/call.ts';
import { digest } from '../core/canonical-json.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import { identityOf, type Caller } from '../core/principal.ts';
import type { Relay, Tenant, UpstreamSettings } from '../upstreams/upstream.ts';

const NOTHING: JsonObject = {};

/**
 * Whose connection to an upstream a call uses. Where server→client requests are relayed, a connection belongs to one
 * session (or, on stateless wires, to one set of capabilities of one principal), because a legacy server's question
 * cannot be attributed otherwise and its capabilities are fixed at `initialize`.
 */
export function tenantOf(settings: UpstreamSettings, gateway: string, caller: Caller, client: Client): Tenant {
  const { relay, isolation } = settings;
  if (!relays(relay)) {
    if (isolation === 'shared') return EVERYBODY;
    if (isolation === 'principal' || client.session === null) return ofPrincipal(gateway, caller);
    return { key: JSON.stringify([gateway, identityOf(caller.principal), client.session]), capabilities: NOTHING };
  }
  const capabilities = relayed(relay, client.capabilities);
  const owner = client.session ?? digest(capabilities);
  return { key: JSON.stringify([gateway, identityOf(caller.principal), owner]), capabilities };
}

const EVERYBODY: Tenant = { key: '', capabilities: NOTHING };
const known = new WeakMap<Caller, Map<string, Tenant>>();

/** The usual tenant, asked for several times on every call: made once per caller and gateway. */
function ofPrincipal(gateway: string, caller: Caller): Tenant {
  let tenants = known.get(caller);
  if (!tenants) known.set(caller, (tenants = new Map<string, Tenant>()));
  let tenant = tenants.get(gateway);
  if (!tenant) {
    tenant = { key: JSON.stringify([gateway, identityOf(caller.principal)]), capabilities: NOTHING };
    tenants.set(gateway, tenant);
  }
  return tenant;
}

function relays(relay: Relay): boolean {
  return relay.sampling || relay.elicitation || relay.roots;
}

/** Whether the connection that a client uses is of its session alone, and has no use once that ended. */
export function belongsToSession({ relay, isolation }: UpstreamSettings, client: Client): boolean {
  return client.session !== null && (relays(relay) || isolation === 'session');
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

/** Extensions that Veto understands; others stay behind, as their results would be invalid to the receiver. */
export const EXTENSIONS = ['io.modelcontextprotocol/tasks'];

/**
 * The tenant for one request: its client's extensions go along, without making the connection another one. Not those
 * of a legacy client: a result by an extension has no form in its revisions.
 */
export function withExtensions(tenant: Tenant, client: Client): Tenant {
  const declared = client.capabilities.extensions;
  if (client.era === 'legacy' || !isObject(declared)) return tenant;
  const known = EXTENSIONS.filter((name) => isObject(declared[name]));
  if (known.length === 0) return tenant;
  return { ...tenant, extensions: Object.fromEntries(known.map((name) => [name, declared[name]])) };
}
