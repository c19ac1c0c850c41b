import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { ENCODE_LIMITS } from '../../src/audit/encode.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Windows } from '../../src/limits/windows.ts';
import { MemoryKeyStore } from '../../src/store/memory/keys.ts';
import { MemoryPinStore } from '../../src/store/memory/pins.ts';
import { MemoryRecordLog } from '../../src/store/memory/record-log.ts';
import { SqliteCounterStore } from '../../src/store/sqlite/counters.ts';
import { SqliteKeyStore } from '../../src/store/sqlite/keys.ts';
import { SqlitePinStore } from '../../src/store/sqlite/pins.ts';
import { SqliteRecordLog } from '../../src/store/sqlite/record-log.ts';
import { Registry } from '../../src/store/sqlite/registry.ts';
import { describeCounterStore } from './conformance/counters.ts';
import { describeKeyStore } from './conformance/keys.ts';
import { describePinStore } from './conformance/pins.ts';
import { describeRecordLog } from './conformance/record-log.ts';

// One suite per port, the same for every backend.

const root = mkdtempSync(join(tmpdir(), 'veto-conformance-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const folder = (): string => join(root, String(made++));
const registry = (): Registry => new Registry(folder(), 0);
const room = { keysMax: 100, chargesMax: 1_000 };

describeKeyStore('memory', () => new MemoryKeyStore());
describeKeyStore('sqlite', () => new SqliteKeyStore(registry()));
describeKeyStore('sqlite, administrators', () => new SqliteKeyStore(registry(), 'admin_key'), '');

describePinStore('memory', () => new MemoryPinStore());
describePinStore('sqlite', () => new SqlitePinStore(registry()));

describeCounterStore('memory', () => new Windows(room));
describeCounterStore('sqlite', () => new SqliteCounterStore(registry(), room, 0));

describeRecordLog('memory', () => new MemoryRecordLog());
for (const durability of ['normal', 'full'] as const) {
  const settings = {
    durability,
    busyTimeoutMs: 0,
    auditBytesMax: 0,
    queueRecordsMax: 1_000,
    queueBytesMax: 1_048_576,
    lingerMs: 5,
    retryMs: 1_000,
  };
  const open = (): SqliteRecordLog =>
    new SqliteRecordLog({ ...settings, directory: folder(), encode: ENCODE_LIMITS }, systemClock);
  describeRecordLog(`sqlite, ${durability}`, open);
}
