import type { KeyStore } from '../../authn/ports.ts';
import type { AuditSection } from '../../audit/section.ts';
import type { RecordLog } from '../../audit/record.ts';
import type { Clock } from '../../core/clock.ts';
import type { PinStore } from '../../integrity/ports.ts';
import type { CounterStore } from '../../limits/ports.ts';
import type { CountersSection } from '../../limits/section.ts';
import { SqliteCounterStore } from './counters.ts';
import { holdStore } from './hold.ts';
import { SqliteKeyStore } from './keys.ts';
import { SqlitePinStore } from './pins.ts';
import { SqliteRecordLog, type RecordLogSettings } from './record-log.ts';
import { Registry } from './registry.ts';
import { SqliteRestartOrders } from './restart-orders.ts';
import type { RestartOrders } from '../../upstreams/ports.ts';

/** Everything a gateway keeps, behind the ports of the rooms that asked for it. */
export interface Store {
  readonly records: RecordLog;
  readonly keys: KeyStore;
  /** Of administrators. */
  readonly adminKeys: KeyStore;
  readonly pins: PinStore;
  readonly counters: CounterStore;
  readonly restarts: RestartOrders;
  /** Makes everything durable that waits, then lets go of the files. @throws Fault when something could not be */
  close(): Promise<void>;
}

export interface StoreSettings {
  /** The store directory; created when missing. */
  readonly directory: string;
  readonly audit: AuditSection;
  readonly counters: CountersSection;
}

/**
 * Opens the embedded store for a gateway, as the only gateway on it.
 * @throws Fault('store_failed') when another gateway holds it, or its files cannot be used
 */
export function openStore(settings: StoreSettings, clock: Clock): Store {
  const { directory, audit, counters } = settings;
  const hold = holdStore(directory);
  let registry: Registry | null = null;
  try {
    registry = new Registry(directory, audit.busy_timeout_ms);
    const room = { keysMax: counters.keys_max, chargesMax: counters.charges_max };
    const counted = new SqliteCounterStore(registry, room, clock.nowMs());
    const records = new SqliteRecordLog(recordLogSettings(directory, audit), clock);
    const opened = registry;
    return {
      records,
      keys: new SqliteKeyStore(opened),
      adminKeys: new SqliteKeyStore(opened, 'admin_key'),
      pins: new SqlitePinStore(opened),
      counters: counted,
      restarts: new SqliteRestartOrders(opened),
      async close() {
        try {
          counted.flush();
          await records.close();
        } finally {
          opened.close();
          hold.release();
        }
      },
    };
  } catch (error) {
    registry?.close();
    hold.release();
    throw error;
  }
}

/** `audit:` of veto.yaml as the record log takes it. */
function recordLogSettings(directory: string, audit: AuditSection): RecordLogSettings {
  return {
    directory,
    durability: audit.durability,
    busyTimeoutMs: audit.busy_timeout_ms,
    auditBytesMax: audit.bytes_max,
    queueRecordsMax: audit.queue_records_max,
    queueBytesMax: audit.queue_bytes_max,
    lingerMs: audit.linger_ms,
    retryMs: audit.retry_ms,
    encode: {
      argumentBytesMax: audit.argument_bytes_max,
      detailBytesMax: audit.detail_bytes_max,
      fieldCharsMax: audit.field_chars_max,
    },
  };
}
