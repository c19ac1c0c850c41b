import type { Clock } from '../core/clock.ts';
import type { LegacySession } from './legacy-session.ts';

export interface SessionLimits {
  readonly sessionsMax: number;
  readonly sessionsPerPrincipalMax: number;
  readonly sessionIdleMs: number;
}

/** All sessions of one kind of wire, found by their secret, bounded in total and per owner. */
export class SessionTable<S extends LegacySession> {
  readonly #clock: Clock;
  readonly #limits: SessionLimits;
  readonly #isBusy: (session: S) => boolean;
  readonly #bySecret = new Map<string, S>();
  readonly #byOwner = new Map<string, Set<S>>();

  /** @param isBusy whether an open connection keeps the session from being idle */
  constructor(clock: Clock, limits: SessionLimits, isBusy: (session: S) => boolean) {
    this.#clock = clock;
    this.#limits = limits;
    this.#isBusy = isBusy;
  }

  get size(): number {
    return this.#bySecret.size;
  }

  values(): IterableIterator<S> {
    return this.#bySecret.values();
  }

  /** The session of that secret, if it belongs to this owner and gateway: to anybody else it does not exist. */
  find(secret: string, owner: string, gateway: string): S | null {
    const session = this.#bySecret.get(secret);
    if (session === undefined || session.owner !== owner || session.gateway !== gateway) return null;
    return session;
  }

  /** Makes room for one more session of `owner` by ending its longest idle one. @returns whether there is room */
  makeRoom(owner: string): boolean {
    const owned = this.#byOwner.get(owner);
    const full = this.#bySecret.size >= this.#limits.sessionsMax;
    if (!full && (owned?.size ?? 0) < this.#limits.sessionsPerPrincipalMax) return true;
    let oldest: S | null = null;
    for (const session of owned ?? []) {
      if (this.#isBusy(session) || session.runningCount > 0) continue;
      if (oldest === null || session.lastSeenMs < oldest.lastSeenMs) oldest = session;
    }
    oldest?.close();
    return oldest !== null;
  }

  add(session: S): void {
    this.#bySecret.set(session.secret, session);
    const owned = this.#byOwner.get(session.owner);
    if (owned === undefined) this.#byOwner.set(session.owner, new Set([session]));
    else owned.add(session);
    session.onClose(() => this.#remove(session));
  }

  #remove(session: S): void {
    this.#bySecret.delete(session.secret);
    const owned = this.#byOwner.get(session.owner);
    owned?.delete(session);
    if (owned?.size === 0) this.#byOwner.delete(session.owner);
  }

  /** Ends sessions that nobody used for `sessionIdleMs`, and those whose key is no longer valid. */
  sweep(): void {
    const idleSinceMs = this.#clock.monotonicMs() - this.#limits.sessionIdleMs;
    for (const session of this.#bySecret.values()) {
      if (!session.caller.isValid()) session.close();
      else if (session.lastSeenMs < idleSinceMs && !this.#isBusy(session)) session.close();
    }
  }

  close(): void {
    for (const session of this.#bySecret.values()) session.close();
  }
}
