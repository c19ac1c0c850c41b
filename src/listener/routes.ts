import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../core/principal.ts';

/** What a further route is given. The body was gathered within the limits; it is not parsed. */
export interface RouteRequest {
  /** Of `{gateway}` in the path; null when the path has none. */
  readonly gateway: string | null;
  /** Recognised for that gateway; null on open routes. */
  readonly caller: Caller | null;
  readonly body: Buffer;
  /** Whether it claims to be plain JSON. */
  readonly isJson: boolean;
  readonly address: string;
}

export interface RouteAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Told as `Retry-After`. */
  readonly retryAfterMs?: number;
}

/** A plain request and answer beside the MCP endpoint, such as `POST /v1/gateways/{gateway}/evaluate`. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** May contain `{gateway}` as one segment. */
  readonly path: string;
  /** `key`: needs a key of the gateway in the path. */
  readonly access: 'open' | 'key';
  handle(request: RouteRequest): Promise<RouteAnswer>;
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
  | { readonly kind: 'route'; readonly route: Route; readonly gateway: string | null };

const MCP = /^\/v1\/mcp\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})(\/messages)?\/?$/;
const GATEWAY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

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
    if (route.method === method) return { kind: 'route', route, gateway: found.gateway };
    allowed.push(route.method);
  }
  return allowed.length === 0 ? { kind: 'nowhere' } : { kind: 'other method', allow: allowed.join(', ') };
}

function matchRoute(pattern: string, path: string): { gateway: string | null } | null {
  if (pattern === path) return { gateway: null };
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  let gateway: string | null = null;
  for (const [i, segment] of wanted.entries()) {
    const value = given[i] ?? '';
    if (segment === '{gateway}' && GATEWAY.test(value)) gateway = value;
    else if (segment !== value) return null;
  }
  return gateway === null ? null : { gateway };
}

/** Paths that OAuth clients probe unasked; answered with a plain 404 so that they stop (protocol notes, Refusals). */
export function isDiscovery(path: string): boolean {
  return path.startsWith('/.well-known/') || path === '/register';
}
