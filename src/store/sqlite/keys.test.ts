import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { issueKey } from '../../authn/issue-key.ts';
import { SqliteKeyStore } from './keys.ts';
import { Registry } from './registry.ts';

const root = mkdtempSync(join(tmpdir(), 'veto-keys-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const principal = { id: 'p', kind: 'user', groups: [], roles: [], attributes: {} } as const;

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

it('shows what another connection changed from the next turn on, and forgets nothing', async () => {
  const directory = join(root, String(made++));
  const here = new SqliteKeyStore(new Registry(directory, 0));
  const there = new SqliteKeyStore(new Registry(directory, 0));
  const before = here.revision();
  const entry = issueKey({ name: 'n', gateway: 'g', principal, expiresAtMs: null }, 1).entry;
  there.add(entry);
  await nextTurn();
  const after = here.revision();
  expect(after).toBeGreaterThan(before);
  expect(here.list()).toEqual([entry]);
  there.revoke(entry.id, 7);
  await nextTurn();
  expect(here.revision()).toBeGreaterThan(after);
  expect(here.list()[0]?.revokedAtMs).toBe(7);
});
