/**
 * Reads a text as the URL that a fetcher would take it for. In: text as it came. Out: scheme, canonical host, port,
 * userinfo, and every further host that another parser could find in it. Never throws: null means unreadable.
 * Source: WHATWG URL Standard, as Node implements it; RFC 3986, 3.2 for what differs.
 */
import { readHost } from './host.ts';
import type { HostFacts } from './host.ts';

/** Longer ones are not read; browsers and servers stop at 2,000 to 8,000. */
const URL_CHARS_MAX = 8192;

export interface UrlFacts {
  readonly href: string;
  /** Without the colon, lower case. */
  readonly scheme: string;
  /** null when the scheme has no authority or the text has none. */
  readonly host: HostFacts | null;
  /** Hosts that other parsers see, when the text is written so that parsers differ. */
  readonly otherHosts: readonly HostFacts[];
  readonly port: number | null;
  readonly userinfo: boolean;
  /** True when the text had no scheme and was read as a web address. */
  readonly assumed: boolean;
}

export type UrlReading =
  | { readonly kind: 'url'; readonly facts: UrlFacts }
  /** `/docs/x`, `?q=1`, `#top`: resolved against something that is not known here, on its host. */
  | { readonly kind: 'relative' }
  | { readonly kind: 'unreadable'; readonly why: string };

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ws: 80, wss: 443, ftp: 21 };
const HAS_SCHEME = /^[a-z][a-z0-9+.-]*:/i;
/** `localhost:3000/x` parses as the scheme `localhost`. */
const HOST_AND_PORT = /^[^\s/\\?#@:]+:\d{1,5}(?:[/\\?#]|$)/;
const AUTHORITY_START = /^[/\\]{2}/;

export function readUrl(text: string): UrlReading {
  if (text.length > URL_CHARS_MAX) return { kind: 'unreadable', why: `has ${text.length} characters` };
  const trimmed = stripIgnored(text);
  if (trimmed === '') return { kind: 'relative' };
  if (AUTHORITY_START.test(trimmed)) return parsed(`http:${trimmed}`, trimmed, true);
  const first = trimmed.charCodeAt(0);
  if (
    first === 0x2f ||
    first === 0x3f ||
    first === 0x23 ||
    first === 0x5c ||
    trimmed.startsWith('./') ||
    trimmed.startsWith('../')
  )
    return { kind: 'relative' };
  if (!HAS_SCHEME.test(trimmed) || HOST_AND_PORT.test(trimmed)) return parsed(`http://${trimmed}`, trimmed, true);
  return parsed(trimmed, trimmed, false);
}

/** The URL parser drops these itself; here so that the first character can be looked at. */
function stripIgnored(text: string): string {
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  if (first > 0x20 && last > 0x20) return /[\t\n\r]/.test(text) ? text.replace(/[\t\n\r]/g, '') : text;
  return text
    .replace(/[\t\n\r]/g, '')
    .replace(/^[\0-\x20]+/, '')
    .replace(/[\0-\x20]{1,64}$/, '');
}

function parsed(candidate: string, written: string, assumed: boolean): UrlReading {
  const url = URL.parse(candidate);
  if (url === null) return { kind: 'unreadable', why: 'is no URL that parsers agree on' };
  const scheme = url.protocol.slice(0, -1);
  const host = url.hostname === '' ? null : readHost(canonicalName(url.hostname, scheme));
  const facts: UrlFacts = {
    href: url.href,
    scheme,
    host,
    otherHosts: otherHosts(written, host?.host ?? ''),
    port: url.port === '' ? (DEFAULT_PORTS[scheme] ?? null) : Number(url.port),
    userinfo: url.username !== '' || url.password !== '',
    assumed,
  };
  return { kind: 'url', facts };
}

/** Schemes outside the web keep their host as written; read it as the web would. */
function canonicalName(hostname: string, scheme: string): string {
  if (scheme in DEFAULT_PORTS) return hostname;
  return URL.parse(`http://${hostname}`)?.hostname ?? hostname.toLowerCase();
}

const AUTHORITY = /^(?:[a-z][a-z0-9+.-]*:)?[/\\]*([^/]*)/i;
const OTHERS_MAX = 8;

/**
 * `http://a\@b`, `http://a#@b`, `http://a @b# @c`: parsers have disagreed on which of these is the host. Only an
 * authority that mixes `@` with `\`, `#`, `?` or blanks, plain or encoded, or has several `@`, is written so.
 */
function otherHosts(written: string, host: string): readonly HostFacts[] {
  if (!written.includes('@')) return [];
  const authority = AUTHORITY.exec(written)?.[1] ?? '';
  const parts = authority.replace(/%(?:2f|5c|23|3f|40|20|0[09ad])/gi, '@').split(/[@\\#?\s&]+/);
  if (parts.length < 2) return [];
  const found: HostFacts[] = [];
  for (const part of parts.slice(0, OTHERS_MAX)) {
    const other = part === '' ? null : URL.parse(`http://${part}`);
    if (other === null || other.hostname === '') continue;
    const facts = readHost(other.hostname);
    // a single word before the `@` is a user's name, not a host
    if (facts.host !== host && (facts.kind === 'address' || facts.host.includes('.'))) found.push(facts);
  }
  return found;
}
