/**
 * Connects only to addresses that were checked. In: host and port of an outgoing request of the gateway itself. Out: a
 * socket to one address that the check allowed. Must never happen here: a second look-up between check and connect
 * (DNS rebinding), or a literal going past the check because no look-up was made for it.
 */
import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { buildConnector } from 'undici';
import { Fault } from '../../core/fault.ts';
import { classOfAddress } from './address.ts';
import type { AddressClass } from './address.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Resolves a name to all its addresses. */
export type Resolve = (
  hostname: string,
  done: (error: Error | null, addresses: readonly ResolvedAddress[]) => void,
) => void;

export interface PinningOptions {
  /** Which classes may be connected to. Default: only `public`. */
  readonly allow?: readonly AddressClass[];
  /** Addresses that may be connected to whatever their class: an upstream that the operator configured. */
  readonly allowAddresses?: readonly string[];
  readonly resolve?: Resolve;
  /** Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Default 16: a name with more addresses is refused. */
  readonly addressesMax?: number;
}

const ADDRESSES_MAX = 16;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * For URLs that the operator configured: upstreams may well be inside, so every class may be connected to, but what is
 * never meant: metadata services and reserved addresses, unless the URL names the address itself. A name that somebody
 * rebinds to the metadata service of the cloud is thus refused, and the configured headers stay here.
 */
export function configuredConnector(url: URL): buildConnector.connector {
  const literal = bare(url.hostname);
  return pinnedConnector({
    allow: ['public', 'private', 'loopback', 'link-local'],
    allowAddresses: isIP(literal) === 0 ? [] : [literal],
  });
}

/**
 * A `connect` for undici's `Client`, `Pool` and `Agent`. Redirects are not its business: the caller follows none, or
 * makes a new request, which comes through here again.
 * Every address of a name must be allowed; one forbidden among them refuses the connection. They are tried in turn.
 */
export function pinnedConnector(options: PinningOptions = {}): buildConnector.connector {
  const connect = buildConnector({ timeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS });
  const resolve = options.resolve ?? resolveBySystem;
  return (request, callback) => {
    const hostname = bare(request.hostname);
    const pinned = ([address = hostname, ...others]: readonly string[]): void =>
      connect({ ...request, hostname: address, servername: servername(request, hostname) }, (...answer) => {
        if (answer[0] === null || others.length === 0) callback(...answer);
        else pinned(others);
      });
    if (isIP(hostname) !== 0) {
      const refusal = refuse(hostname, hostname, options);
      if (refusal) callback(refusal, null);
      else pinned([hostname]);
      return;
    }
    resolve(hostname, (error, addresses) => {
      const chosen = error ?? choose(hostname, addresses, options);
      if (chosen instanceof Error) callback(chosen, null);
      else pinned(chosen);
    });
  };
}

function bare(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/** TLS checks the certificate against the name that was asked for, not against the address that was dialled. */
function servername(request: buildConnector.Options, hostname: string): string {
  return request.servername ?? (isIP(hostname) === 0 ? hostname : '');
}

function choose(
  hostname: string,
  addresses: readonly ResolvedAddress[],
  options: PinningOptions,
): readonly string[] | Error {
  if (addresses.length === 0) return new Fault('upstream_unreachable', `\`${hostname}\` has no address`);
  if (addresses.length > (options.addressesMax ?? ADDRESSES_MAX))
    return new Fault('upstream_unreachable', `\`${hostname}\` has ${addresses.length} addresses`);
  for (const { address } of addresses) {
    const refusal = refuse(hostname, address, options);
    if (refusal) return refusal;
  }
  return addresses.map(({ address }) => address);
}

function refuse(hostname: string, address: string, options: PinningOptions): Fault | null {
  if (options.allowAddresses?.includes(address) === true) return null;
  const found = classOfAddress(address);
  if (found !== null && (options.allow ?? ['public']).includes(found)) return null;
  const named = hostname === address ? `\`${address}\`` : `\`${hostname}\`, which is \`${address}\`,`;
  return new Fault('upstream_unreachable', `refused to connect to ${named} because it is ${found ?? 'no'} address`);
}

const resolveBySystem: Resolve = (hostname, done) => {
  systemLookup(hostname, { all: true, order: 'verbatim' }, (error, addresses) => done(error, error ? [] : addresses));
};
