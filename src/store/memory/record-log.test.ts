import { expect, it } from 'vitest';
import { MemoryRecordLog } from './record-log.ts';

it('refuses beyond its bound', async () => {
  const log = new MemoryRecordLog(1);
  const record = { kind: 'intend', atMs: 1, callId: 'c', gateway: 'g' } as const;
  await log.append(record);
  log.enqueue(record);
  await expect(log.append(record)).rejects.toMatchObject({ code: 'store_failed' });
});
