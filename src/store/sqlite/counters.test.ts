import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { SqliteCounterStore } from './counters.ts';
import { Registry } from './registry.ts';

const root = mkdtempSync(join(tmpdir(), 'veto-counters-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const room = { keysMax: 100, chargesMax: 1_000 };

const claim = { key: 'a', capacity: 3, windowMs: 1_000, amount: 1, countAttempts: false };

/** A store on the same files: what a restart finds. */
function start(directory: string, nowMs: number): SqliteCounterStore {
  return new SqliteCounterStore(new Registry(directory, 0), room, nowMs);
}

it('survives a restart: what was charged counts, what was given back or expired does not', async () => {
  const directory = join(root, String(made++));
  const first = start(directory, 0);
  for (const nowMs of [0, 500]) expect(first.charge([claim], nowMs).ok).toBe(true);
  const early = first.charge([claim], 500);
  if (early.ok) first.giveBack(early.charges); // before it was written
  await new Promise(setImmediate);
  const late = first.charge([claim], 500);
  await new Promise(setImmediate);
  if (late.ok) first.giveBack(late.charges); // after
  const second = start(directory, 600);
  expect([second.charge([claim], 600).ok, second.charge([claim], 600).ok]).toEqual([true, false]);
  await new Promise(setImmediate);
  const third = start(directory, 1_000);
  expect([third.charge([claim], 1_000).ok, third.charge([claim], 1_000).ok]).toEqual([true, false]);
});

it('removes what has expired from the file', async () => {
  const directory = join(root, String(made++));
  const registry = new Registry(directory, 0);
  const counters = new SqliteCounterStore(registry, room, 0);
  counters.charge([claim], 0);
  await new Promise(setImmediate);
  counters.charge([claim], 61_000);
  await new Promise(setImmediate);
  expect(registry.all('SELECT at_ms FROM charge')).toMatchObject([{ at_ms: 61_000 }]);
});

it('does not look like a change of keys or pins to this process', async () => {
  const registry = new Registry(join(root, String(made++)), 0);
  const counters = new SqliteCounterStore(registry, room, 0);
  const before = registry.foreignWrites();
  counters.charge([claim], 0);
  await new Promise(setImmediate);
  expect(registry.foreignWrites()).toBe(before);
});

it('fails when too much waits to be written', () => {
  const directory = join(root, String(made++));
  const registry = new Registry(directory, 0);
  const counters = new SqliteCounterStore(registry, { keysMax: 10, chargesMax: 1_000_000 }, 0);
  const many = { ...claim, capacity: 1e9 };
  const overrun = (): void => {
    for (let n = 0; n < 200_000; n++) counters.charge([many], 0);
  };
  expect(overrun).toThrow(expect.objectContaining({ code: 'store_failed' }));
});
