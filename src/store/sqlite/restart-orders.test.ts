import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import { followRestartOrders } from '../../upstreams/follow-orders.ts';
import { holdStore, isHeld } from './hold.ts';
import { Registry } from './registry.ts';
import { SqliteRestartOrders } from './restart-orders.ts';

const root = mkdtempSync(join(tmpdir(), 'veto-orders-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('carries an order of another process to the gateway, once, and the outcome back', async () => {
  const folder = mkdtempSync(join(root, 'case-'));
  const [here, there] = [new Registry(folder, 1_000), new Registry(folder, 1_000)];
  const [given, taken] = [new SqliteRestartOrders(here), new SqliteRestartOrders(there)];
  const clock = new ManualClock();
  const stale = given.give('files', 'local:tester', clock.nowMs());
  const restarted: string[] = [];
  const said: string[] = [];
  const upstreams = {
    restart(name: string) {
      restarted.push(name);
      return name === 'nope' ? Promise.reject(new Fault('upstream_unreachable', 'there is none')) : Promise.resolve();
    },
  };
  const stop = followRestartOrders(taken, upstreams, clock, (sentence) => void said.push(sentence));
  expect(given.outcome(stale)?.error).toMatch(/started after/);
  const orders = ['files', 'nope', 'db'].map((name) => given.give(name, 'local:tester', clock.nowMs()));
  expect(orders.map((id) => given.outcome(id))).toEqual([null, null, null]);
  for (let looks = 0; looks < 3; looks++) {
    clock.advance(500);
    for (let turns = 0; turns < 10; turns++) await turn();
  }
  expect(restarted).toEqual(['files', 'nope', 'db']);
  expect(orders.map((id) => given.outcome(id)?.error)).toEqual([null, 'there is none', null]);
  expect(said).toHaveLength(3);
  stop();
  given.give('files', 'local:tester', clock.nowMs());
  clock.advance(5_000);
  await turn();
  expect(restarted).toHaveLength(3);
  here.close();
  there.close();
});

it('tells whether a gateway holds the store', () => {
  const folder = mkdtempSync(join(root, 'case-'));
  expect(isHeld(folder)).toBe(false);
  const hold = holdStore(folder);
  expect(isHeld(folder)).toBe(true);
  hold.release();
  expect(isHeld(folder)).toBe(false);
});
