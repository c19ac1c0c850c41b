import type { Approvals } from '../approvals/approvals.ts';
import type { RecordLog } from '../audit/record.ts';
import type { Authn } from '../authn/authn.ts';
import type { Clock } from '../core/clock.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { Integrity } from '../integrity/integrity.ts';
import type { Limits } from '../limits/limits.ts';
import type { Upstreams } from '../upstreams/upstream.ts';
import type { Inspection } from './inspection.ts';
import type { Snapshot } from './snapshot.ts';

/** Everything a call walks through; the composition root fills it. */
export interface Rooms {
  readonly clock: Clock;
  readonly authn: Pick<Authn, 'recognise'>;
  readonly upstreams: Upstreams;
  readonly integrity: Integrity;
  readonly inspection: Pick<Inspection, 'inspectCall' | 'inspectResult' | 'inspectError' | 'inspectNotice'>;
  readonly limits: Pick<Limits, 'take' | 'count' | 'attempt' | 'distrust'>;
  readonly approvals: Approvals;
  readonly credentials: Credentials;
  readonly records: RecordLog;
  /** The snapshot in force; a call asks once and keeps what it got. */
  snapshot(): Snapshot;
}
