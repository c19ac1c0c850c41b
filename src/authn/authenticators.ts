import { ApiKeyAuthenticator } from './api-key.ts';
import type { Authenticator, AuthenticatorPorts } from './authenticator.ts';

/** What makes an authenticator. */
export type AuthenticatorKind = new (ports: AuthenticatorPorts) => Authenticator;

/** Every way to recognise a caller, asked in this order. OAuth access tokens are not understood yet. */
export const AUTHENTICATORS = [ApiKeyAuthenticator] as const satisfies readonly AuthenticatorKind[];
