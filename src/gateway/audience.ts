import type { ClientSession } from '../core/exchange.ts';
import type { JsonObject } from '../core/json.ts';
import type { Subscription } from '../upstreams/upstream.ts';
import { reaches } from './client-notices.ts';
import type { Watched } from './watched-resources.ts';

/** Kinds of lists whose change is announced. */
export const LIST_KINDS = ['tools', 'prompts', 'resources'] as const;
export type ListName = (typeof LIST_KINDS)[number];

/** One client that listens for changes outside any call: a legacy session, or one `subscriptions/listen` stream. */
export interface Listener {
  readonly gateway: string;
  /** Which changed lists it wants to hear of. */
  readonly lists: ReadonlySet<ListName>;
  notify(method: string, params: JsonObject): void;
}

/** What the gateway remembers of one legacy session. */
export class SessionState {
  /** Set by `logging/setLevel`; everything passes until then. */
  level = 'debug';
  /** By upstream: its subscription, and the resources asked for. */
  readonly subscriptions = new Map<string, { readonly subscription: Subscription; readonly watched: Watched }>();

  /** Resources asked for, at all upstreams together. */
  get watchedCount(): number {
    let count = 0;
    for (const { watched } of this.subscriptions.values()) count += watched.size;
    return count;
  }

  wants(level: JsonObject[string]): boolean {
    return reaches(level, this.level);
  }

  close(): void {
    for (const { subscription } of this.subscriptions.values()) subscription.close();
    this.subscriptions.clear();
  }
}

/** All listeners of this process. */
export class Audience {
  readonly #listeners = new Set<Listener>();
  readonly #sessions = new WeakMap<ClientSession, SessionState>();

  add(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The state of a session, made on first use. */
  stateOf(session: ClientSession): SessionState {
    let state = this.#sessions.get(session);
    if (!state) this.#sessions.set(session, (state = new SessionState()));
    return state;
  }

  /** Tells everyone on these gateways that every list may have changed: a policy or the set of upstreams did. */
  announce(gateways: ReadonlySet<string>): void {
    for (const listener of this.#listeners) {
      if (!gateways.has(listener.gateway)) continue;
      for (const list of listener.lists) listener.notify(`notifications/${list}/list_changed`, {});
    }
  }
}
