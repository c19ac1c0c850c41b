/**
 * Requests that a client of the 2026-07-28 wire may send, the Tasks extension included. Everything else, removed
 * methods such as `ping` too, is unknown there.
 */
const MODERN_METHODS: ReadonlySet<string> = new Set([
  'server/discover',
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'completion/complete',
  'subscriptions/listen',
  'tasks/get',
  'tasks/update',
  'tasks/cancel',
]);

/** Requests of the revisions with `initialize`; `initialize` and `ping` themselves are answered at the wire. */
const LEGACY_METHODS: ReadonlySet<string> = new Set([
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'completion/complete',
  'logging/setLevel',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/cancel',
]);

/** Results that carry `ttlMs` and `cacheScope` (2026-07-28, Caching › Cacheable Results). */
const CACHEABLE: ReadonlySet<string> = new Set([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
]);

/** Requests that may be answered with `input_required` (2026-07-28, MRTR › Supported Requests). */
const ASKABLE: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

/** Whether the 2026-07-28 wire knows this request. */
export function isModernMethod(method: string): boolean {
  return MODERN_METHODS.has(method);
}

/** Whether sessions of the earlier revisions know this request. */
export function isLegacyMethod(method: string): boolean {
  return LEGACY_METHODS.has(method);
}

/** Whether a complete result of this request carries hints for caches. */
export function isCacheable(method: string): boolean {
  return CACHEABLE.has(method);
}

/** Whether this request may be answered with a question. */
export function mayAskForInput(method: string): boolean {
  return ASKABLE.has(method);
}

/** Requests whose target `Mcp-Name` has to mirror (2026-07-28, Streamable HTTP › Standard Request Headers). */
const NAMED: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

/** Whether a request without its target in `Mcp-Name` is refused. */
export function mustBeNamed(method: string): boolean {
  return NAMED.has(method);
}
