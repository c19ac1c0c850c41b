import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { isObject, type JsonValue } from '../../src/core/json.ts';
import { startGateway, type RunningGateway } from '../../src/index.ts';
import { RecordReader } from '../../src/store/sqlite/record-reader.ts';
import { initialize } from '../listener/started.ts';
import { modernServer, ScriptedServer, type Got } from '../upstreams/scripted-http.ts';
import { ANSWERS, UNREAD, type SpoiledAnswer } from './spoiled-answers.ts';
import { deliver, MUTATIONS, pick, seeded, type Random, type Sender } from './spoiled-requests.ts';

// A whole gateway between clients and a server that both send nonsense: nobody hangs, nobody gets the answer of
// another, and whatever the server was given stands in the record.

/** `VETO_FUZZ_MS` and `VETO_FUZZ_SEED` make it longer, or the same again. */
const BUDGET_MS = Number(process.env['VETO_FUZZ_MS'] ?? 3000);
const SEED = Number(process.env['VETO_FUZZ_SEED'] ?? Math.trunc(systemClock.nowMs() % 2 ** 31));
/** Fewer exchanges than that show nothing. */
const SENT_MIN = 100;
/** The gateway gives up on a call after `timeout_ms`; far beyond that is a hang. */
const [TIMEOUT_MS, ANSWER_MAX_MS] = [1500, 10_000];
const LANES = 24;
const KEY = `fuzz-${'k'.repeat(40)}`;

const root = mkdtempSync(join(tmpdir(), 'veto-fuzz-'));
const store = join(root, 'store');
const uncaught: unknown[] = [];
const onUncaught = (error: unknown): void => void uncaught.push(error);

let server: ScriptedServer;
let gateway: RunningGateway;
let random: Random;
/** What the server did with each call that reached it, by its mark. */
const done = new Map<string, SpoiledAnswer>();
const marks = new Set<string>();
const reached = new Set<string>();
const twice: string[] = [];

function answerCall(got: Got): void {
  const args = isObject(got.message['params']) ? got.message['params']['arguments'] : null;
  const mark = isObject(args ?? null) ? String((args as Record<string, JsonValue>)['mark'] ?? '') : '';
  const spoiled = pick(random, ANSWERS);
  const text = JSON.stringify(args);
  if (mark !== '' && reached.has(text) && done.get(mark)?.name !== UNREAD)
    twice.push(`${text} after ${done.get(mark)?.name ?? ''}`);
  reached.add(text);
  done.set(mark, spoiled);
  spoiled.answer(got, mark, random);
}

beforeAll(async () => {
  process.on('uncaughtException', onUncaught).on('unhandledRejection', onUncaught);
  random = seeded(SEED ^ 0x5f5f);
  const tools = [{ name: 'run', inputSchema: { type: 'object' } }];
  server = await new ScriptedServer(modernServer(answerCall, tools)).listen();
  gateway = await startGateway({
    port: 0,
    env: { FUZZ_KEY: KEY },
    config: {
      store,
      listener: {
        body_timeout_ms: 500,
        header_timeout_ms: 500,
        body_bytes_max: 20_000,
        failed_authentications_burst_max: 1_000_000,
      },
      gateways: { default: { upstreams: ['up'], policies: [{ version: 1, default: 'allow', policies: [] }] } },
      upstreams: { up: { url: server.url, timeout_ms: TIMEOUT_MS, limits: { result_bytes_max: 50_000 } } },
      keys: [{ name: 'fuzz', secret: 'env:FUZZ_KEY', principal: { id: 'fuzz' } }],
    },
  });
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
  process.off('uncaughtException', onUncaught).off('unhandledRejection', onUncaught);
});

interface Tally {
  sent: number;
  right: number;
  wrong: number;
}

/** One request that may be spoiled, to a server whose answer may be. */
async function exchange(from: Sender, chance: Random, tally: Tally): Promise<void> {
  const [asItShouldBe] = MUTATIONS;
  const mutation = chance(2) === 0 && asItShouldBe ? asItShouldBe : pick(chance, MUTATIONS);
  const { case: one, mark } = mutation(chance, from);
  marks.add(mark);
  const text = await deliver(gateway.port, one, chance, ANSWER_MAX_MS);
  tally.sent++;
  const about = `${one.name}, answered with ${done.get(mark)?.name ?? 'nothing'}, seed ${SEED}`;
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
  expect([about, status === 500, status > 0 || one.end !== 'wait']).toEqual([about, false, true]);
  const foreign = (text.match(/mark-\d+-\d+/g) ?? []).filter((found) => found !== mark && marks.has(found));
  expect([about, foreign]).toEqual([about, []]);
  if (one.verdict !== 'accepted') return;
  const isRight = text.includes(`${mark} wörk`.slice(0, mark.length + 2)) && !text.includes('"isError":true');
  const verdict = done.get(mark)?.verdict;
  if (verdict === 'right') expect([about, isRight, isRight ? '' : text]).toEqual([about, true, '']);
  if (verdict === 'wrong') expect([about, isRight]).toEqual([about, false]);
  if (isRight) tally.right++;
  else tally.wrong++;
}

/** Arguments of every call that was to be forwarded, and ids of those whose end is recorded. */
async function readRecords(): Promise<{ intends: Map<string, string>; settled: Set<string> }> {
  const reader = new RecordReader(store);
  const intends = new Map<string, string>();
  const settled = new Set<string>();
  for await (const { body } of reader.query({ kinds: ['intend', 'settle'], limit: Number.MAX_SAFE_INTEGER })) {
    const { kind, callId, arguments: args } = JSON.parse(body) as Record<string, JsonValue>;
    if (kind === 'settle') settled.add(String(callId));
    else intends.set(String(callId), JSON.stringify(args));
  }
  reader.close();
  return { intends, settled };
}

it(
  `forwards nothing unrecorded in ${BUDGET_MS} ms of nonsense from both sides, seed ${SEED}`,
  {
    timeout: BUDGET_MS + 40_000,
  },
  async () => {
    const session = await initialize(gateway.endpoint(), '2025-03-26', { 'x-veto-api-key': KEY });
    const tally: Tally = { sent: 0, right: 0, wrong: 0 };
    const untilMs = systemClock.monotonicMs() + BUDGET_MS;
    const lane = async (no: number): Promise<void> => {
      const chance = seeded(SEED + no);
      // A crowded machine sends less in the time: it goes on until enough was sent.
      while (systemClock.monotonicMs() < untilMs || tally.sent <= SENT_MIN)
        await exchange({ key: KEY, session }, chance, tally);
    };
    await Promise.all(Array.from({ length: LANES }, (_, no) => lane(no)));
    await gateway.close();
    expect(uncaught).toEqual([]);
    expect(tally.sent).toBeGreaterThan(SENT_MIN);
    expect(tally.right).toBeGreaterThan(tally.sent / 50);
    expect(tally.wrong).toBeGreaterThan(tally.sent / 50);

    const { intends, settled } = await readRecords();
    const recorded = new Set(intends.values());
    expect([...reached].filter((args) => !recorded.has(args))).toEqual([]);
    expect(twice).toEqual([]);
    expect([...intends.keys()].filter((id) => !settled.has(id))).toEqual([]);
  },
);
