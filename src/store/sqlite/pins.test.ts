import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { SqlitePinStore } from './pins.ts';
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
