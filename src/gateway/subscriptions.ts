import type { Resolved } from '../core/call.ts';
import type { Answer, ClientSession, Exchange } from '../core/exchange.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import type { Permit } from '../core/permit.ts';
import type { Ears, Subscription, UpstreamAnswer } from '../upstreams/upstream.ts';
import { knownAs, LIST_KINDS, type Audience, type KnownUris, type ListName, type SessionState } from './audience.ts';
import { META_PREFIX, requestedLevel, reaches } from './client-notices.ts';
import { walk, type Walk } from './pipeline.ts';
import type { GatewaySnapshot } from './snapshot.ts';
import { tenantOf } from './tenancy.ts';

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
  for (const upstream of gateway.upstreams) {
    const settings = way.rooms.upstreams.settings(upstream);
    if (!settings) continue;
    const tenant = tenantOf(settings, gateway.name, caller, client);
    const uris: KnownUris = new Map();
    const subscription = way.rooms.upstreams.subscribe(upstream, tenant, sessionEars(session, state, uris));
    state.subscriptions.set(upstream, { subscription, uris });
  }
  session.onClose(() => {
    leave();
    state.close();
  });
}

function sessionEars(session: ClientSession, state: SessionState, uris: KnownUris): Ears {
  return {
    listChanged: (list) => session.notify(`notifications/${list}/list_changed`, {}),
    resourceUpdated: (uri) => {
      const known = knownAs(uris, uri);
      if (known !== null) session.notify('notifications/resources/updated', { uri: known });
    },
    other: (method, params) => {
      // Task ids of the upstream mean nothing to the client; tasks are asked for.
      if (method.startsWith('notifications/tasks')) return;
      if (method !== 'notifications/message' || state.wants(params.level)) session.notify(method, params);
    },
  };
}

/** The effect of `resources/subscribe` and `resources/unsubscribe` of a legacy session, once permitted. */
export async function changeSubscription(permit: Permit, call: Resolved, state: SessionState): Promise<UpstreamAnswer> {
  permit.spend();
  const { target: named, upstreamTarget: target, method, upstream } = call;
  const held = state.subscriptions.get(upstream);
  if (!held || target.kind !== 'resource' || named.kind !== 'resource')
    return { kind: 'error', error: { code: -32601, message: 'subscriptions are not available here' } };
  if (method === 'resources/subscribe') held.uris.set(target.uri, named.uri);
  else held.uris.delete(target.uri);
  await held.subscription.setResources([...held.uris.keys()]);
  return DONE;
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
  { ending, waitMs }: { readonly ending: AbortSignal; readonly waitMs: number },
): Promise<Answer> {
  const wanted = own(exchange.params, 'notifications');
  const asked = isObject(wanted) ? wanted : {};
  const lists = new Set(LIST_KINDS.filter((list) => asked[`${list}ListChanged`] === true));
  const resources = await allowedResources(way, gateway, exchange, asked);
  const _meta = { [`${META_PREFIX}subscriptionId`]: exchange.requestId };
  const early: [string, JsonObject][] = [];
  let tell = (method: string, params: JsonObject): void => {
    if (early.length < EARLY_MAX) early.push([method, params]);
  };
  const notify = (method: string, params: JsonObject): void => tell(method, params);

  const leave = audience.add({ gateway: gateway.name, lists, notify });
  const open = openListens(way, gateway, exchange, { lists, resources, tell: notify });
  const over = ended(AbortSignal.any([exchange.signal, ending]));
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
type AllowedResources = Map<string, KnownUris>;

interface Wanted {
  readonly lists: ReadonlySet<ListName>;
  readonly resources: AllowedResources;
  tell(method: string, params: JsonObject): void;
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
    const uris = resources.get(upstream);
    const tenant = tenantOf(settings, gateway.name, exchange.caller, exchange.client);
    const subscription = way.rooms.upstreams.subscribe(upstream, tenant, {
      listChanged: (list) => {
        if (lists.has(list)) tell(`notifications/${list}/list_changed`, {});
      },
      resourceUpdated: (uri) => {
        const known = uris ? knownAs(uris, uri) : null;
        if (known !== null) tell('notifications/resources/updated', { uri: known });
      },
      other: (method, params) => {
        if (method === 'notifications/message' && level !== null && reaches(params.level, level)) tell(method, params);
      },
    });
    const ready = subscription.setResources([...(uris?.keys() ?? [])]);
    ready.catch(() => {}); // seen by `refusedBy`, unless the client went away first
    return [{ upstream, subscription, ready }];
  });
}

/** Walks each wanted resource like a call of its own; those refused are left out of the acknowledgement. */
async function allowedResources(
  way: Walk,
  gateway: GatewaySnapshot,
  exchange: Exchange,
  asked: JsonObject,
): Promise<AllowedResources> {
  const allowed: AllowedResources = new Map();
  const uris = Array.isArray(asked.resourceSubscriptions) ? asked.resourceSubscriptions : [];
  for (const uri of new Set(uris)) {
    if (typeof uri !== 'string') continue;
    await walk(way, gateway, { ...exchange, method: 'resources/subscribe', params: { uri } }, async (permit, call) => {
      permit.spend();
      const known: KnownUris = allowed.get(call.upstream) ?? new Map();
      if (call.upstreamTarget.kind === 'resource') known.set(call.upstreamTarget.uri, uri);
      allowed.set(call.upstream, known);
      return DONE;
    });
  }
  return allowed;
}

function honoured(lists: ReadonlySet<ListName>, resources: AllowedResources): JsonObject {
  const uris = [...resources.values()].flatMap((of) => [...of.values()]);
  const flags = Object.fromEntries([...lists].map((list) => [`${list}ListChanged`, true]));
  return uris.length === 0 ? flags : { ...flags, resourceSubscriptions: uris };
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
