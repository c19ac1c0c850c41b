import { Fault } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { isObject, own, type JsonObject, type JsonValue } from '../core/json.ts';
import type { RpcError } from '../core/exchange.ts';
import type { Tenant, UpstreamSettings } from '../upstreams/upstream.ts';

/** Capability that a client must have declared, and the operator relays, for each server→client request. */
const NEEDS: ReadonlyMap<string, 'sampling' | 'elicitation' | 'roots'> = new Map([
  ['sampling/createMessage', 'sampling'],
  ['elicitation/create', 'elicitation'],
  ['roots/list', 'roots'],
]);

/** An error by which servers of 2025-11-25 send the user to pages before a call can work (Elicitation › URL Mode). */
export const VISIT_REQUIRED = -32042;

/** Between whom a question is passed on. */
export interface Hop {
  readonly settings: UpstreamSettings;
  readonly tenant: Tenant;
}

/**
 * Makes sure that the operator relays such a question and that this client declared it, its mode included.
 * @throws Fault('relay_refused')
 */
export function checkRelay({ settings, tenant }: Hop, method: string, params: JsonObject): void {
  const capability = NEEDS.get(method);
  const declared = capability && settings.relay[capability] ? tenant.capabilities[capability] : undefined;
  if (!isObject(declared) || !takes(declared, method, params)) throw notRelayed(method);
  if (method === 'elicitation/create' && own(params, 'mode') === 'url') checkPage(own(params, 'url'));
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The user is only sent to web pages, over TLS unless on this machine, and never with a name before the host. */
function checkPage(url: JsonValue | undefined): void {
  const page = typeof url === 'string' ? URL.parse(url) : null;
  const isSafe = page?.protocol === 'https:' || (page?.protocol === 'http:' && LOOPBACK.test(page.hostname));
  if (page && isSafe && page.username === '' && page.password === '') return;
  const shown = typeof url === 'string' ? url.slice(0, URL_SHOWN_MAX) : typeof url;
  throw new Fault('relay_refused', `the server sends the user to \`${shown}\`, which is no page to visit safely`);
}

const URL_SHOWN_MAX = 120;

/**
 * A question with the name of the server that asks: to the client, all servers of a gateway are one.
 * @param asker null where the gateway has one server only, so that nobody else can be meant
 */
export function signQuestion(asker: string | null, method: string, params: JsonObject): JsonObject {
  if (asker === null) return params;
  const meta = own(params, '_meta');
  const signed: JsonObject = { ...params, _meta: { ...(isObject(meta) ? meta : null), 'veto/server': asker } };
  const message = own(params, 'message');
  if (method === 'elicitation/create' && typeof message === 'string') signed.message = `[${asker}] ${message}`;
  return signed;
}

/** A result whose questions are signed; the result itself where it asks nothing. */
export function signRequests(asker: string | null, result: JsonObject): JsonObject {
  const requests = own(result, 'inputRequests');
  if (asker === null || !isObject(requests)) return result;
  const signed = Object.entries(requests).map(([key, request]): [string, JsonValue] => {
    const method = isObject(request) ? own(request, 'method') : undefined;
    if (!isObject(request) || typeof method !== 'string') return [key, request ?? null];
    const params = own(request, 'params');
    return [key, { ...request, params: signQuestion(asker, method, isObject(params) ? params : {}) }];
  });
  return { ...result, inputRequests: Object.fromEntries(signed) };
}

/** Whether a declared capability covers this very question (Elicitation and Sampling › Capabilities, both eras). */
function takes(declared: JsonObject, method: string, params: JsonObject): boolean {
  if (method === 'sampling/createMessage') {
    const usesTools = own(params, 'tools') !== undefined || own(params, 'toolChoice') !== undefined;
    return !usesTools || isObject(own(declared, 'tools'));
  }
  if (method !== 'elicitation/create') return true;
  const visits = isObject(own(declared, 'url'));
  const mode = own(params, 'mode');
  if (mode === 'url') return visits;
  // An empty capability means forms (2025-11-25, for clients of before).
  return (mode === undefined || mode === 'form') && (isObject(own(declared, 'form')) || !visits);
}

/** Every request inside an `input_required` must be one that may be passed on. @throws Fault */
export function checkRequests(hop: Hop, result: JsonObject): void {
  const requests = own(result, 'inputRequests');
  if (requests === undefined) return;
  if (!isObject(requests)) throw new Fault('upstream_protocol', '`inputRequests` is not an object');
  for (const request of Object.values(requests)) {
    if (!isObject(request) || typeof request.method !== 'string')
      throw new Fault('upstream_protocol', 'an input request has no method');
    checkRelay(hop, request.method, isObject(request.params) ? request.params : {});
  }
}

export function notRelayed(method: string): Fault {
  return new Fault(
    'relay_refused',
    `the server asked for \`${method}\`, which this gateway does not pass on to this client`,
  );
}

/** The pages that the user is to visit, as the error names them; what is no such thing is left out. */
export function visitsIn(error: RpcError): readonly JsonObject[] {
  const named = isObject(error.data) ? own(error.data, 'elicitations') : undefined;
  return Array.isArray(named) ? named.filter((each) => isObject(each)) : [];
}

/** The same pages as questions of 2026-07-28, which knows neither that error nor numbers of elicitations. */
export function visitRequests(visits: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(
    visits.map((params, n): [string, JsonObject] => [
      `visit-${n + 1}`,
      { method: 'elicitation/create', params: { ...modernQuestion(params), mode: 'url' } },
    ]),
  );
}

/** A legacy question in the words of 2026-07-28. */
export function modernQuestion(params: JsonObject): JsonObject {
  if (own(params, 'elicitationId') === undefined) return params;
  const { elicitationId: _, ...rest } = params;
  return rest;
}

/** A modern question in the words of earlier revisions, where a page to visit has a number. */
export function legacyQuestion(method: string, params: JsonObject, nowMs: number): JsonObject {
  const isVisit: boolean = method === 'elicitation/create' && own(params, 'mode') === 'url';
  const numbered: JsonValue | undefined = own(params, 'elicitationId');
  return isVisit && numbered === undefined ? { ...params, elicitationId: newId(nowMs) } : params;
}
