import type { Resolved } from '../core/call.ts';
import type { Answer, ClientSession, Exchange } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import type { Permit } from '../core/permit.ts';
import { refuse, type Refusal } from '../core/refusal.ts';
import type { Ears, Subscription, Tenant, UpstreamAnswer } from '../upstreams/upstream.ts';
import { LIST_KINDS, type Audience, type ListName, type SessionState } from './audience.ts';
import { META_PREFIX, requestedLevel, reaches } from './client-notices.ts';
import { walk, type Walk } from './pipeline.ts';
import type { Rooms } from './rooms.ts';
import type { GatewaySnapshot } from './snapshot.ts';
import { belongsToSession, tenantOf } from './tenancy.ts';
import { nameOfUpdate, type Watched } from './watched-resources.ts';

const DONE: UpstreamAnswer = { kind: 'result', result: {} };

/** Lets a legacy session hear of changes at every upstream of its gateway, until it closes. */
export function attachSession(
  way: Walk,
  audience: Audience,
  gateway: GatewaySnapshot,
  { caller, client }: Pick<Exchange, 'caller' | 'client'>,
  session: ClientSession,
): void {
  const state = audience.stateOf(session);
  const leave = audience.add({
    gateway: gateway.name,
    lists: new Set(LIST_KINDS),
    notify: (method, params) => session.notify(method, params),
  });
  const own: Tenant[] = [];
  for (const upstream of gateway.upstreams) {
    const settings = way.rooms.upstreams.settings(upstream);
    if (!settings) continue;
    const tenant = tenantOf(settings, gateway.name, caller, client);
    const watched: Watched = new Map();
    const subscription = way.rooms.upstreams.subscribe(
      upstream,
      tenant,
      sessionEars(way.rooms, session, state, watched),
    );
    state.subscriptions.set(upstream, { subscription, watched });
    if (belongsToSession(settings, client)) own.push(tenant);
  }
  session.onClose(() => {
    leave();
    state.close();
    for (const tenant of own) way.rooms.upstreams.release(tenant);
  });
}

function sessionEars(rooms: Rooms, session: ClientSession, state: SessionState, watched: Watched): Ears {
  return {
    listChanged: (list) => session.notify(`notifications/${list}/list_changed`, {}),
    resourceUpdated: (uri) => {
      const known = nameOfUpdate(watched, uri, rooms);
      if (known !== null) session.notify('notifications/resources/updated', { uri: known });
    },
    other: (method, params) => {
      if (method !== 'notifications/message' || state.wants(params.level)) session.notify(method, params);
    },
  };
}

/**
 * The effect of `resources/subscribe` and `resources/unsubscribe` of a legacy session, once permitted.
 * @param resourcesMax how many resources one session may subscribe to
 * @throws Fault, and what was held before stays held
 */
export async function changeSubscription(
  permit: Permit,
  call: Resolved,
  state: SessionState,
  resourcesMax: number,
): Promise<UpstreamAnswer> {
  permit.spend();
  const { target, upstreamTarget, method, upstream } = call;
  const held = state.subscriptions.get(upstream);
  if (!held || upstreamTarget.kind !== 'resource' || target.kind !== 'resource')
    return { kind: 'error', error: { code: -32601, message: 'subscriptions are not available here' } };
  const { watched, subscription } = held;
  const { uri } = upstreamTarget;
  const before = watched.get(uri);
  if (method === 'resources/unsubscribe') watched.delete(uri);
  else if (before === undefined && state.watchedCount >= resourcesMax)
    throw new Fault('upstream_overloaded', `the session subscribed to ${resourcesMax} resources already`);
  else watched.set(uri, { call, knownAs: target.uri });
  try {
    await subscription.setResources([...watched.keys()]);
  } catch (error) {
    // One resource that the server does not take must not stand in the way of the next.
    if (before === undefined && watched.delete(uri)) subscription.setResources([...watched.keys()]).catch(() => {});
    throw error;
  }
  return DONE;
}

/** What one `subscriptions/listen` asks for. */
export interface ListenFilter {
  readonly lists: ReadonlySet<ListName>;
  readonly uris: ReadonlySet<string>;
}

/** Reads the filter, before anything is walked: each resource costs a decision and its records. */
export function readFilter(exchange: Exchange, resourcesMax: number): ListenFilter | Refusal {
  const wanted = own(exchange.params, 'notifications');
  const asked = isObject(wanted) ? wanted : {};
  const lists = new Set(LIST_KINDS.filter((list) => asked[`${list}ListChanged`] === true));
  const named = Array.isArray(asked.resourceSubscriptions) ? asked.resourceSubscriptions : [];
  const uris = new Set(named.filter((uri) => typeof uri === 'string'));
  if (uris.size <= resourcesMax) return { lists, uris };
  return refuse('PARAMS_INVALID', `\`resourceSubscriptions\` may name ${resourcesMax} resources at most`);
}

