import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { ALLOW, buildRig, isAlive, seeded, unrecorded, type Launched, type Memory, type Rig } from './rig.ts';

/** `VETO_CHAOS_SEED` plays the same choices again; `VETO_CHAOS_CALLS` makes it longer. */
const SEED = Number(process.env['VETO_CHAOS_SEED'] ?? 20_261_123);
const CALLS = Number(process.env['VETO_CHAOS_CALLS'] ?? 10_000);
const [CLIENTS, PRINCIPALS, KILLS, WARM_UP] = [64, 8, 24, 1_500];
const TIMEOUT_MS = 60_000 + 6 * CALLS;
const MIB = 1024 * 1024;
/**
 * What may be left after all calls beside what was there after the first ones, both after a garbage collection. The
 * heap stays within 2 MiB; resident memory rises by 40 to 60 MiB in the first ten thousand calls, and from the forty
 * thousandth on no more: what the two threads keep for young objects.
 */
const HEAP_GROWTH_MAX = 12 * MIB;
const RSS_GROWTH_MAX = 96 * MIB;

const FORBIDDEN = '{ name: never, match: { tool: note, arguments: { nonce: "^never" } }, action: deny }';
const POLICIES = [
  `${ALLOW}  - ${FORBIDDEN}\n`,
  `${ALLOW}  - ${FORBIDDEN}\n  - { name: odd, match: { tool: note, arguments: { nonce: "^odd" } }, action: deny }\n`,
  `${ALLOW}  - ${FORBIDDEN}\n  - { nam: broken }\n`,
];

let rig: Rig;
let gateway: Launched;
beforeAll(async () => {
  rig = await buildRig({ transport: 'stdio', principals: PRINCIPALS, policy: POLICIES[0] ?? '' });
  gateway = await rig.launch();
});
afterAll(() => rig.stop());

interface Tally {
  answered: number;
  failed: number;
  denied: number;
  readonly crossed: string[];
  readonly strange: string[];
}

/** 64 clients of 8 principals call until `calls` calls are made; `between` is told after each. */
async function callFor(calls: number, prefix: string, tally: Tally, between: (n: number) => void): Promise<void> {
  let made = 0;
  const client = async (no: number): Promise<void> => {
    while (made < calls) {
      const n = made++;
      between(n);
      const kind = n % 50 === 7 ? 'never' : n % 9 === 0 ? 'odd' : 'word';
      const nonce = `${kind}-${prefix}-${n}-by-${no % PRINCIPALS}`;
      const answer = await gateway.call(no % PRINCIPALS, nonce);
      if (answer.kind === 'text' && answer.text.startsWith(`${nonce} `)) tally.answered++;
      else if (answer.kind === 'text') tally.crossed.push(`${nonce} got ${answer.text}`);
      else if (answer.kind === 'broken') tally.strange.push(`${nonce}: ${answer.why}`);
      else if (answer.code === 'POLICY_DENIED') tally.denied++;
      else if (answer.code === 'UPSTREAM_FAILED' || answer.code === 'TARGET_UNKNOWN') {
        tally.failed++;
        await new Promise((resolve) => setTimeout(resolve, 25));
      } else tally.strange.push(`${nonce}: ${answer.status} ${answer.code}`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, no) => client(no)));
}

it(`holds while children are killed and the policy changes, seed ${SEED}`, { timeout: TIMEOUT_MS }, async () => {
  const random = seeded(SEED);
  const tally: Tally = { answered: 0, failed: 0, denied: 0, crossed: [], strange: [] };
  await callFor(WARM_UP, 'warm', tally, () => undefined);
  const before: Memory = await gateway.memory();
  const everBorn = new Set<number>(rig.upstreamPids());
  expect(everBorn.size).toBeGreaterThanOrEqual(PRINCIPALS);
  let policies = 1;
  // A file is taken when it is quiet, so each change waits for what became of the one before.
  const told = (): number => gateway.running.stderr().match(/policy (?:not )?reloaded/g)?.length ?? 0;
  await callFor(CALLS, 'run', tally, (n) => {
    if (n % Math.floor(CALLS / KILLS) === Math.floor(CALLS / KILLS) - 1) {
      const pids = rig.upstreamPids();
      for (const pid of pids) everBorn.add(pid);
      const victim = pids[Math.floor(random() * pids.length)];
      if (victim !== undefined) process.kill(victim, 'SIGKILL');
    }
    if (n % 250 === 100 && told() >= policies - 1) void rig.setPolicy(POLICIES[policies++ % POLICIES.length] ?? '');
  });
  await rig.setPolicy(POLICIES[0] ?? '');
  const after: Memory = await gateway.memory();
  for (const pid of rig.upstreamPids()) everBorn.add(pid);
  await gateway.hangUp();
  expect(await gateway.running.stop()).toBe(0);

  expect({ crossed: tally.crossed, strange: tally.strange }).toEqual({ crossed: [], strange: [] });
  expect(tally.answered + tally.failed + tally.denied).toBe(CALLS + WARM_UP);
  expect(tally.answered).toBeGreaterThan(CALLS / 2);
  expect(tally.denied).toBeGreaterThanOrEqual(Math.floor(CALLS / 50));
  expect(gateway.running.stderr()).toMatch(/policy reloaded/);
  expect(gateway.running.stderr()).toMatch(/policy not reloaded, the last good version stays in force/);

  const notes = await rig.notes();
  const records = await rig.records();
  expect(unrecorded(notes, records)).toEqual([]);
  expect(notes.filter(({ nonce }) => nonce.startsWith('never'))).toEqual([]);
  expect(new Set(notes.map(({ nonce }) => nonce)).size).toBe(notes.length); // nothing was sent twice
  const owners = new Map<number, Set<string | undefined>>();
  for (const { nonce, pid } of notes) {
    owners.set(pid, (owners.get(pid) ?? new Set()).add(nonce.split('-by-')[1]));
  }
  expect([...owners.values()].filter((principals) => principals.size > 1)).toEqual([]);
  expect(owners.size).toBeGreaterThan(PRINCIPALS);
  expect([...records.intends.keys()].filter((id) => !records.settles.has(id))).toEqual([]);
  expect(await rig.verify()).toMatchObject({ code: 0 });

  await until(() => rig.upstreamPids().length === 0, 'no process of an upstream is left');
  await until(() => ![...everBorn].some(isAlive), 'every process that there was is gone');
  expect((after.heapUsed - before.heapUsed) / MIB).toBeLessThan(HEAP_GROWTH_MAX / MIB);
  expect((after.rss - before.rss) / MIB).toBeLessThan(RSS_GROWTH_MAX / MIB);
});
