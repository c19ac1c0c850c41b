import { signalOf } from '../core/cancellation.ts';
import type { Resolved } from '../core/call.ts';
import type { Answer, ClientSession, Exchange } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import type { Permit } from '../core/permit.ts';
import { refuse, type Refusal } from '../core/refusal.ts';
import type { Ears, Subscription, Tenant, UpstreamAnswer } from '../upstreams/upstream.ts';
import { LIST_KINDS, type Audience, type ListName, type SessionState } from './audience.ts';
import { META } from '../mcp/revisions.ts';
import { requestedLevel, reaches } from './client-notices.ts';
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
      // Task ids of the upstream mean nothing to the client; tasks are asked for.
      if (method.startsWith('notifications/tasks')) return;
      if (method === 'notifications/message' && !state.wants(params.level)) return;
      const inspected = rooms.inspection.inspectNotice(params);
      if (inspected !== null) session.notify(method, inspected);
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
 * away or the gateway stops. Every resource walks the same rooms as a read. The acknowledgement waits until the servers
 * listen too, so that no change after it is missed; what they say before it is told after it.
 * @param ending aborted when the gateway stops: the stream then ends with a result
 * @param waitMs how long the acknowledgement waits for servers that do not answer
 */
export async function listen(
  way: Walk,
  audience: Audience,
  gateway: GatewaySnapshot,
  exchange: Exchange,
  { lists, uris }: ListenFilter,
  { ending, waitMs }: { readonly ending: AbortSignal; readonly waitMs: number },
): Promise<Answer> {
  const stop = AbortSignal.any([signalOf(exchange.signal), ending]);
  const resources = await allowedResources(way, gateway, exchange, uris, stop);
  const _meta = { [META.subscriptionId]: exchange.requestId };
  const early: [string, JsonObject][] = [];
  let tell = (method: string, params: JsonObject): void => {
    if (early.length < EARLY_MAX) early.push([method, params]);
  };
  const notify = (method: string, params: JsonObject): void => tell(method, params);

  const leave = audience.add({ gateway: gateway.name, lists, notify });
  const open = openListens(way, gateway, exchange, { lists, resources, tell: notify });
  const over = ended(stop);
  let stopWaiting = (): void => {};
  const patience = new Promise<void>((resolve) => (stopWaiting = way.rooms.clock.after(waitMs, resolve)));
  const refused = await Promise.race([refusedBy(open), patience, over]);
  stopWaiting();
  for (const upstream of refused ?? []) resources.get(upstream)?.clear();
  tell = (method, params) => exchange.notify(method, { ...params, _meta });
  tell('notifications/subscriptions/acknowledged', { notifications: honoured(lists, resources) });
  for (const [method, params] of early) tell(method, params);
  await over;
  leave();
  for (const { subscription } of open) subscription.close();
  return { kind: 'result', result: { _meta } };
}

/** Notices kept until the acknowledgement; more are dropped. */
const EARLY_MAX = 1_000;

/** By upstream. */
type AllowedResources = Map<string, Watched>;

interface Wanted {
  readonly lists: ReadonlySet<ListName>;
  readonly resources: AllowedResources;
  readonly tell: (method: string, params: JsonObject) => void;
}

interface Open {
  readonly upstream: string;
  readonly subscription: Subscription;
  /** Settles when the server listens, or will not. */
  readonly ready: Promise<void>;
}

/** Upstreams that did not take the subscription. */
async function refusedBy(open: readonly Open[]): Promise<readonly string[]> {
  const outcomes = await Promise.allSettled(open.map(({ ready }) => ready));
  return open.filter((_, n) => outcomes[n]?.status === 'rejected').map(({ upstream }) => upstream);
}

function openListens(
  way: Walk,
  gateway: GatewaySnapshot,
  exchange: Exchange,
  { lists, resources, tell }: Wanted,
): Open[] {
  const level = requestedLevel(exchange);
  return gateway.upstreams.flatMap((upstream) => {
    const settings = way.rooms.upstreams.settings(upstream);
    if (!settings) return [];
    const watched = resources.get(upstream);
    const tenant = tenantOf(settings, gateway.name, exchange.caller, exchange.client);
    const subscription = way.rooms.upstreams.subscribe(upstream, tenant, {
      listChanged: (list) => {
        if (lists.has(list)) tell(`notifications/${list}/list_changed`, {});
      },
      resourceUpdated: (uri) => {
        const known = watched ? nameOfUpdate(watched, uri, way.rooms) : null;
        if (known !== null) tell('notifications/resources/updated', { uri: known });
      },
      other: (method, params) => {
        if (method !== 'notifications/message' || level === null || !reaches(params.level, level)) return;
        const inspected = way.rooms.inspection.inspectNotice(params);
        if (inspected !== null) tell(method, inspected);
      },
    });
    const ready = subscription.setResources([...(watched?.keys() ?? [])]);
    ready.catch(() => {}); // seen by `refusedBy`, unless the client went away first
    return [{ upstream, subscription, ready }];
  });
}

/** Walks each wanted resource like a call of its own; those refused are left out of the acknowledgement. */
async function allowedResources(
  way: Walk,
  gateway: GatewaySnapshot,
  exchange: Exchange,
  uris: ReadonlySet<string>,
  over: AbortSignal,
): Promise<AllowedResources> {
  const allowed: AllowedResources = new Map();
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

function honoured(lists: ReadonlySet<ListName>, resources: AllowedResources): JsonObject {
  const uris = [...resources.values()].flatMap((watched) => [...watched.values()].map(({ knownAs }) => knownAs));
  const flags = Object.fromEntries([...lists].map((list) => [`${list}ListChanged`, true]));
  return uris.length === 0 ? flags : { ...flags, resourceSubscriptions: uris };
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
