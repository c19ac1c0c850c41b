import { ENCODE_LIMITS } from '../../src/audit/encode.ts';
import { systemClock } from '../../src/core/clock.ts';
import { holdStore } from '../../src/store/sqlite/hold.ts';
import type { Durability } from '../../src/store/sqlite/open.ts';
import { SqliteRecordLog } from '../../src/store/sqlite/record-log.ts';

// A process to be killed: appends from 32 loops and prints the number of each record once it is acknowledged.

const [directory = '', durability = 'full'] = process.argv.slice(2);
holdStore(directory);
const settings = {
  directory,
  durability: durability as Durability, // given by the test that starts this
  busyTimeoutMs: 2_000,
  auditBytesMax: 0,
  queueRecordsMax: 1_000,
  queueBytesMax: 1_048_576,
  lingerMs: 5,
  retryMs: 100,
  encode: ENCODE_LIMITS,
};
const log = new SqliteRecordLog(settings, systemClock);
let next = 0;

async function loop(): Promise<void> {
  for (;;) {
    const detail = next++;
    try {
      await log.append({
        kind: 'intend',
        atMs: detail,
        callId: `c${detail}`,
        gateway: 'g',
        arguments: 'x'.repeat(200),
        detail,
      });
      process.stdout.write(`ok ${detail}\n`);
      log.enqueue({ kind: 'settle', atMs: detail, callId: `c${detail}`, gateway: 'g' });
    } catch (error) {
      process.stdout.write(`failed ${String(error)}\n`);
      await new Promise((resolve) => systemClock.after(20, () => resolve(undefined)));
    }
  }
}

await Promise.all(Array.from({ length: 32 }, loop));
