import type { JsonObject, JsonValue } from '../core/json.ts';

/** What happened. Every kind is durable; `intend` is awaited before anything is forwarded. */
export type RecordKind =
  'intend' | 'settle' | 'refusal' | 'authentication' | 'listing' | 'evaluation' | 'admin' | 'integrity';

/**
 * One line of the record. Flat, so that it can be queried. Fields that are `undefined` are left out of what is written;
 * records of calls name them all the same, because objects of one form are made and written faster.
 */
export interface AuditRecord {
  readonly kind: RecordKind;
  readonly atMs: number;
  readonly callId: string;
  readonly gateway: string;
  readonly principal?: string | undefined;
  readonly onBehalfOf?: string | undefined;
  readonly keyId?: string | undefined;
  readonly address?: string | undefined;
  readonly client?: JsonObject | undefined;
  readonly method?: string | undefined;
  readonly server?: string | undefined;
  /** The upstream's own name of the tool or prompt, or the URI. */
  readonly target?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly arguments?: JsonValue | undefined;
  readonly argumentsDigest?: string | undefined;
  readonly decision?: 'allow' | 'deny' | undefined;
  readonly rule?: string | undefined;
  readonly policyHash?: string | undefined;
  /** What the decision read beyond the fields here, empty ones left out: the call can be decided again from it. */
  readonly facts?: JsonObject | undefined;
  /** What rules in shadow would have made of the call, and which. */
  readonly shadow?: JsonObject | undefined;
  /** Channels that matching rules want told. */
  readonly alerts?: JsonValue | undefined;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly findings?: JsonValue | undefined;
  readonly outcome?: 'ok' | 'error_result' | 'error' | 'failed' | 'cancelled' | undefined;
  readonly durationMs?: number | undefined;
  readonly resultDigest?: string | undefined;
  readonly resultBytes?: number | undefined;
  readonly detail?: JsonValue | undefined;
}

/** A record as stored: its place in the chain and the digest that ties it to its predecessor. */
export interface StoredRecord {
  readonly seq: number;
  readonly previousHash: string;
  readonly hash: string;
  /** JSON text exactly as hashed. */
  readonly body: string;
}

/** Which records are wanted; every field given must fit. */
export interface RecordQuery {
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly kinds?: readonly RecordKind[];
  readonly gateway?: string;
  readonly principal?: string;
  readonly server?: string;
  readonly target?: string;
  readonly code?: string;
  readonly callId?: string;
  /** Only records after this place; with `newestFirst`, only records before it. */
  readonly afterSeq?: number;
  /** From the end backwards. */
  readonly newestFirst?: boolean;
  readonly limit: number;
}

/** Where records go. One writer per store; the order of `append` is the order of the chain. */
export interface RecordLog {
  /** Resolves when the record is durable (as durable as the store is configured). @throws Fault('store_failed') */
  append(record: AuditRecord): Promise<void>;
  /** Hands over without waiting, for records that follow an effect. A failure makes every later `append` fail. */
  enqueue(record: AuditRecord): void;
  /** Whether an `append` would fail now, as far as is known. */
  isFailing(): boolean;
  query(query: RecordQuery): AsyncIterable<StoredRecord>;
  /** Waits until everything handed over is durable. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
