import type { Finding } from '../core/decision.ts';
import type { DefinitionKind } from '../core/definition.ts';
import type { JsonObject } from '../core/json.ts';

/** What is pinned: each definition, and under `server` the server's own surface (its name is then empty). */
export type PinnedKind = DefinitionKind | 'server';

/** Names one pin. The upstream is part of it: two servers may both offer `read_file`. */
export interface PinKey {
  readonly gateway: string;
  readonly upstream: string;
  readonly kind: PinnedKind;
  /** The upstream's own name; of resources the URI, of templates the URI template, of the server empty. */
  readonly name: string;
}

/**
 * How a pin stands.
 * - `new`: seen, never approved, waits for a person; nothing is served
 * - `pinned`: approved, nothing waits
 * - `changed`: the server offers something else, which waits; the approved definition goes on being served
 * - `quarantined`: blocked until a person verifies; nothing is served
 * - `rejected`: a person said no to what the server offers; the approved definition, if any, goes on being served
 * - `retired`: a person took the trust away; nothing is served until someone approves anew
 */
export type PinStatus = 'new' | 'pinned' | 'changed' | 'quarantined' | 'rejected' | 'retired';

/** How a change weighs: `harmless` is pinned by rule, `review` asks a person, `dangerous` blocks until verified. */
export type DriftClass = 'none' | 'harmless' | 'review' | 'dangerous';

/** Who vouches. `agent` only ever appears on events that tighten. */
export interface Verifier {
  readonly by: 'person' | 'rule' | 'first_use' | 'agent';
  /** Id of the authenticated admin, name of the rule, or id of the principal whose call brought the news. */
  readonly who: string;
}

/** A definition someone vouched for, kept whole so that it can be served, validated against and compared. */
export interface ApprovedDefinition {
  readonly body: JsonObject;
  /** Digest over the whole definition (`fingerprint.ts`), lower-case hexadecimal. */
  readonly fingerprint: string;
  readonly verifier: Verifier;
  readonly atMs: number;
}

/** What the server offers now and nobody has vouched for. */
export interface WaitingDefinition {
  readonly body: JsonObject;
  readonly fingerprint: string;
  /** Against the approved definition; `review` or `dangerous`. */
  readonly drift: DriftClass;
  readonly findings: readonly Finding[];
  readonly seenAtMs: number;
}

/** A pin as it stands: what is served under its name, what waits, what was refused. */
export interface Pin extends PinKey {
  /** Grows by one with every write; 1 for the first. */
  readonly version: number;
  readonly status: PinStatus;
  readonly approved: ApprovedDefinition | null;
  /**
   * The definition that a person or first use vouched for last. Changes pinned by rule must be harmless against
   * this one too, so that many harmless steps cannot add up to a dangerous one. Often equal to `approved`.
   */
  readonly baseline: ApprovedDefinition | null;
  /**
   * When somebody first vouched for the name, milliseconds since the Unix epoch. Later approvals never move it, so that
   * nobody loses a name by being reviewed again; null before, and after the trust was taken away.
   */
  readonly trustedSinceMs: number | null;
  readonly waiting: WaitingDefinition | null;
  /** Writes since a person last decided; at `UNATTENDED_MAX` the pin is quarantined and no news is written. */
  readonly unattended: number;
  /** Fingerprints that a person refused, newest last, at most `REJECTED_MAX`. They never ask again. */
  readonly rejected: readonly string[];
}

/** One line of a pin's history. Never changed, never deleted. */
export interface PinEvent extends PinKey {
  /** The version of the pin that this event produced. */
  readonly version: number;
  readonly atMs: number;
  readonly event:
    | 'first_seen'
    | 'pinned_first_use'
    | 'pinned_by_rule'
    | 'changed'
    | 'quarantined'
    | 'approved'
    | 'rejected'
    | 'retired';
  readonly from: PinStatus | null;
  readonly to: PinStatus;
  /** Of the definition that the event is about; null when it is about none. */
  readonly fingerprint: string | null;
  readonly previousFingerprint: string | null;
  /** The definition that the event is about, for the readable difference later on. */
  readonly body: JsonObject | null;
  readonly verifier: Verifier;
  /** How the definition weighed against the approved one, and why; absent where nothing waited. */
  readonly drift?: DriftClass;
  readonly findings?: readonly Finding[];
  /** Why, in one sentence: a rule's reason or the note a person left. */
  readonly note: string;
}

/** Replaces one pin, if nobody was faster. */
export interface PinWrite {
  /** The version this write was computed from; 0 when the pin must not exist yet. */
  readonly expectedVersion: number;
  /** Its `version` is `expectedVersion + 1`. */
  readonly pin: Pin;
  /** Appended to the history in the same transaction. */
  readonly event: PinEvent;
}

/** Which pins to find; absent fields match all. */
export interface PinFilter {
  readonly gateway?: string;
  readonly upstream?: string;
  readonly kind?: PinnedKind;
  readonly name?: string;
  readonly status?: PinStatus;
  /** Only those where something waits for a person. */
  readonly waiting?: true;
  /** Only those that come after this one in the order of `find`. */
  readonly after?: PinKey;
  /** At most so many. */
  readonly limit?: number;
}

/**
 * Where pins live. Any number of processes may write at once: `write` is a compare-and-set, and the loser reads
 * again. Every method rejects with `Fault('store_failed')`, never with an empty answer, when the store is down.
 */
export interface PinStore {
  /**
   * Grows whenever any process writes a pin of this gateway and upstream; synchronous and cheap enough to ask on
   * every call. It may lag behind other processes by the store's own notice delay, never behind this one.
   * May throw `Fault('store_failed')`.
   */
  revision(gateway: string, upstream: string): number;
  /** All pins of one upstream, retired ones too. The bodies come back exactly as written. */
  load(gateway: string, upstream: string): Promise<readonly Pin[]>;
  /** Pins that meet every given field, ordered by gateway, upstream, kind, name. */
  find(filter: PinFilter): Promise<readonly Pin[]>;
  /**
   * All or nothing, in one transaction: when a single `expectedVersion` does not match, nothing is written.
   * @returns whether it was written
   */
  write(writes: readonly PinWrite[]): Promise<boolean>;
  /** Oldest first. */
  history(key: PinKey): Promise<readonly PinEvent[]>;
}

/** Refused fingerprints remembered per pin; the oldest is dropped, which makes it ask a person again. */
export const REJECTED_MAX = 64;

/** Changes of one pin that are written down without a person having looked. Bounds what a hostile server can store. */
export const UNATTENDED_MAX = 32;
