import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import type { Tenant } from '../../src/upstreams/upstream.ts';
import { TestRoom } from './open-room.ts';

const SCRIPTED = fileURLToPath(new URL('./scripted-stdio.mjs', import.meta.url));
const [CALLS, CALLERS, TENANTS, KILLS] = [3000, 64, 8, 12];
const KILL_EVERY = CALLS / KILLS;

let room: TestRoom;
afterEach(() => room.close());

it('crosses no answers and loses no call while children are killed at random', async () => {
  room = new TestRoom({ transport: 'stdio', era: 'legacy', command: process.execPath, args: [SCRIPTED] });
  const tenants: Tenant[] = Array.from({ length: TENANTS }, (_, n) => ({ key: `tenant ${n}`, capabilities: {} }));
  const ends = { answered: 0, failed: 0, crossed: 0 };
  const seen = new Set<number>();
  let n = 0;
  const caller = async (): Promise<void> => {
    while (n < CALLS) {
      const mine = n++;
      const tenant = tenants[mine % TENANTS] ?? { key: 'none', capabilities: {} };
      if (mine % KILL_EVERY === KILL_EVERY - 1) {
        const { pids } = room.upstreams.status('it');
        const victim = pids[mine % pids.length];
        if (victim !== undefined) process.kill(victim, 'SIGKILL');
      }
      for (const pid of room.upstreams.status('it').pids) seen.add(pid);
      const text = await room.text('echo', { mine, by: tenant.key }, { tenant }).catch(() => null);
      if (text === null) ends.failed++;
      else if (text === JSON.stringify({ mine, by: tenant.key })) ends.answered++;
      else ends.crossed++;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  expect(ends.crossed).toBe(0);
  expect(ends.answered + ends.failed).toBe(CALLS);
  expect(ends.answered).toBeGreaterThan(CALLS / 2);
  expect(seen.size).toBeGreaterThan(TENANTS);
  await room.close();
  const alive = [...seen].filter((pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  });
  expect(alive).toEqual([]);
});
