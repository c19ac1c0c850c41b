import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Credential } from '../gateway/door.ts';
import { refuse, type Refusal } from '../core/refusal.ts';

/** Which hosts and web origins may call. Built once. */
export interface Border {
  /** null: any host (the address is not a loopback one). */
  readonly hosts: ReadonlySet<string> | null;
  readonly origins: ReadonlySet<string>;
  /** Whether web pages of this very machine may call. */
  readonly localOrigins: boolean;
}

const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** Whether binding to this address leaves the gateway reachable from this machine only. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

export function drawBorder(
  host: string,
  publicUrl: string | null,
  allowedOrigins: readonly string[],
  allowedHosts: readonly string[],
): Border {
  const local = isLoopback(host);
  const open = publicUrl === null ? null : new URL(publicUrl);
  const hosts = [...LOCAL_HOSTS, ...allowedHosts.map((name) => name.toLowerCase())];
  if (open !== null) hosts.push(open.hostname);
  const origins = allowedOrigins.map((origin) => new URL(origin).origin);
  if (open !== null) origins.push(open.origin);
  return { hosts: local ? new Set(hosts) : null, origins: new Set(origins), localOrigins: local };
}

/** Headers that decide who calls or what is called: sent twice, two readers could take different ones. */
const SINGLE = new Set([
  'authorization',
  'accept',
  'content-type',
  'content-encoding',
  'host',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'mcp-session-id',
  'origin',
  'x-veto-api-key',
]);
const MIRRORED = 'mcp-param-';
/** `Accept` may be a list in several lines (RFC 9110, 5.3). */
const LISTS = new Set(['accept']);

/** The name of a critical header that was sent more than once; null when there is none. */
function doubled(headers: IncomingHttpHeaders, rawHeaders: readonly string[]): string | null {
  // As many lines as names: none came twice.
  if (Object.keys(headers).length * 2 === rawHeaders.length) return null;
  const seen: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (!SINGLE.has(name) && !name.startsWith(MIRRORED)) continue;
    if (seen.includes(name) && !LISTS.has(name)) return name;
    seen.push(name);
  }
  return null;
}

/**
 * Checks where a request comes from, and that its head reads in one way only (2026-07-28, Security & Endpoint).
 * @param isControlPlane then pages of this machine may call only if they came from here
 */
export function checkBorder(req: IncomingMessage, border: Border, isControlPlane = false): Refusal | null {
  const { host, origin } = req.headers;
  if (border.hosts !== null && !border.hosts.has(hostName(host))) {
    return refuse('ORIGIN_REFUSED', 'the `Host` of the request is not a name of this gateway');
  }
  if (origin !== undefined && !isOriginAllowed(origin, border, isControlPlane ? (host ?? '') : null)) {
    return refuse('ORIGIN_REFUSED', 'the `Origin` of the request is not allowed here');
  }
  const name = doubled(req.headers, req.rawHeaders);
  if (name !== null) return refuse('MESSAGE_MALFORMED', `the header \`${name}\` was sent more than once`);
  return null;
}

const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i;

function hostName(host: string | undefined): string {
  return HOST.exec(host ?? '')?.[1]?.toLowerCase() ?? '';
}

/** @param onlyHost the one host whose pages may call; null: those of this machine may */
function isOriginAllowed(origin: string, border: Border, onlyHost: string | null): boolean {
  if (border.origins.has(origin)) return true;
  if (!border.localOrigins) return false;
  const url = URL.parse(origin);
  if (url === null || url.origin !== origin) return false;
  if (onlyHost !== null && url.host !== onlyHost.toLowerCase()) return false;
  return (url.protocol === 'http:' || url.protocol === 'https:') && LOCAL_HOSTS.includes(url.hostname);
}

const BEARER = /^Bearer +([^\s]+)$/i;

/** The proof of identity that came along. */
export function readCredential(req: IncomingMessage): Credential {
  const key = req.headers['x-veto-api-key'];
  const { authorization } = req.headers;
  const apiKey = typeof key === 'string' && key !== '' ? key : null;
  return { apiKey, bearer: authorization === undefined ? null : (BEARER.exec(authorization)?.[1] ?? null) };
}
