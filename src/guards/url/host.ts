import type { AddressClass } from './address.ts';
import { classOfAddress } from './address.ts';
import {
  ECHO_DOMAINS,
  LOOPBACK_DOMAINS,
  LOOPBACK_NAMES,
  METADATA_NAMES,
  PRIVATE_SUFFIXES,
  REBINDING_DOMAINS,
} from './names-table.ts';

export interface HostFacts {
  /** Canonical, as the WHATWG parser gives it, without a trailing dot. */
  readonly host: string;
  readonly kind: 'address' | 'name';
  /** Where it leads, as far as the text tells; `public` for any name that says nothing. */
  readonly leadsTo: AddressClass;
  /** One clause on how that is known: "spells the address `127.0.0.1`". */
  readonly because: string;
}

/**
 * @param hostname as `URL.hostname` gives it: lower case, IDNA done, numbers made dotted
 */
export function readHost(hostname: string): HostFacts {
  const host = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  if (mayBeAddress(host)) {
    const found = classOfAddress(host);
    if (found !== null) return { host, kind: 'address', leadsTo: found, because: `is ${article(found)} address` };
  }
  return { host, kind: 'name', ...readName(host) };
}

function mayBeAddress(host: string): boolean {
  const last = host.charCodeAt(host.length - 1);
  return last === 0x5d || (last >= 0x30 && last <= 0x39);
}

function article(found: AddressClass): string {
  return found === 'public' ? 'a public' : `a ${found}`;
}

type NameFacts = Pick<HostFacts, 'leadsTo' | 'because'>;

const UNKNOWN: NameFacts = { leadsTo: 'public', because: 'says nothing of where it leads' };

function readName(name: string): NameFacts {
  if (LOOPBACK_NAMES.has(name)) return { leadsTo: 'loopback', because: 'is a name of the machine itself' };
  if (METADATA_NAMES.has(name)) return { leadsTo: 'metadata', because: 'is the name of a metadata service' };
  const lastDot = name.lastIndexOf('.');
  if (lastDot < 0) return { leadsTo: 'private', because: 'has no domain and resolves inside the network only' };
  return readSuffixes(name, lastDot) ?? readDotted(name) ?? UNKNOWN;
}

/** From the shortest suffix on, so that common public names are done after two look-ups. */
function readSuffixes(name: string, lastDot: number): NameFacts | null {
  for (
    let dot = lastDot, left = 3;
    dot >= 0 && left > 0;
    dot = dot === 0 ? -1 : name.lastIndexOf('.', dot - 1), left--
  ) {
    const found = readSuffix(name, name.slice(dot + 1), name.slice(0, dot));
    if (found !== null) return found;
  }
  return readSuffix(name, name, '');
}

function readSuffix(name: string, suffix: string, rest: string): NameFacts | null {
  if (LOOPBACK_NAMES.has(suffix)) return { leadsTo: 'loopback', because: 'is a name of the machine itself' };
  if (PRIVATE_SUFFIXES.has(suffix)) return { leadsTo: 'private', because: `ends in the private suffix \`${suffix}\`` };
  if (LOOPBACK_DOMAINS.has(suffix))
    return { leadsTo: 'loopback', because: `is in \`${suffix}\`, all of which is the machine itself` };
  if (REBINDING_DOMAINS.has(suffix))
    return { leadsTo: 'private', because: `is in \`${suffix}\`, whose names change their address` };
  return ECHO_DOMAINS.has(suffix) ? readEcho(name, rest, suffix) : null;
}

const QUAD = /(?:^|[.-])(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})(?=$|[.-])/;
const HEX = /(?:^|[.-])([0-9a-f]{8})(?=$|[.-])/;
const V6_DASHED = /(?:^|\.)([0-9a-f-]*--[0-9a-f-]*|(?:[0-9a-f]{1,4}-){7}[0-9a-f]{1,4})(?=$|\.)/;

/** `10.0.0.1.nip.io`, `app-10-0-0-1.nip.io`, `0a000001.nip.io`, `--1.sslip.io`. */
function readEcho(name: string, rest: string, suffix: string): NameFacts {
  const quad = QUAD.exec(rest);
  const hex = HEX.exec(rest)?.[1];
  const v6 = V6_DASHED.exec(rest)?.[1];
  const literal = quad
    ? quad.slice(1, 5).map(Number).join('.')
    : hex !== undefined
      ? hexQuad(hex)
      : v6?.replaceAll('-', ':');
  const leadsTo = literal === undefined ? null : classOfAddress(literal);
  if (leadsTo !== null) return { leadsTo, because: `spells the address \`${literal ?? ''}\`` };
  return {
    leadsTo: name === suffix ? 'public' : 'private',
    because: `is in \`${suffix}\`, whose names choose their address`,
  };
}

function hexQuad(hex: string): string {
  return [0, 2, 4, 6].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');
}

const LEADING_QUAD = /^(?:[a-z0-9-]+\.)*?(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})\./;

/** `169.254.169.254.example.com`: a name made to look like, or to resolve to, an inside address. */
function readDotted(name: string): NameFacts | null {
  if (!/\d\.\d/.test(name) || name.endsWith('.in-addr.arpa')) return null;
  const literal = LEADING_QUAD.exec(name)?.[1];
  const found = literal === undefined ? null : classOfAddress(literal.split('.').map(Number).join('.'));
  return found === null || found === 'public' || found === 'reserved'
    ? null
    : { leadsTo: found, because: `spells the address \`${literal ?? ''}\`` };
}
