/**
 * What an address literal is for: public, or one of the classes that no outsider should be led to.
 * Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries; RFC 6890, 4291, 6052 (NAT64), 3056 (6to4), 4380
 * (Teredo), 5214 (ISATAP); the metadata services' own documentation.
 */
import ipaddr from 'ipaddr.js';

export type AddressClass = 'public' | 'loopback' | 'private' | 'link-local' | 'metadata' | 'reserved';

/** Fixed addresses of cloud metadata and credential services: AWS, Azure, Google, Alibaba, Oracle, ECS, EKS. */
const METADATA_ADDRESSES: ReadonlySet<string> = new Set([
  '169.254.169.254',
  '169.254.169.253',
  '169.254.169.123',
  '169.254.170.2',
  '169.254.170.23',
  '169.254.42.42',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
  'fd00:42::42',
]);

const CLASS_OF: Readonly<Record<string, AddressClass>> = {
  unicast: 'public',
  loopback: 'loopback',
  unspecified: 'loopback',
  private: 'private',
  uniqueLocal: 'private',
  deprecatedSiteLocal: 'private',
  carrierGradeNat: 'private',
  linkLocal: 'link-local',
};

/** @param literal an address as `URL.hostname` or a resolver gives it, brackets or not. null when it is none */
export function classOfAddress(literal: string): AddressClass | null {
  const bare = literal.startsWith('[') ? literal.slice(1, -1) : literal;
  if (METADATA_ADDRESSES.has(bare)) return 'metadata';
  if (!ipaddr.isValid(bare)) return null;
  const address = ipaddr.process(bare);
  return address instanceof ipaddr.IPv4 ? classOfV4(address) : classOfV6(address);
}

function classOfV4(address: ipaddr.IPv4): AddressClass {
  if (METADATA_ADDRESSES.has(address.toString())) return 'metadata';
  return CLASS_OF[address.range()] ?? 'reserved';
}

function classOfV6(address: ipaddr.IPv6): AddressClass {
  if (METADATA_ADDRESSES.has(address.toString())) return 'metadata';
  const embedded = embeddedV4(address.parts);
  if (embedded !== null) {
    const inner = classOfV4(embedded);
    return inner === 'public' && !isCompatible(address.parts) ? 'reserved' : inner;
  }
  return CLASS_OF[address.range()] ?? 'reserved';
}

/** The IPv4 address that a transition mechanism carries inside an IPv6 one. */
function embeddedV4(parts: readonly number[]): ipaddr.IPv4 | null {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = parts;
  const head = a | b | c | d;
  if (head === 0 && e === 0 && f === 0 && (g !== 0 || h > 1)) return v4(g, h);
  if (head === 0 && e === 0xffff && f === 0) return v4(g, h);
  if (a === 0x64 && b === 0xff9b) return v4(g, h);
  if (a === 0x2002) return v4(b, c);
  if (a === 0x2001 && b === 0) return v4(g ^ 0xffff, h ^ 0xffff);
  if ((e & 0xfdff) === 0 && f === 0x5efe) return v4(g, h);
  return null;
}

/** `::8.8.8.8`, deprecated (RFC 4291, 2.5.5.1): the same address, not a way through a translator. */
function isCompatible(parts: readonly number[]): boolean {
  return parts.slice(0, 6).every((part) => part === 0);
}

function v4(high: number, low: number): ipaddr.IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
}
