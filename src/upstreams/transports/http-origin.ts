import type * as Undici from 'undici';
import { createRequire } from 'node:module';
import type { Dispatcher, Pool } from 'undici';
import { Fault } from '../../core/fault.ts';
import { invariant } from '../../core/invariant.ts';
import type { UpstreamPorts } from '../ports.ts';
import type { UpstreamSettings } from '../upstream.ts';
import { NotSent } from './wire-faults.ts';

/** Errors of undici and of the system that come before a byte of the request was sent. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

const require = createRequire(import.meta.url);
/** Loaded with the first HTTP upstream: it has a hundred files, which a gateway of processes need not wait for. */
const undici = (): typeof Undici => require('undici') as typeof Undici; // what the package declares

/**
 * The sockets to one HTTP upstream. Redirects are not followed: a redirect would carry the configured credentials, and
 * the call, to where nobody sent them. Timeouts of undici are off: every request has a deadline of its own.
 */
export class HttpOrigin {
  readonly url: URL;
  /** Scheme, host and port. */
  readonly name: string;
  readonly #pool: Pool;
  readonly #socketsMax: number;
  #busy = 0;

  constructor(settings: UpstreamSettings, connectTo: UpstreamPorts['connectTo']) {
    invariant(settings.url !== null, 'an HTTP upstream without a URL was opened');
    this.url = new URL(settings.url);
    this.name = this.url.origin;
    this.#socketsMax = settings.limits.socketsMax;
    this.#pool = new (undici().Pool)(this.name, {
      allowH2: false,
      bodyTimeout: 0,
      headersTimeout: 0,
      connect: connectTo(this.url),
    });
  }

  /** Counts the request as one socket until `released` is called. @throws Fault('upstream_overloaded') */
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    if (this.#busy >= this.#socketsMax) {
      throw new Fault('upstream_overloaded', `all ${this.#socketsMax} sockets to ${this.name} are in use`);
    }
    this.#busy++;
    this.#pool.dispatch(options, handler);
  }

  released(): void {
    this.#busy--;
  }

  /** Ends every request and socket at once. */
  async destroy(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** The fault that a failed exchange amounts to. */
export function toFault(error: Error, origin: string, answered: boolean): Fault {
  if (error instanceof Fault) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const what = code === '' ? error.message : `${code}: ${error.message}`;
  if (NOT_SENT.has(code)) return new NotSent(`${origin} cannot be reached (${what})`, error);
  const when = answered ? 'while it answered' : 'before it answered';
  return new Fault('upstream_closed', `the connection to ${origin} broke ${when} (${what})`, { cause: error });
}
