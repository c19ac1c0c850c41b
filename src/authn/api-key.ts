import { Buffer } from 'node:buffer';
import { hash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Caller } from '../core/principal.ts';
import { refuse } from '../core/refusal.ts';
import type { Authenticator, AuthenticatorPorts, Recognised } from './authenticator.ts';
import { entriesOf } from './configured-keys.ts';
import { keyIdOf } from './issue-key.ts';
import { isLive, type KeyEntry, type KeyStore } from './ports.ts';

interface Prepared {
  readonly entry: KeyEntry;
  readonly hash: Buffer;
  readonly caller: Caller;
}

/** Compared against when there is no such key, so that unknown ids cost what known ones cost. */
const NOBODY = Buffer.alloc(32);

/**
 * API keys, issued or declared. Prepared again whenever the store's revision grows, so that a revocation by any
 * process bites on the next call, and open streams notice through `Caller.isValid`.
 */
export class ApiKeyAuthenticator implements Authenticator {
  readonly name = 'api-key';
  readonly #keys: KeyStore;
  readonly #clock: Clock;
  readonly #configured: readonly KeyEntry[];
  #byId = new Map<string, Prepared>();
  /** Declared secrets of any form have no id inside; SHA-256 of the text finds them. */
  #byHash = new Map<string, Prepared>();
  #revision = -1;
  #latestMs = -Infinity;

  /** @throws Fault('config_invalid') */
  constructor(ports: AuthenticatorPorts) {
    this.#keys = ports.keys;
    this.#clock = ports.clock;
    this.#configured = entriesOf(ports.configured);
  }

  recognise(gateway: string, credential: string): Recognised | null {
    this.#refresh();
    const digest = hash('sha256', credential, 'buffer');
    const id = keyIdOf(credential);
    const found = id === null ? this.#byHash.get(digest.toString('hex')) : this.#byId.get(id);
    if (id === null && !found) return null;
    const same = timingSafeEqual(digest, found?.hash ?? NOBODY);
    if (!found || !same) return invalid(found ? `wrong secret for key \`${id}\`` : `there is no key \`${id}\``);
    const { entry } = found;
    if (entry.gateway !== gateway) return invalid(`key \`${entry.id}\` is for gateway \`${entry.gateway}\``);
    const nowMs = this.#nowMs();
    if (!isLive(entry, nowMs)) return invalid(`key \`${entry.id}\` is ${whyDead(entry, nowMs)}`);
    return { kind: 'caller', caller: found.caller };
  }

  /** Wall time that never goes back: a clock that is put back must not give a revoked key its life again. */
  #nowMs(): number {
    this.#latestMs = Math.max(this.#latestMs, this.#clock.nowMs());
    return this.#latestMs;
  }

  #refresh(): void {
    const revision = this.#keys.revision();
    if (revision === this.#revision) return;
    const prepared = [...this.#configured, ...this.#keys.list()].map((entry) => this.#prepare(entry));
    // stored keys come last: of the same id, the one that may be revoked wins
    this.#byId = new Map(prepared.map((one) => [one.entry.id, one]));
    const declared = this.#configured.filter((entry) => entry.id.startsWith('config:'));
    this.#byHash = new Map(
      declared.flatMap(({ id, hash: key }) => [[key, this.#byId.get(id)] as const]).filter(isFound),
    );
    this.#revision = revision;
  }

  #prepare(entry: KeyEntry): Prepared {
    const isValid = (): boolean => {
      this.#refresh();
      const now = this.#byId.get(entry.id)?.entry;
      return now?.hash === entry.hash && now.gateway === entry.gateway && isLive(now, this.#nowMs());
    };
    const caller: Caller = { principal: entry.principal, keyId: entry.id, authenticatedBy: 'api-key', isValid };
    return { entry, hash: Buffer.from(entry.hash, 'hex'), caller };
  }
}

function isFound(pair: readonly [string, Prepared | undefined]): pair is readonly [string, Prepared] {
  return pair[1] !== undefined;
}

function whyDead(entry: KeyEntry, nowMs: number): string {
  return entry.revokedAtMs !== null && nowMs >= entry.revokedAtMs ? 'revoked' : 'expired';
}

/** The agent learns no more than that it did not work; the record says why. */
function invalid(detail: string): Recognised {
  return { kind: 'refusal', refusal: refuse('AUTHN_INVALID', undefined, { detail }) };
}
