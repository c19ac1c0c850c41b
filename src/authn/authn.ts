import { refuse } from '../core/refusal.ts';
import type { RefusalCode } from '../core/refusal.ts';
import type { Authenticator, AuthenticatorPorts, Credential, Recognised } from './authenticator.ts';
import { AUTHENTICATORS, type AuthenticatorKind } from './authenticators.ts';

// In: what a request carried as proof. Out: a caller, or why there is none. What must never happen here: a caller
// whose proof was not checked, or a credential in a refusal.

/** Longest credential that is looked at, in UTF-16 code units. */
const CREDENTIAL_CHARS_MAX = 8_192;

/** The authentication room: who calls? */
export class Authn {
  readonly #authenticators: readonly Authenticator[];

  /**
   * @param kinds the ways to recognise a caller, asked in this order
   * @throws Fault('config_invalid') for declared keys that cannot be used
   */
  constructor(ports: AuthenticatorPorts, kinds: readonly AuthenticatorKind[] = AUTHENTICATORS) {
    this.#authenticators = kinds.map((Kind) => new Kind(ports));
  }

  /**
   * Recognises the caller of one request to `gateway`.
   * - no credential, or only empty ones (an unset variable in a client's configuration): `AUTHN_REQUIRED`
   * - two different ones: `AUTHN_INVALID`, because what one proxy checks must be what the next one sees
   * @throws Fault('store_failed') when keys cannot be read
   */
  recognise(gateway: string, credential: Credential): Recognised {
    const apiKey = credential.apiKey === '' ? null : credential.apiKey;
    const bearer = credential.bearer === '' ? null : credential.bearer;
    const text = apiKey ?? bearer;
    if (text === null) return no('AUTHN_REQUIRED', 'no credential');
    if (apiKey !== null && bearer !== null && apiKey !== bearer) {
      return no('AUTHN_INVALID', '`X-Veto-API-Key` and `Authorization` carry different credentials');
    }
    if (text.length > CREDENTIAL_CHARS_MAX) return no('AUTHN_INVALID', 'the credential is too long to be one');
    for (const authenticator of this.#authenticators) {
      const recognised = authenticator.recognise(gateway, text);
      if (recognised) return recognised;
    }
    return no('AUTHN_INVALID', 'the credential has no known form');
  }
}

function no(code: RefusalCode, detail: string): Recognised {
  return { kind: 'refusal', refusal: refuse(code, undefined, { detail }) };
}
