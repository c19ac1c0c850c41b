import type { Resolved } from '../core/call.ts';
import type { Answer, ClientSession, Exchange } from '../core/exchange.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import type { Permit } from '../core/permit.ts';
import type { Ears, Subscription, UpstreamAnswer } from '../upstreams/upstream.ts';
import { LIST_KINDS, type Audience, type ListName, type SessionState } from './audience.ts';
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
    const uris = new Set<string>();
    const subscription = way.rooms.upstreams.subscribe(upstream, tenant, sessionEars(way, session, state, uris));
    state.subscriptions.set(upstream, { subscription, uris });
  }
  session.onClose(() => {
    leave();
    state.close();
  });
}

function sessionEars(way: Walk, session: ClientSession, state: SessionState, uris: ReadonlySet<string>): Ears {
  return {
    listChanged: (list) => session.notify(`notifications/${list}/list_changed`, {}),
    resourceUpdated: (uri) => {
      if (uris.has(uri)) session.notify('notifications/resources/updated', { uri });
    },
    other: (method, params) => {
      if (method === 'notifications/message' && !state.wants(params.level)) return;
      const inspected = way.rooms.inspection.inspectNotice(params);
      if (inspected !== null) session.notify(method, inspected);
    },
  };
}

/** The effect of `resources/subscribe` and `resources/unsubscribe` of a legacy session, once permitted. */
export async function changeSubscription(permit: Permit, call: Resolved, state: SessionState): Promise<UpstreamAnswer> {
  permit.spend();
  const { upstreamTarget: target, method, upstream } = call;
  const held = state.subscriptions.get(upstream);
  if (!held || target.kind !== 'resource')
    return { kind: 'error', error: { code: -32601, message: 'subscriptions are not available here' } };
  if (method === 'resources/subscribe') held.uris.add(target.uri);
  else held.uris.delete(target.uri);
  await held.subscription.setResources([...held.uris]);
  return DONE;
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
  ending: AbortSignal,
): Promise<Answer> {
  const wanted = own(exchange.params, 'notifications');
  const asked = isObject(wanted) ? wanted : {};
  const lists = new Set(LIST_KINDS.filter((list) => asked[`${list}ListChanged`] === true));
  const resources = await allowedResources(way, gateway, exchange, asked);
  const _meta = { [`${META_PREFIX}subscriptionId`]: exchange.requestId };
  const tell = (method: string, params: JsonObject): void => exchange.notify(method, { ...params, _meta });

  tell('notifications/subscriptions/acknowledged', { notifications: honoured(lists, resources) });
  const leave = audience.add({ gateway: gateway.name, lists, notify: tell });
  const open = openListens(way, gateway, exchange, { lists, resources, tell });
  await ended(AbortSignal.any([exchange.signal, ending]));
  leave();
  for (const subscription of open) subscription.close();
  return { kind: 'result', result: { _meta } };
}

interface Wanted {
  readonly lists: ReadonlySet<ListName>;
  /** By upstream: the upstream's URI, and the one by which the client knows it. */
  readonly resources: ReadonlyMap<string, ReadonlyMap<string, string>>;
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
    const uris = resources.get(upstream);
    const subscription = way.rooms.upstreams.subscribe(
      upstream,
      tenantOf(settings, gateway.name, exchange.caller, exchange.client),
      {
        listChanged: (list) => {
          if (lists.has(list)) tell(`notifications/${list}/list_changed`, {});
        },
        resourceUpdated: (uri) => {
          const known = uris?.get(uri);
          if (known !== undefined) tell('notifications/resources/updated', { uri: known });
        },
        other: (method, params) => {
          if (method !== 'notifications/message' || level === null || !reaches(params.level, level)) return;
          const inspected = way.rooms.inspection.inspectNotice(params);
          if (inspected !== null) tell(method, inspected);
        },
      },
    );
    open.push(subscription);
    if (uris) subscription.setResources([...uris.keys()]).catch(() => subscription.close());
  }
  return open;
}

/** Walks each wanted resource like a call of its own; those refused are left out of the acknowledgement. */
async function allowedResources(
  way: Walk,
  gateway: GatewaySnapshot,
  exchange: Exchange,
  asked: JsonObject,
): Promise<Wanted['resources']> {
  const allowed = new Map<string, Map<string, string>>();
  const uris = Array.isArray(asked.resourceSubscriptions) ? asked.resourceSubscriptions : [];
  for (const uri of new Set(uris)) {
    if (typeof uri !== 'string') continue;
    await walk(way, gateway, { ...exchange, method: 'resources/subscribe', params: { uri } }, async (permit, call) => {
      permit.spend();
      const known = allowed.get(call.upstream) ?? new Map<string, string>();
      if (call.upstreamTarget.kind === 'resource') known.set(call.upstreamTarget.uri, uri);
      allowed.set(call.upstream, known);
      return DONE;
    });
  }
  return allowed;
}

function honoured(lists: ReadonlySet<ListName>, resources: Wanted['resources']): JsonObject {
  const uris = [...resources.values()].flatMap((of) => [...of.values()]);
  const flags = Object.fromEntries([...lists].map((list) => [`${list}ListChanged`, true]));
  return uris.length === 0 ? flags : { ...flags, resourceSubscriptions: uris };
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
