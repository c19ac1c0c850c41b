import type { RecordLog } from '../audit/record.ts';
import type { Clock } from '../core/clock.ts';
import type { Finding, Obligation } from '../core/decision.ts';
import type { JsonObject } from '../core/json.ts';
import type { Integrity } from '../integrity/integrity.ts';
import type { ServedDefinition } from '../integrity/offer.ts';
import type { Upstreams } from '../upstreams/upstream.ts';
import type { Recognised } from './door.ts';
import type { Snapshot } from './snapshot.ts';

/** Integrity's part of the walk. @throws Fault('store_failed') when pins cannot be read or written */
export interface IntegrityRoom extends Integrity {
  /** What a result hides: instructions, oversize. */
  inspectResult(served: ServedDefinition | null, result: JsonObject): readonly Finding[];
}

/** Guards' part: prepared once per definition, run per call. */
export interface GuardsRoom {
  inspect(served: ServedDefinition, args: JsonObject, roots: readonly string[]): readonly Finding[];
}

export interface LimitFacts {
  readonly gateway: string;
  readonly principal: string;
  readonly keyId: string | null;
  readonly session: string | null;
  readonly agent: string | null;
  readonly server: string;
  readonly tool: string;
  readonly arguments: JsonObject;
}

export type Taken =
  { readonly ok: true; release(): void } | { readonly ok: false; readonly rule: string; readonly retryAfterMs: number };

export interface LimitsRoom {
  /** Takes from every limit or from none. */
  take(obligations: readonly Obligation[], facts: LimitFacts): Taken;
}

export interface AuthnRoom {
  recognise(gateway: string, credential: { apiKey: string | null; bearer: string | null }): Recognised;
}

/** Everything a call walks through; the composition root fills it. */
export interface Rooms {
  readonly clock: Clock;
  readonly authn: AuthnRoom;
  readonly upstreams: Upstreams;
  readonly integrity: IntegrityRoom;
  readonly guards: GuardsRoom;
  readonly limits: LimitsRoom;
  readonly records: RecordLog;
  /** The snapshot in force; a call asks once and keeps what it got. */
  snapshot(): Snapshot;
}
