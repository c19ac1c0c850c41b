import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { deliver, MUTATIONS, pick, seeded, type Case } from '../fuzz/spoiled-requests.ts';
import { initialize, modern, start, until, type Started } from './started.ts';

/** `VETO_FUZZ_MS` and `VETO_FUZZ_SEED` make it longer, or the same again. */
const BUDGET_MS = Number(process.env['VETO_FUZZ_MS'] ?? 3000);
const SEED = Number(process.env['VETO_FUZZ_SEED'] ?? Math.trunc(systemClock.nowMs() % 2 ** 31));
const ANSWER_MAX_MS = 3000;
const LANES = 8;

let on: Started;
let session: Record<string, string>;
const uncaught: unknown[] = [];
const onUncaught = (error: unknown): void => void uncaught.push(error);

beforeAll(async () => {
  process.on('uncaughtException', onUncaught).on('unhandledRejection', onUncaught);
  on = await start({
    body_timeout_ms: 500,
    header_timeout_ms: 500,
    body_bytes_max: 20_000,
    failed_authentications_burst_max: 1_000_000,
  });
  session = await initialize(on.url, '2025-03-26');
});
afterAll(async () => {
  await on.listener.close();
  process.off('uncaughtException', onUncaught).off('unhandledRejection', onUncaught);
});

it(`survives ${BUDGET_MS} ms of nonsense, seed ${SEED}`, { timeout: BUDGET_MS + 20_000 }, async () => {
  const untilMs = systemClock.monotonicMs() + BUDGET_MS;
  const expected = new Map<string, Case>();
  const lane = async (no: number): Promise<void> => {
    const random = seeded(SEED + no);
    while (systemClock.monotonicMs() < untilMs) {
      const { case: one, mark } = pick(random, MUTATIONS)(random, { key: 'key-alice', session });
      expected.set(mark, one);
      const answer = await deliver(on.listener.port, one, random, ANSWER_MAX_MS);
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
      if (one.end === 'wait') expect([one.name, status > 0]).toEqual([one.name, true]);
      if (one.verdict === 'accepted') expect([one.name, status, SEED]).toEqual([one.name, 200, SEED]);
      expect([one.name, status === 500, SEED]).toEqual([one.name, false, SEED]);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, no) => lane(no)));
  expect(uncaught).toEqual([]);
  const seen = new Set<string>();
  for (const { exchange } of on.door.seen) {
    const args = exchange.params['arguments'];
    const mark = typeof args === 'object' && args !== null && 'mark' in args ? String(args['mark']) : '';
    const one = expected.get(mark);
    if (one !== undefined) expect([one.name, one.verdict, SEED]).toEqual([one.name, 'accepted', SEED]);
    seen.add(mark);
  }
  for (const [mark, one] of expected) if (one.verdict === 'accepted') expect(seen.has(mark)).toBe(true);
  expect(expected.size).toBeGreaterThan(100);
  expect((await modern(on.url, 'tools/list')).status).toBe(200);
  await until(() => on.listener.counts().inFlight === 0 && on.listener.counts().streams === 0, 'nothing is left open');
});
