import type { JsonValue } from './json.ts';

/** Who calls. */
export interface Principal {
  readonly id: string;
  readonly kind: 'user' | 'agent' | 'service';
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly attributes: Readonly<Record<string, JsonValue>>;
  readonly onBehalfOf?: Principal;
}

/**
 * A text that is the same for the same principal only: an agent that acts for one user is not the one that acts for
 * another, and a user is not the agent of the same id. Sessions, connections, tasks and bounds belong to it.
 */
export function identityOf(principal: Principal): string {
  const own = `${principal.kind} ${JSON.stringify(principal.id)}`;
  return principal.onBehalfOf === undefined ? own : `${own} for ${identityOf(principal.onBehalfOf)}`;
}

/** A principal together with the proof by which it was recognised. */
export interface Caller {
  readonly principal: Principal;
  /** Public id of the API key; null when a token or a local process was the proof. */
  readonly keyId: string | null;
  readonly authenticatedBy: 'api-key' | 'bearer' | 'local';
  /** False as soon as the key is revoked or expired: asked again on every call and by open streams. */
  isValid(): boolean;
}
