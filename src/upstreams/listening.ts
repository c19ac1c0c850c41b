import { Fault } from '../core/fault.ts';
import { own, type JsonObject } from '../core/json.ts';
import type { BackOff } from './back-off.ts';
import type { Clock } from '../core/clock.ts';
import { LegacyNotices } from './legacy-notices.ts';
import { ModernListen } from './modern-listen.ts';
import type { Peer } from './peer.ts';
import type { Ears, Subscription } from './upstream.ts';
import type { Wanted } from './wanted.ts';

/** One subscriber, and what it wants. It survives the connection, and a change of the upstream's configuration. */
interface Entry {
  readonly ears: Ears;
  uris: readonly string[];
  level: string | null;
  home: Listening;
}

export interface ListeningPorts {
  readonly clock: Clock;
  readonly backOff: BackOff;
  /** The connection, opened when there is none. @throws Fault */
  reach(): Promise<Peer>;
  /** The server may ask the client: servers may do so on the standing stream, as those on the first SDK do. */
  readonly mayBeAsked: boolean;
  /** What was fetched is no longer true. */
  listChanged(): void;
  note(note: string): void;
}

/** A stream that lasted this long was no failure: the next one is opened without delay. */
const STABLE_MS = 10_000;
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];
const LIST_CHANGED = {
  'notifications/tools/list_changed': 'tools',
  'notifications/prompts/list_changed': 'prompts',
  'notifications/resources/list_changed': 'resources',
} as const;

/** Keeps one tenant's change notices flowing, over whatever connections it takes, while anybody listens. */
export class Listening {
  readonly #ports: ListeningPorts;
  readonly #entries = new Set<Entry>();
  readonly #legacy = new LegacyNotices();
  readonly #modern: ModernListen;
  #peer: Peer | null = null;
  #chain: Promise<void> = Promise.resolve();
  #callOffRetry: (() => void) | null = null;
  #appliedAtMs = Infinity;
  #wasAway = false;

  constructor(ports: ListeningPorts) {
    this.#ports = ports;
    this.#modern = new ModernListen(
      ports.clock,
      (method, params) => this.deliver(method, params),
      () => this.#retry(),
    );
  }

  get isWanted(): boolean {
    return this.#entries.size > 0;
  }

  add(ears: Ears): Subscription {
    const entry: Entry = { ears, uris: [], level: null, home: this };
    this.#entries.add(entry);
    this.#syncQuietly();
    return {
      setResources: (uris) => {
        entry.uris = [...uris];
        return entry.home.#sync();
      },
      setLogLevel: (level) => {
        entry.level = level;
        return entry.home.#sync();
      },
      close: () => {
        const { home } = entry;
        if (home.#entries.delete(entry)) home.#syncQuietly();
      },
    };
  }

  /** Takes over the subscribers of an upstream whose configuration was replaced. */
  adopt(other: Listening): void {
    for (const entry of other.#entries) {
      entry.home = this;
      this.#entries.add(entry);
    }
    other.end();
    if (!this.isWanted) return;
    this.#announceAll();
    this.#syncQuietly();
  }

  end(): void {
    this.#entries.clear();
    this.#callOffRetry?.();
    this.#modern.stop();
    this.#peer = null;
  }

  /** A new connection: everything wanted has to be asked for again. */
  attached(peer: Peer): void {
    this.#peer = peer;
    this.#legacy.reset();
    this.#modern.reset();
    peer.wire.stand(this.isWanted || this.#ports.mayBeAsked);
    if (this.#wasAway) {
      this.#wasAway = false;
      this.#ports.listChanged();
      this.#announceAll();
    }
    if (this.isWanted) this.#syncQuietly();
  }

  detached(): void {
    this.#peer = null;
    if (this.isWanted) this.#retry();
  }

  deliver(method: string, params: JsonObject): void {
    const uri = own(params, 'uri');
    if (Object.hasOwn(LIST_CHANGED, method)) {
      const kind = LIST_CHANGED[method as keyof typeof LIST_CHANGED];
      this.#ports.listChanged();
      this.#each((ears) => ears.listChanged(kind));
    } else if (method !== 'notifications/resources/updated') this.#each((ears) => ears.other(method, params));
    else if (typeof uri === 'string') {
      for (const entry of this.#entries)
        if (entry.uris.some((subscribed) => covers(subscribed, uri))) entry.ears.resourceUpdated(uri);
    }
  }

  /** The server came back, or is another one: nobody knows what changed. */
  #announceAll(): void {
    for (const kind of ['tools', 'prompts', 'resources'] as const) this.#each((ears) => ears.listChanged(kind));
  }

  #each(tell: (ears: Ears) => void): void {
    for (const entry of this.#entries) tell(entry.ears);
  }

  #wanted(): Wanted {
    const uris = new Set<string>();
    let level: string | null = null;
    for (const entry of this.#entries) {
      for (const uri of entry.uris) uris.add(uri);
      if (entry.level === null) continue;
      if (level === null || LEVELS.indexOf(entry.level) < LEVELS.indexOf(level)) level = entry.level;
    }
    return { uris, level };
  }

  /** One change at a time, in order. @throws Fault when the server did not take it */
  #sync(): Promise<void> {
    const turn = this.#chain.then(() => this.#apply());
    this.#chain = turn.catch(() => undefined);
    return turn;
  }

  #syncQuietly(): void {
    this.#sync().catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error;
      this.#ports.note(`it cannot be had for now, nor what it would tell of changes: ${error.message}`);
      if (!this.isWanted || this.#peer !== null) return;
      this.#wasAway = true;
      this.#retry();
    });
  }

  async #apply(): Promise<void> {
    if (!this.isWanted && this.#peer === null) return;
    const peer = this.#peer?.isOpen === true ? this.#peer : await this.#ports.reach();
    const wanted = this.#wanted();
    peer.wire.stand(this.isWanted || this.#ports.mayBeAsked);
    if (peer.dialect.era === 'modern') await this.#modern.apply(peer, this.isWanted ? wanted : null);
    else await this.#legacy.apply(peer, wanted, this.#ports.clock);
    this.#appliedAtMs = this.#ports.clock.monotonicMs();
  }

  #retry(): void {
    this.#callOffRetry?.();
    if (!this.isWanted) return;
    if (this.#ports.clock.monotonicMs() - this.#appliedAtMs > STABLE_MS) this.#ports.backOff.succeeded();
    this.#ports.backOff.failed(new Fault('upstream_closed', 'the stream of change notices ended'));
    this.#callOffRetry = this.#ports.clock.after(this.#ports.backOff.waitMs(), () => this.#syncQuietly());
  }
}

/** An update may be of a part of what was subscribed to (2025-11-25, Resources › Subscriptions). */
function covers(subscribed: string, updated: string): boolean {
  return updated === subscribed || updated.startsWith(subscribed.endsWith('/') ? subscribed : `${subscribed}/`);
}
