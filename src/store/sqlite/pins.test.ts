import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { SqlitePinStore } from './pins.ts';
import { openDatabase } from './open.ts';
import { REGISTRY_FILE, REGISTRY_MIGRATIONS } from './registry-schema.ts';
import { Registry } from './registry.ts';

const root = mkdtempSync(join(tmpdir(), 'veto-pins-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

it('rejects, never answers empty, when the store is gone', async () => {
  const registry = new Registry(join(root, String(made++)), 0);
  const pins = new SqlitePinStore(registry);
  registry.close();
  await expect(pins.load('g', 'u')).rejects.toMatchObject({ code: 'store_failed' });
  await expect(pins.write([])).rejects.toMatchObject({ code: 'store_failed' });
  expect(() => pins.revision('g', 'u')).toThrow(expect.objectContaining({ code: 'store_failed' }));
});

it('learns from the history of an older store when a pin was first trusted', async () => {
  const directory = join(root, String(made++));
  const settings = { durability: 'full', busyTimeoutMs: 0 } as const;
  const old = openDatabase(join(directory, REGISTRY_FILE), {
    ...settings,
    migrations: REGISTRY_MIGRATIONS.slice(0, 1),
  });
  const pin = old.prepare(`INSERT INTO pin VALUES ('g', 'u', 'tool', ?, 9, 'pinned', ?)`);
  const event = old.prepare(`INSERT INTO pin_event VALUES ('g', 'u', 'tool', ?, ?, ?)`);
  const histories: Record<string, readonly (readonly [string, number])[]> = {
    kept: [
      ['first_seen', 10],
      ['approved', 20],
      ['changed', 30],
      ['approved', 40],
    ],
    retired: [
      ['pinned_first_use', 10],
      ['retired', 20],
    ],
    again: [
      ['pinned_first_use', 10],
      ['retired', 20],
      ['approved', 30],
      ['approved', 40],
    ],
    waiting: [['first_seen', 10]],
  };
  for (const [name, events] of Object.entries(histories)) {
    pin.run(name, JSON.stringify({ gateway: 'g', upstream: 'u', kind: 'tool', name }));
    for (const [i, [what, atMs]] of events.entries()) event.run(name, i + 1, JSON.stringify({ event: what, atMs }));
  }
  old.close();
  const registry = new Registry(directory, 0);
  const pins = await new SqlitePinStore(registry).load('g', 'u');
  registry.close();
  expect(Object.fromEntries(pins.map(({ name, trustedSinceMs }) => [name, trustedSinceMs]))).toEqual({
    kept: 20,
    retired: null,
    again: 30,
    waiting: null,
  });
});
