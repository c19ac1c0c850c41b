import type { Clock } from '../core/clock.ts';
import type { Caller } from '../core/principal.ts';
import type { Refusal } from '../core/refusal.ts';
import type { ConfiguredKey } from './configured-keys.ts';
import type { KeyStore } from './ports.ts';

/** What came with a request as proof of identity, as received: never logged, never recorded. */
export interface Credential {
  /** `X-Veto-API-Key`. */
  readonly apiKey: string | null;
  /** The token of `Authorization: Bearer …`. */
  readonly bearer: string | null;
}

export type Recognised =
  { readonly kind: 'caller'; readonly caller: Caller } | { readonly kind: 'refusal'; readonly refusal: Refusal };

/** What ways to recognise a caller need. */
export interface AuthenticatorPorts {
  readonly keys: KeyStore;
  readonly configured: readonly ConfiguredKey[];
  readonly clock: Clock;
}

/** One way to recognise a caller. */
export interface Authenticator {
  readonly name: string;
  /** @returns null when the credential is of another kind, which the next one in the list may know */
  recognise(gateway: string, credential: string): Recognised | null;
}
