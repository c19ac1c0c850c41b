import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { describeKeyStore, sampleKey } from '../keys-conformance.ts';
import { MemoryKeyStore } from '../memory/keys.ts';
import { SqliteKeyStore } from './keys.ts';
import { Registry } from './registry.ts';

const root = mkdtempSync(join(tmpdir(), 'veto-keys-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

describeKeyStore('memory', () => new MemoryKeyStore());
describeKeyStore('sqlite', () => new SqliteKeyStore(new Registry(join(root, String(made++)), 0)));

it('shows what another connection changed, and forgets nothing', () => {
  const directory = join(root, String(made++));
  const here = new SqliteKeyStore(new Registry(directory, 0));
  const there = new SqliteKeyStore(new Registry(directory, 0));
  const before = here.revision();
  const entry = sampleKey();
  there.add(entry);
  const after = here.revision();
  expect(after).toBeGreaterThan(before);
  expect(here.list()).toEqual([entry]);
  there.revoke(entry.id, 7);
  expect(here.revision()).toBeGreaterThan(after);
  expect(here.list()[0]?.revokedAtMs).toBe(7);
});
