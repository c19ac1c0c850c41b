import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { buildRig, unrecorded, type Answer, type Launched, type Rig } from './rig.ts';

const [CLIENTS, PRINCIPALS] = [48, 6];

let rig: Rig;
afterEach(() => rig.stop());

interface Made {
  readonly nonce: string;
  /** Begun before the gateway was told to stop. */
  readonly early: boolean;
  readonly answer: Answer;
}

/** Calls of `ms` each without a pause, until nobody answers any more. */
async function loadOn(gateway: Launched, ms: number, told: () => boolean, made: Made[]): Promise<void> {
  let count = 0;
  const client = async (no: number): Promise<void> => {
    for (;;) {
      const nonce = `n${count++}`;
      const early = !told();
      const answer = await gateway.call(no % PRINCIPALS, nonce, ms);
      made.push({ nonce, early, answer });
      if (answer.kind === 'broken') return;
      if (answer.kind === 'refused') await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, no) => client(no)));
}

/** Sends SIGTERM in the middle of the load, and gives everything that was called. */
async function stopUnderLoad(gateway: Launched, ms: number): Promise<{ made: Made[]; code: unknown; tookMs: number }> {
  let isTold = false;
  const made: Made[] = [];
  const calling = loadOn(gateway, ms, () => isTold, made);
  await until(async () => (await rig.notes()).length > CLIENTS, 'the gateway is under load', 30_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const ended = once(gateway.running.child, 'exit');
  isTold = true;
  const startedMs = performance.now();
  gateway.running.child.kill('SIGTERM');
  const [code] = (await ended) as [unknown];
  const tookMs = performance.now() - startedMs;
  await calling;
  return { made, code, tookMs };
}

const refusals = (made: readonly Made[]) => made.flatMap(({ answer }) => (answer.kind === 'refused' ? [answer] : []));

it.each(['stdio', 'streamable-http'] as const)(
  'lets calls under way end, and takes no new ones: %s',
  async (transport) => {
    rig = await buildRig({ transport, principals: PRINCIPALS, more: { listener: { drain_ms: 8_000 } } });
    const gateway = await rig.launch();
    const { made, code, tookMs } = await stopUnderLoad(gateway, 400);
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(8_000);
    const notes = await rig.notes();
    const reached = new Set(notes.map(({ nonce }) => nonce));
    // Whatever reached the upstream came back; whatever did not was refused as the protocol wants it.
    const lost = made.filter(({ nonce, answer }) => reached.has(nonce) && answer.kind !== 'text');
    expect(lost).toEqual([]);
    expect(made.filter(({ early, answer }) => early && answer.kind === 'broken')).toEqual([]);
    const refused = refusals(made);
    expect(refused.length).toBeGreaterThan(0);
    for (const { status, retryAfter } of refused) expect([status, Number(retryAfter) > 0]).toEqual([503, true]);

    const records = await rig.records();
    expect(unrecorded(notes, records)).toEqual([]);
    expect([...records.intends].filter(([id]) => !records.settles.has(id))).toEqual([]);
    expect(await rig.verify()).toMatchObject({ code: 0 });
    await until(() => transport !== 'stdio' || rig.upstreamPids().length === 0, 'no child is left');
  },
);

it('cuts calls that take longer than it may, and records that as well', async () => {
  rig = await buildRig({ transport: 'stdio', principals: PRINCIPALS, more: { listener: { drain_ms: 300 } } });
  const gateway = await rig.launch();
  const { made, code, tookMs } = await stopUnderLoad(gateway, 3_000);
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(10_000);
  const notes = await rig.notes();
  const records = await rig.records();
  expect(unrecorded(notes, records)).toEqual([]);
  const answered = new Set(made.flatMap(({ nonce, answer }) => (answer.kind === 'text' ? [nonce] : [])));
  const unsettled = [...records.intends].filter(([id]) => !records.settles.has(id)).map(([, nonce]) => nonce);
  expect(unsettled.filter((nonce) => answered.has(nonce))).toEqual([]);
  expect(made.some(({ early, answer }) => early && answer.kind === 'broken')).toBe(true);
  expect(await rig.verify()).toMatchObject({ code: 0 });
  await until(() => rig.upstreamPids().length === 0, 'no child is left');
});
