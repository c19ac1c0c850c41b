import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../../src/audit/chain.ts';
import { readBody } from '../../../src/audit/match.ts';
import type { AuditRecord, RecordLog, RecordQuery, StoredRecord } from '../../../src/audit/record.ts';

/** Opens an empty log, closed by the suite. */
export type OpenLog = () => RecordLog;

const KINDS = ['intend', 'settle', 'refusal'] as const;

/** Record `index` of a varied log. Its time steps back now and then, as clocks do. */
function sample(index: number): AuditRecord {
  return {
    kind: KINDS[index % 3] ?? 'intend',
    atMs: 1_000 + index - (index % 10 === 0 ? 5 : 0),
    callId: `call-${Math.floor(index / 2)}`,
    gateway: index % 5 === 0 ? 'other' : 'default',
    principal: `p${index % 7}`,
    server: index % 2 === 0 ? 'files' : 'db',
    target: `tool${index % 4}`,
    ...(index % 3 === 2 ? { code: 'POLICY_DENIED' } : {}),
    detail: index,
  };
}

const QUERIES: readonly Omit<RecordQuery, 'limit'>[] = [
  {},
  { afterSeq: 590 },
  { principal: 'p3' },
  { principal: 'p3', afterSeq: 300 },
  { principal: 'nobody' },
  { gateway: 'other', server: 'files', target: 'tool0' },
  { code: 'POLICY_DENIED' },
  { kinds: ['settle', 'refusal'] },
  { kinds: [] },
  { callId: 'call-7' },
  { callId: 'call-7', kinds: ['refusal'] },
  { sinceMs: 1_100, untilMs: 1_110 },
  { sinceMs: 1_100, untilMs: 1_110, principal: 'p3' },
  { sinceMs: 1_595 },
  { untilMs: 1_003 },
  { sinceMs: 99_999 },
];

async function numbers(records: AsyncIterable<StoredRecord>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const record of records) found.push(readBody(record.body)?.['detail']);
  return found;
}

/** What a query must find among the samples, written down naively. */
function expected(query: Omit<RecordQuery, 'limit'>, count: number): number[] {
  const { afterSeq, newestFirst = false } = query;
  const all = Array.from({ length: count }, (_, index) => index).filter((index) => {
    const record = sample(index);
    const seq = index + 1;
    if (afterSeq !== undefined && (newestFirst ? seq >= afterSeq : seq <= afterSeq)) return false;
    if (query.sinceMs !== undefined && record.atMs < query.sinceMs) return false;
    if (query.untilMs !== undefined && record.atMs > query.untilMs) return false;
    if (query.kinds !== undefined && !query.kinds.includes(record.kind)) return false;
    const names = ['gateway', 'principal', 'server', 'target', 'code', 'callId'] as const;
    return names.every((name) => query[name] === undefined || query[name] === record[name]);
  });
  return newestFirst ? all.reverse() : all;
}

/** What every `RecordLog` does, whatever it stores on. */
export function describeRecordLog(name: string, open: OpenLog): void {
  describe(`record log: ${name}`, () => {
    it('keeps the order of appending in an intact chain', async () => {
      const log = open();
      const waits: Promise<void>[] = [];
      for (let index = 0; index < 50; index++) {
        if (index % 2 === 0) waits.push(log.append(sample(index)));
        else log.enqueue(sample(index));
      }
      await Promise.all(waits);
      await log.flush();
      const all: StoredRecord[] = [];
      for await (const record of log.query({ limit: 1_000 })) all.push(record);
      expect(all.map((record) => readBody(record.body)?.['detail'])).toEqual(Array.from({ length: 50 }, (_, i) => i));
      expect(await verifyChain(all)).toMatchObject({ intact: true, count: 50 });
      await log.close();
    });

    it('answers queries like a naive reading, forwards and backwards, with and without limit', async () => {
      const log = open();
      const count = 600;
      for (let from = 0; from < count; from += 100) {
        const group = Array.from({ length: 100 }, (_, i) => log.append(sample(from + i)));
        await Promise.all(group);
      }
      for (const query of QUERIES) {
        for (const newestFirst of [false, true]) {
          const whole = expected({ ...query, newestFirst }, count);
          const asked = { ...query, newestFirst };
          const found = { asked, all: await numbers(log.query({ ...asked, limit: 10_000 })) };
          expect(found).toEqual({ asked, all: whole });
          expect(await numbers(log.query({ ...asked, limit: 3 }))).toEqual(whole.slice(0, 3));
        }
      }
      await log.close();
    });

    it('finds what was just appended or handed over', async () => {
      const log = open();
      await log.append(sample(0));
      log.enqueue(sample(1));
      expect(await numbers(log.query({ limit: 10 }))).toEqual([0, 1]);
      await log.close();
    });

    it('refuses after it was closed', async () => {
      const log = open();
      await log.append(sample(0));
      expect(log.isFailing()).toBe(false);
      await log.close();
      expect(log.isFailing()).toBe(true);
      await expect(log.append(sample(1))).rejects.toMatchObject({ name: 'Fault', code: 'store_failed' });
      await log.close();
    });
  });
}
