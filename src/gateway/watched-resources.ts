import type { Resolved } from '../core/call.ts';
import { question } from './question.ts';
import type { Rooms } from './rooms.ts';

/** A resource that a client was allowed to subscribe to. */
export interface WatchedResource {
  /** The subscription as it was judged. */
  readonly call: Resolved;
  /** The URI by which the client knows it. */
  readonly knownAs: string;
}

/** By the upstream's own URI. */
export type Watched = Map<string, WatchedResource>;

/**
 * The URI under which a client hears of an update; null when it did not subscribe to it, or may not see it any more.
 * Asked on every update, because a policy, a key or the hour may have changed since the subscription was allowed.
 */
export function nameOfUpdate(watched: Watched, uri: string, rooms: Rooms): string | null {
  const [subscribed, resource] = find(watched, uri) ?? [];
  if (subscribed === undefined || resource === undefined || !mayHear(resource.call, uri, rooms)) return null;
  return resource.knownAs + uri.slice(subscribed.length);
}

/** The resource itself, or one that the updated one is a part of (2025-11-25, Resources › Subscriptions). */
function find(watched: Watched, uri: string): [string, WatchedResource] | null {
  const own = watched.get(uri);
  if (own) return [uri, own];
  for (const entry of watched) {
    const [subscribed] = entry;
    if (uri.startsWith(subscribed.endsWith('/') ? subscribed : `${subscribed}/`)) return entry;
  }
  return null;
}

function mayHear(call: Resolved, uri: string, rooms: Rooms): boolean {
  const gateway = rooms.snapshot().gateways.get(call.gateway);
  try {
    if (!gateway?.upstreams.includes(call.upstream) || !call.caller.isValid()) return false;
    const now: Resolved = { ...call, upstreamTarget: { kind: 'resource', uri } };
    const roots = rooms.upstreams.settings(call.upstream)?.roots ?? [];
    const decision = gateway.policy.decide(
      question({ call: now, served: null, roots }, gateway, [], rooms.clock.nowMs()),
    );
    return decision.effect === 'allow' && !decision.obligations.some(({ kind }) => kind === 'approve');
  } catch {
    return false; // what cannot be decided is not told; the caller is an upstream's notice, which nobody answers
  }
}