/**
 * `subscriptions/listen` (2026-07-28): acknowledges what it will honour, then tells of changes until the client goes
 * away or the gateway stops. Every resource walks the same rooms as a read.
 * @param ending aborted when the gateway stops: the stream then ends with a result
 */
export async function listen(
  way: Walk,
  audience: Audience,
  gateway: GatewaySnapshot,
  exchange: Exchange,
  { lists, uris }: ListenFilter,
  ending: AbortSignal,
): Promise<Answer> {
  const over = AbortSignal.any([exchange.signal, ending]);
  const resources = await allowedResources(way, gateway, exchange, uris, over);
  const _meta = { [`${META_PREFIX}subscriptionId`]: exchange.requestId };
  const tell = (method: string, params: JsonObject): void => exchange.notify(method, { ...params, _meta });

  tell('notifications/subscriptions/acknowledged', { notifications: honoured(lists, resources) });
  const leave = audience.add({ gateway: gateway.name, lists, notify: tell });
  const open = openListens(way, gateway, exchange, { lists, resources, tell });
  await ended(over);
  leave();
  for (const subscription of open) subscription.close();
  return { kind: 'result', result: { _meta } };
}

interface Wanted {
  readonly lists: ReadonlySet<ListName>;
  /** By upstream. */
  readonly resources: ReadonlyMap<string, Watched>;
  readonly tell: (method: string, params: JsonObject) => void;
}

function openListens(
  way: Walk,
  gateway: GatewaySnapshot,
  exchange: Exchange,
  { lists, resources, tell }: Wanted,
): Subscription[] {
  const open: Subscription[] = [];
  const level = requestedLevel(exchange);
  for (const upstream of gateway.upstreams) {
    const settings = way.rooms.upstreams.settings(upstream);
    if (!settings) continue;
    const watched = resources.get(upstream);
    const subscription = way.rooms.upstreams.subscribe(
      upstream,
      tenantOf(settings, gateway.name, exchange.caller, exchange.client),
      {
        listChanged: (list) => {
          if (lists.has(list)) tell(`notifications/${list}/list_changed`, {});
        },
        resourceUpdated: (uri) => {
          const known = watched ? nameOfUpdate(watched, uri, way.rooms) : null;
          if (known !== null) tell('notifications/resources/updated', { uri: known });
        },
        other: (method, params) => {
          if (method === 'notifications/message' && level !== null && reaches(params.level, level))
            tell(method, params);
        },
      },
    );
    open.push(subscription);
    if (watched) subscription.setResources([...watched.keys()]).catch(() => subscription.close());
  }
  return open;
}

/** Walks each wanted resource like a call of its own; those refused are left out of the acknowledgement. */
async function allowedResources(
  way: Walk,
  gateway: GatewaySnapshot,
  exchange: Exchange,
  uris: ReadonlySet<string>,
  over: AbortSignal,
): Promise<Wanted['resources']> {
  const allowed = new Map<string, Watched>();
  for (const uri of uris) {
    if (over.aborted) break;
    await walk(way, gateway, subscribing(exchange, uri), async (permit, call) => {
      permit.spend();
      const watched: Watched = allowed.get(call.upstream) ?? new Map();
      if (call.upstreamTarget.kind === 'resource') watched.set(call.upstreamTarget.uri, { call, knownAs: uri });
      allowed.set(call.upstream, watched);
      return DONE;
    });
  }
  return allowed;
}

/** One resource of a listen as the request that it would be in the other era; nothing of it is told to the client. */
function subscribing(exchange: Exchange, uri: string): Exchange {
  const { gateway, caller, client, requestId, receivedAtMs, signal, session } = exchange;
  const silent = { notify: () => undefined, ask: null };
  const request = { method: 'resources/subscribe', params: { uri } };
  return { gateway, caller, client, requestId, receivedAtMs, signal, session, ...request, ...silent };
}

function honoured(lists: ReadonlySet<ListName>, resources: Wanted['resources']): JsonObject {
  const uris = [...resources.values()].flatMap((watched) => [...watched.values()].map(({ knownAs }) => knownAs));
  const flags = Object.fromEntries([...lists].map((list) => [`${list}ListChanged`, true]));
  return uris.length === 0 ? flags : { ...flags, resourceSubscriptions: uris };
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
