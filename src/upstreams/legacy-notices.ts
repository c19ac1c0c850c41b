import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { plainRequest } from './introduction.ts';
import type { Wanted } from './wanted.ts';
import type { Peer } from './peer.ts';

const REQUEST_TIMEOUT_MS = 10_000;

/** Subscriptions and log level of a legacy session: requests that add to what the session knows. */
export class LegacyNotices {
  #uris = new Set<string>();
  #level: string | null = null;

  /** A new session knows nothing. */
  reset(): void {
    this.#uris = new Set();
    this.#level = null;
  }

  /** Brings the session to what is wanted. @throws Fault, the first one, after everything was tried */
  async apply(peer: Peer, wanted: Wanted, clock: Clock): Promise<void> {
    const failures: Fault[] = [];
    const ask = async (method: string, params: { uri: string } | { level: string }): Promise<boolean> => {
      const answer = await plainRequest(peer, method, params, clock.monotonicMs() + REQUEST_TIMEOUT_MS);
      if (answer.kind === 'result') return true;
      failures.push(new Fault('upstream_protocol', `\`${method}\` failed: ${answer.error.message.slice(0, 200)}`));
      return false;
    };
    for (const uri of wanted.uris) {
      if (!this.#uris.has(uri) && (await ask('resources/subscribe', { uri }))) this.#uris.add(uri);
    }
    for (const uri of this.#uris) {
      if (!wanted.uris.has(uri) && (await ask('resources/unsubscribe', { uri }))) this.#uris.delete(uri);
    }
    const { level } = wanted;
    if (level !== null && level !== this.#level && (await ask('logging/setLevel', { level }))) this.#level = level;
    const [first] = failures;
    if (first !== undefined) throw first;
  }
}
