import type { Authenticated, Client, Target } from '../core/call.ts';
import type { DefinitionKind } from '../core/definition.ts';
import type { Answer, Exchange } from '../core/exchange.ts';
import { own, type JsonObject, type JsonValue } from '../core/json.ts';
import type { Caller } from '../core/principal.ts';
import type { Question } from '../policy/policy.ts';
import type { Exposed } from './claims.ts';
import type { Exposure } from './exposure.ts';
import type { GatewayLimits } from './section.ts';
import type { GatewaySnapshot } from './snapshot.ts';

/** How each list is written: the key of its entries, their field with the name, and the method that uses one. */
export interface ListKind {
  readonly kind: DefinitionKind;
  readonly key: string;
  readonly nameField: string;
  readonly usedBy: string;
  readonly of: (exposure: Exposure) => ReadonlyMap<string, Exposed>;
}

export const LISTS: ReadonlyMap<string, ListKind> = new Map([
  ['tools/list', { kind: 'tool', key: 'tools', nameField: 'name', usedBy: 'tools/call', of: (e) => e.tools }],
  ['prompts/list', { kind: 'prompt', key: 'prompts', nameField: 'name', usedBy: 'prompts/get', of: (e) => e.prompts }],
  [
    'resources/list',
    { kind: 'resource', key: 'resources', nameField: 'uri', usedBy: 'resources/read', of: (e) => e.resources },
  ],
  [
    'resources/templates/list',
    {
      kind: 'template',
      key: 'resourceTemplates',
      nameField: 'uriTemplate',
      usedBy: 'resources/read',
      of: (e) => e.templates,
    },
  ],
]);

export interface Asker {
  readonly gateway: GatewaySnapshot;
  readonly caller: Caller;
  readonly client: Client;
  readonly nowMs: number;
  /** Declared roots of an upstream. */
  rootsOf(upstream: string): readonly string[];
}

export interface Filtered {
  readonly shown: readonly JsonObject[];
  /** Under the names that clients would have seen. */
  readonly hidden: readonly string[];
}

/** What of a list this caller may see: an entry is hidden only if no arguments whatever could be allowed. */
export function filterList(list: ListKind, exposure: Exposure, asker: Asker): Filtered {
  const shown: JsonObject[] = [];
  const hidden: string[] = [];
  for (const exposed of list.of(exposure).values()) {
    if (asker.gateway.policy.listing(questionOf(list, exposed, asker)) === 'deny') hidden.push(exposed.name);
    else shown.push(bodyUnder(exposed, list.nameField));
  }
  return { shown, hidden };
}

/** Capabilities by which lists are offered, each with the lists that it covers. */
const OFFERED_BY = {
  tools: ['tools/list'],
  prompts: ['prompts/list'],
  resources: ['resources/list', 'resources/templates/list'],
} as const;
export type ListCapability = keyof typeof OFFERED_BY;

/** Capabilities of which there is something, but nothing that this caller may see. */
export function hiddenCapabilities(exposure: Exposure, asker: Asker): ReadonlySet<ListCapability> {
  const hidden = new Set<ListCapability>();
  for (const capability of ['tools', 'prompts', 'resources'] as const) {
    const questions = OFFERED_BY[capability].flatMap((method) => {
      const list = LISTS.get(method);
      return list ? [...list.of(exposure).values()].map((exposed) => () => questionOf(list, exposed, asker)) : [];
    });
    const { policy } = asker.gateway;
    if (questions.length > 0 && questions.every((of) => policy.listing(of()) === 'deny')) hidden.add(capability);
  }
  return hidden;
}

/** The tool of that name as this caller may see it; null when there is none, or none for them. */
export function visibleTool(exposure: Exposure, name: string, asker: Asker): JsonObject | null {
  const list = LISTS.get('tools/list');
  const exposed = exposure.tools.get(name);
  if (!list || !exposed || asker.gateway.policy.listing(questionOf(list, exposed, asker)) === 'deny') return null;
  return exposed.served.definition.body;
}

function bodyUnder({ name, served }: Exposed, nameField: string): JsonObject {
  const { body } = served.definition;
  return body[nameField] === name ? body : { ...body, [nameField]: name };
}

function questionOf({ kind, usedBy }: ListKind, { upstream, served }: Exposed, asker: Asker): Question {
  const { name } = served.definition;
  const target: Target = kind === 'tool' || kind === 'prompt' ? { kind, name } : { kind: 'resource', uri: name };
  return {
    gateway: asker.gateway.name,
    method: usedBy,
    server: upstream,
    target,
    arguments: null,
    definition: served.definition,
    hintsContradicted: served.hints.contradicted,
    pinState: served.pinState,
    caller: asker.caller,
    client: asker.client,
    nowMs: asker.nowMs,
    environment: asker.gateway.environment,
    findings: [],
    roots: asker.rootsOf(upstream),
  };
}

/**
 * One page of a filtered list. The cursor is an offset: lists are stable in order, and a change of the list between
 * two pages is announced by `list_changed`.
 */
export function page(
  list: ListKind,
  shown: readonly JsonObject[],
  exchange: Exchange,
  { list_page_entries: pageEntries, list_cache_ms: ttlMs }: GatewayLimits,
): Answer {
  const from = offsetOf(own(exchange.params, 'cursor'));
  if (from === null) {
    return {
      kind: 'error',
      httpStatus: 400,
      error: { code: -32602, message: '`cursor` is not one that this gateway gave out' },
    };
  }
  const entries = from === 0 && shown.length <= pageEntries ? shown : shown.slice(from, from + pageEntries);
  const next = from + pageEntries;
  const result: JsonObject = { [list.key]: entries as JsonValue };
  if (ttlMs > 0 && exchange.client.era === 'modern') result.ttlMs = ttlMs;
  if (next < shown.length) result.nextCursor = Buffer.from(`page:${next}`).toString('base64url');
  return { kind: 'result', result };
}

function offsetOf(cursor: JsonValue | undefined): number | null {
  if (cursor === undefined) return 0;
  if (typeof cursor !== 'string') return null;
  const digits = /^page:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The call that a listing is recorded as. */
export function listingCall(exchange: Exchange, id: string): Authenticated {
  return {
    id,
    gateway: exchange.gateway,
    method: exchange.method,
    target: { kind: 'none' },
    arguments: {},
    argumentsDigest: '',
    client: exchange.client,
    caller: exchange.caller,
    receivedAtMs: exchange.receivedAtMs,
  };
}
