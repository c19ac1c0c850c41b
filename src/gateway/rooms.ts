import type { RecordLog } from '../audit/record.ts';
import type { Authn } from '../authn/authn.ts';
import type { Clock } from '../core/clock.ts';
import type { Finding } from '../core/decision.ts';
import type { JsonObject } from '../core/json.ts';
import type { Integrity } from '../integrity/integrity.ts';
import type { ServedDefinition } from '../integrity/offer.ts';
import type { Limits } from '../limits/limits.ts';
import type { Upstreams } from '../upstreams/upstream.ts';
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

/** Everything a call walks through; the composition root fills it. */
export interface Rooms {
  readonly clock: Clock;
  readonly authn: Pick<Authn, 'recognise'>;
  readonly upstreams: Upstreams;
  readonly integrity: IntegrityRoom;
  readonly guards: GuardsRoom;
  readonly limits: Pick<Limits, 'take'>;
  readonly records: RecordLog;
  /** The snapshot in force; a call asks once and keeps what it got. */
  snapshot(): Snapshot;
}
