import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyChain } from '../../audit/chain.ts';
import { ENCODE_LIMITS } from '../../audit/encode.ts';
import { readBody } from '../../audit/match.ts';
import type { AuditRecord } from '../../audit/record.ts';
import { ManualClock, systemClock } from '../../core/clock.ts';
import { appendOnce } from './append-once.ts';
import { SqliteRecordLog, type RecordLogSettings } from './record-log.ts';
import { RecordReader } from './record-reader.ts';

const root = mkdtempSync(join(tmpdir(), 'veto-log-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

function settings(more: Partial<RecordLogSettings> = {}): RecordLogSettings {
  return {
    directory: join(root, String(made++)),
    durability: 'normal',
    busyTimeoutMs: 0,
    auditBytesMax: 0,
    queueRecordsMax: 1_000,
    queueBytesMax: 1_048_576,
    lingerMs: 5,
    retryMs: 1_000,
    encode: ENCODE_LIMITS,
    ...more,
  };
}

function record(detail: number): AuditRecord {
  return { kind: 'intend', atMs: detail, callId: `c${detail}`, gateway: 'default', detail };
}

async function bodies(directory: string): Promise<unknown[]> {
  const reader = new RecordReader(directory);
  const found: unknown[] = [];
  for await (const stored of reader.all()) found.push(readBody(stored.body));
  expect(await verifyChain(reader.all(), { head: reader.witness() })).toMatchObject({ intact: true });
  reader.close();
  return found;
}

describe('sqlite record log', () => {
  it('tells of every loss, also when a commit fails into a failure that is known already', async () => {
    const same = settings({ durability: 'full', queueRecordsMax: 16 });
    const clock = new ManualClock();
    const log = new SqliteRecordLog(same, clock);
    await log.append(record(0));
    const other = new DatabaseSync(join(same.directory, 'audit.db'));
    other.exec('BEGIN EXCLUSIVE');
    const doomed = log.append(record(1));
    await new Promise((resolve) => setImmediate(resolve));
    for (let n = 2; n < 22; n++) log.enqueue(record(n));
    await expect(doomed).rejects.toThrow('locked');
    other.close();
    clock.advance(same.retryMs);
    await log.flush();
    await log.close();
    const [, gap, ...kept] = await bodies(same.directory);
    expect(gap).toMatchObject({ code: 'store_recovered', detail: { kept: 16, lost: 4 } });
    expect(kept).toMatchObject(Array.from({ length: 16 }, (_, n) => ({ detail: n + 2 })));
  });

  it('continues the chain of an earlier run', async () => {
    const same = settings();
    for (let run = 0; run < 3; run++) {
      const log = new SqliteRecordLog(same, systemClock);
      await log.append(record(run));
      await log.close();
    }
    expect(await bodies(same.directory)).toMatchObject([{ detail: 0 }, { detail: 1 }, { detail: 2 }]);
  });

  it('continues after records that another process appended', async () => {
    const same = settings();
    const one = new SqliteRecordLog(same, systemClock);
    const other = new SqliteRecordLog(same, systemClock);
    for (let n = 0; n < 10; n++) await (n % 3 === 0 ? other : one).append(record(n));
    await one.close();
    await other.close();
    expect(await bodies(same.directory)).toMatchObject(Array.from({ length: 10 }, (_, detail) => ({ detail })));
  });

  it('hands over what lingers when its time has come', async () => {
    const same = settings();
    const clock = new ManualClock();
    const log = new SqliteRecordLog(same, clock);
    await log.append(record(0));
    log.enqueue(record(1));
    await new Promise(setImmediate);
    expect(await bodies(same.directory)).toHaveLength(1);
    clock.advance(same.lingerMs);
    await new Promise(setImmediate);
    expect(await bodies(same.directory)).toHaveLength(2);
    await log.close();
  });

  it('refuses while the database is locked, keeps what nobody waits for, and tells of the gap', async () => {
    const same = settings();
    const clock = new ManualClock();
    const log = new SqliteRecordLog(same, clock);
    await log.append(record(0));
    const intruder = new DatabaseSync(join(same.directory, 'audit.db'));
    intruder.exec('BEGIN IMMEDIATE');
    log.enqueue(record(1));
    await expect(log.append(record(2))).rejects.toMatchObject({ code: 'store_failed', message: /locked/ });
    await expect(log.append(record(3))).rejects.toMatchObject({ code: 'store_failed' });
    log.enqueue(record(4));
    await expect(log.flush()).rejects.toMatchObject({ code: 'store_failed' });
    clock.advance(same.retryMs);
    await expect(log.append(record(5))).rejects.toMatchObject({ code: 'store_failed' });
    intruder.close();
    clock.advance(same.retryMs);
    await log.flush();
    await log.append(record(6));
    await log.close();
    const gap = { code: 'store_recovered', detail: { refused: 3, lost: 0, kept: 2 } };
    expect(await bodies(same.directory)).toMatchObject([
      { detail: 0 },
      gap,
      { detail: 1 },
      { detail: 4 },
      { detail: 6 },
    ]);
  });

  it.each(['normal', 'full'] as const)('waits for another writer, and nobody else does (%s)', async (durability) => {
    const same = settings({ durability, busyTimeoutMs: 10_000 });
    const log = new SqliteRecordLog(same, new ManualClock());
    await log.append(record(0));
    const other = new DatabaseSync(join(same.directory, 'audit.db'));
    other.exec('BEGIN IMMEDIATE');
    const waits = [log.append(record(1)), log.append(record(2))];
    await new Promise(setImmediate);
    waits.push(log.append(record(3)));
    await new Promise(setImmediate);
    other.close();
    await Promise.all(waits);
    await log.append(record(4));
    await log.close();
    expect(await bodies(same.directory)).toMatchObject([0, 1, 2, 3, 4].map((detail) => ({ detail })));
  });

  it.each(['normal', 'full'] as const)('refuses when the database may not grow further (%s)', async (durability) => {
    const same = settings({ auditBytesMax: 128 * 1024, durability });
    const log = new SqliteRecordLog(same, new ManualClock());
    let stored = 0;
    const fill = async (): Promise<void> => {
      for (; stored < 1_000; stored++) await log.append({ ...record(stored), arguments: 'x'.repeat(3_000) });
    };
    await expect(fill()).rejects.toMatchObject({ code: 'store_failed', message: /full/ });
    expect(stored).toBeGreaterThan(20);
    await expect(log.append(record(-1))).rejects.toMatchObject({ code: 'store_failed' });
    await log.close(); // the record of the gap is small enough to fit
    const all = await bodies(same.directory);
    expect(all).toHaveLength(stored + 1);
    expect(all.at(-1)).toMatchObject({ code: 'store_recovered', detail: { refused: 2, lost: 0, kept: 0 } });
  });

  it('tries a full store with the note of the gap alone, and keeps the rest', async () => {
    const same = settings({ auditBytesMax: 128 * 1024 });
    const clock = new ManualClock();
    const log = new SqliteRecordLog(same, clock);
    const long = (detail: number): AuditRecord => ({ ...record(detail), arguments: 'x'.repeat(9_000) });
    const fill = async (): Promise<void> => {
      for (let n = 0; n < 1_000; n++) await log.append(long(n));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'store_failed', message: /full/ });
    const stored = (await bodies(same.directory)).length;
    for (let n = 0; n < 5; n++) log.enqueue(long(n));
    for (let attempts = 0; attempts < 4; attempts++) {
      clock.advance(same.retryMs);
      await new Promise(setImmediate);
    }
    const [gap, ...more] = (await bodies(same.directory)).slice(stored);
    expect(gap).toMatchObject({ code: 'store_recovered', detail: { refused: 1, lost: 0, kept: 5 } });
    expect(more, 'the note is not repeated while nothing else can be written').toEqual([]);
    await expect(log.append(record(-1))).rejects.toMatchObject({ code: 'store_failed', message: /full/ });
    await expect(log.close()).rejects.toMatchObject({ code: 'store_failed' });
    const last = { code: 'store_recovered', detail: { refused: 1, lost: 5, kept: 0 } };
    expect((await bodies(same.directory)).slice(stored + 1)).toMatchObject([last]);
  });

  it('tells of what could not be written any more when it was closed', async () => {
    const same = settings({ auditBytesMax: 128 * 1024, encode: { ...ENCODE_LIMITS, argumentBytesMax: 1_000_000 } });
    const log = new SqliteRecordLog(same, new ManualClock());
    await log.append(record(0));
    log.enqueue({ ...record(1), arguments: 'x'.repeat(200_000) });
    for (let n = 2; n < 4; n++) log.enqueue(record(n));
    await expect(log.close()).rejects.toMatchObject({ code: 'store_failed', message: /full/ });
    const gap = (lost: number, kept: number) => ({ code: 'store_recovered', detail: { refused: 0, lost, kept } });
    expect(await bodies(same.directory)).toMatchObject([{ detail: 0 }, gap(0, 3), gap(3, 0)]);
  });

  it.each(['normal', 'full'] as const)('tells of what was lost while it recovered (%s)', async (durability) => {
    const same = settings({ durability, busyTimeoutMs: 10_000, queueRecordsMax: 2 });
    const clock = new ManualClock();
    const log = new SqliteRecordLog(same, clock);
    await log.append(record(0));
    for (let n = 1; n < 4; n++) log.enqueue(record(n));
    const other = new DatabaseSync(join(same.directory, 'audit.db'));
    other.exec('BEGIN IMMEDIATE');
    clock.advance(same.retryMs);
    await expect(log.append(record(4))).rejects.toMatchObject({ code: 'store_failed' });
    for (let n = 5; n < 8; n++) log.enqueue(record(n));
    other.close();
    await log.flush();
    await log.append(record(8));
    await log.close();
    const gap = (refused: number, lost: number, kept: number) => {
      return { code: 'store_recovered', detail: { sinceMs: clock.nowMs() - same.retryMs, refused, lost, kept } };
    };
    const all = [{ detail: 0 }, gap(0, 1, 2), { detail: 1 }, { detail: 2 }, gap(1, 3, 0), { detail: 8 }];
    expect(await bodies(same.directory)).toMatchObject(all);
  });

  it('tells of a loss also when it is closed while something is being written', async () => {
    const same = settings({ durability: 'full', queueRecordsMax: 2 });
    const log = new SqliteRecordLog(same, new ManualClock());
    const first = log.append(record(0));
    await new Promise(setImmediate);
    for (let n = 1; n < 4; n++) log.enqueue(record(n));
    await log.close();
    await first;
    const gap = { code: 'store_recovered', detail: { refused: 0, lost: 1, kept: 2 } };
    expect(await bodies(same.directory)).toMatchObject([{ detail: 0 }, gap, { detail: 1 }, { detail: 2 }]);
  });

  it('bounds the memory of records that wait, and writes what was kept in groups', async () => {
    const same = settings({ queueBytesMax: 3_000_000, queueRecordsMax: 10_000 });
    const clock = new ManualClock();
    const log = new SqliteRecordLog(same, clock);
    const long = (detail: number): AuditRecord => ({ ...record(1_000 + detail), arguments: 'x'.repeat(9_000) });
    const waits = Array.from({ length: 200 }, (_, n) => log.append(long(n)));
    const settled = await Promise.allSettled(waits);
    const written = settled.filter(({ status }) => status === 'fulfilled').length;
    expect(written).toBeGreaterThan(3_000_000 / (2 * 9_100));
    expect(written).toBeLessThan(3_000_000 / (2 * 9_000));
    await expect(waits.at(-1)).rejects.toThrow('more than 3000000 bytes of records wait to be written');
    for (let n = 0; n < 200; n++) log.enqueue(long(written + n));
    clock.advance(same.retryMs);
    await log.flush();
    await log.close();
    const all = await bodies(same.directory);
    const gap = { code: 'store_recovered', detail: { refused: 0, lost: 200 - written, kept: written } };
    expect(all[written]).toMatchObject(gap);
    expect(all.toSpliced(written, 1)).toMatchObject(
      Array.from({ length: 2 * written }, (_, n) => ({ detail: 1_000 + n })),
    );
  });

  it('finds every record of a stretch that two processes wrote', async () => {
    const same = settings();
    const log = new SqliteRecordLog(same, new ManualClock());
    for (let n = 0; n < 400; n++) {
      if (n % 90 === 7) appendOnce(same.directory, record(n));
      else await log.append(record(n));
    }
    for (let n = 0; n < 400; n++) {
      const found: unknown[] = [];
      for await (const { body } of log.query({ callId: `c${n}`, limit: 2 })) found.push(readBody(body)?.['detail']);
      expect(found).toEqual([n]);
    }
    await log.close();
    expect(await bodies(same.directory)).toHaveLength(400);
  });

  it('refuses beyond the queue, and says how many records were lost', async () => {
    const same = settings({ queueRecordsMax: 2 });
    const clock = new ManualClock();
    const log = new SqliteRecordLog(same, clock);
    for (let n = 0; n < 4; n++) log.enqueue(record(n));
    await expect(log.append(record(4))).rejects.toMatchObject({ code: 'store_failed' });
    clock.advance(same.retryMs);
    await log.flush();
    await log.close();
    const gap = { code: 'store_recovered', detail: { refused: 1, lost: 2, kept: 2 } };
    expect(await bodies(same.directory)).toMatchObject([gap, { detail: 0 }, { detail: 1 }]);
  });

  it('fails every append over a database that is none, and over a log whose tail vanished', async () => {
    const broken = settings();
    const log = new SqliteRecordLog(broken, new ManualClock());
    await log.append(record(0));
    await log.close();
    const db = new DatabaseSync(join(broken.directory, 'audit.db'));
    db.exec('DROP TRIGGER record_is_not_removed; DELETE FROM record');
    db.close();
    const again = new SqliteRecordLog(broken, new ManualClock());
    await expect(again.append(record(1))).rejects.toMatchObject({ message: /vanished/ });
    await expect(again.close()).rejects.toMatchObject({ code: 'store_failed' });

    const foreign = settings();
    const first = new SqliteRecordLog(foreign, new ManualClock());
    await first.append(record(0));
    await first.close();
    const other = new DatabaseSync(join(foreign.directory, 'audit.db'));
    other.exec('PRAGMA user_version = 99');
    other.close();
    const third = new SqliteRecordLog(foreign, new ManualClock());
    await expect(third.append(record(1))).rejects.toMatchObject({ message: /newer veto/ });
    await expect(third.close()).rejects.toMatchObject({ code: 'store_failed' });
  });

  it('keeps SQL from editing or removing records', async () => {
    const same = settings();
    const log = new SqliteRecordLog(same, systemClock);
    await log.append(record(0));
    await log.close();
    const db = new DatabaseSync(join(same.directory, 'audit.db'));
    expect(() => db.exec("UPDATE record SET body = '{}'")).toThrow(/never edited/);
    expect(() => db.exec('DELETE FROM record')).toThrow(/never removed/);
    db.close();
  });
});
