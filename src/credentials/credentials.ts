/**
 * The credentials room: what lets a caller in at an upstream that wants to know who comes.
 * Enters: the demand of an upstream. Leaves: why it cannot be met. Must never happen here: the credential of one
 * caller lent to another, or one that a client sent to the gateway passed on.
 */
import type { Caller } from '../core/principal.ts';
import { refuse, type Refusal } from '../core/refusal.ts';

/** An upstream turned somebody away who came without a credential, or with one that it does not know (HTTP 401). */
export interface Demand {
  readonly upstream: string;
  readonly caller: Pick<Caller, 'principal'>;
  /** What it said, for the record. */
  readonly said: string;
}

/** What the walk asks of this room when an upstream demands a credential. */
export interface Credentials {
  /** @returns why there is none */
  obtain(demand: Demand): Refusal;
}

/**
 * The room without furniture: there is no vault and no way to sign in, so no credential can be obtained. What the
 * operator configured under `headers` and `env` of an upstream goes with every call to it and is not this room's.
 */
export class NoCredentials implements Credentials {
  obtain({ upstream, caller, said }: Demand): Refusal {
    const whose = `\`${upstream}\` wants a credential of \`${caller.principal.id}\``;
    return refuse('CREDENTIAL_REQUIRED', undefined, { detail: `${whose}, and none can be obtained: ${said}` });
  }
}
