import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../core/principal.ts';
import type { PlainAnswer } from '../core/problem.ts';

/** What a further route is given. The body was gathered within the limits; it is not parsed. */
export interface RouteRequest {
  /** Of `{gateway}` in the path; null when the path has none. */
  readonly gateway: string | null;
  /** Of `{name}` in the path, by name, as sent; `{gateway}` too. */
  readonly params: Readonly<Record<string, string>>;
  /** What follows the `?`, as sent; empty without one. */
  readonly query: string;
  /** Recognised for that gateway, or as an administrator; null on open routes. */
  readonly caller: Caller | null;
  readonly body: Buffer;
  /** Whether it claims to be plain JSON. */
  readonly isJson: boolean;
  readonly address: string;
}

/** A plain request and answer beside the MCP endpoint, such as `POST /v1/gateways/{gateway}/evaluate`. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** May contain `{gateway}` and other names in braces, each as one segment. */
  readonly path: string;
  /** `key`: needs a key of the gateway in the path. `admin`: needs an administrator's. */
  readonly access: 'open' | 'key' | 'admin';
  handle(request: RouteRequest): Promise<PlainAnswer>;
}

/** Takes requests that no route wants (the dashboard), after `Host` and `Origin` were checked. */
export type Fallback = (req: IncomingMessage, res: ServerResponse) => void;

export type Place =
  | { readonly kind: 'mcp'; readonly gateway: string }
  | { readonly kind: 'messages'; readonly gateway: string }
  | { readonly kind: 'health' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'nowhere' }
  /** A route has this path, for other methods. */
  | { readonly kind: 'other method'; readonly allow: string }
  | { readonly kind: 'route'; readonly route: Route; readonly params: Readonly<Record<string, string>> };

const MCP = /^\/v1\/mcp\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})(\/messages)?\/?$/;
const GATEWAY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Everything else that stands in a path, such as an id: nothing that would need decoding. */
const PARAM = /^[A-Za-z0-9_-]{1,16384}$/;

/** Where administrators call. Everything there is answered in their manner: problem documents, never JSON-RPC. */
export const ADMIN_PATH = '/v1/admin/';

/** Path without query, as sent: no decoding, no dot segments, so that no two spellings mean one place. */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** Finds the place that a path names. Discovery paths of OAuth are nowhere unless a route offers them. */
export function findPlace(method: string, path: string, routes: readonly Route[]): Place {
  const mcp = MCP.exec(path);
  if (mcp?.[1] !== undefined) return { kind: mcp[2] === undefined ? 'mcp' : 'messages', gateway: mcp[1] };
  if (path === '/healthz') return { kind: 'health' };
  if (path === '/readyz') return { kind: 'ready' };
  const allowed: string[] = [];
  for (const route of routes) {
    const found = matchRoute(route.path, path);
    if (found === null) continue;
    if (route.method === method) return { kind: 'route', route, params: found };
    allowed.push(route.method);
  }
  return allowed.length === 0 ? { kind: 'nowhere' } : { kind: 'other method', allow: allowed.join(', ') };
}

function matchRoute(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [i, segment] of wanted.entries()) {
    const value = given[i] ?? '';
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined ? segment !== value : !(name === 'gateway' ? GATEWAY : PARAM).test(value)) return null;
    if (name !== undefined) params[name] = value;
  }
  return params;
}

/** Paths that OAuth clients probe unasked; answered with a plain 404 so that they stop (protocol notes, Refusals). */
export function isDiscovery(path: string): boolean {
  return path.startsWith('/.well-known/') || path === '/register';
}
