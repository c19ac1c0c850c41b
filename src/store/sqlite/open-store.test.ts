import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import { auditSection } from '../../audit/section.ts';
import { issueKey } from '../../authn/issue-key.ts';
import { systemClock } from '../../core/clock.ts';
import { countersSection } from '../../limits/section.ts';
import { openDatabase, readPragma } from './open.ts';
import { openStore, type Store } from './open-store.ts';

const root = mkdtempSync(join(tmpdir(), 'veto-store-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

function open(directory = join(root, String(made++))): { directory: string; store: Store } {
  const settings = { directory, audit: auditSection.parse(undefined), counters: countersSection.parse(undefined) };
  return { directory, store: openStore(settings, systemClock) };
}

it('keeps everything from one run to the next, readable by the owner only', async () => {
  const { directory, store } = open();
  const principal = { id: 'p', kind: 'user', groups: [], roles: [], attributes: {} } as const;
  const key = issueKey({ name: 'n', gateway: 'g', principal, expiresAtMs: null }, 1).entry;
  store.keys.add(key);
  await store.records.append({ kind: 'admin', atMs: 1, callId: '', gateway: '' });
  await store.close();
  for (const file of ['audit.db', 'registry.db', 'gateway.lock']) {
    expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
  }
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const again = open(directory).store;
  expect(again.keys.list()).toEqual([key]);
  await again.close();
});

it('waits for the disk unless told not to, and keeps a log of its own either way', () => {
  expect(auditSection.parse(undefined).durability).toBe('full');
  const [FULL, NORMAL] = [2, 1]; // https://sqlite.org/pragma.html#pragma_synchronous
  for (const [durability, synchronous] of [
    ['full', FULL],
    ['normal', NORMAL],
  ] as const) {
    const db = openDatabase(join(root, `${durability}.db`), { durability, busyTimeoutMs: 0, migrations: [] });
    expect([durability, readPragma(db, 'synchronous')]).toEqual([durability, synchronous]);
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    db.close();
  }
});

it('refuses a second gateway, and lets go when closed or when opening failed', async () => {
  const { directory, store } = open();
  expect(() => open(directory)).toThrow(/another gateway \(process \d+\) works on the store/);
  await store.close();
  writeFileSync(join(directory, 'registry.db'), 'this is no database, it only sits in its place'.repeat(50));
  expect(() => open(directory)).toThrow(/registry\.db` cannot be used: file is not a database/);
  rmSync(join(directory, 'registry.db'));
  await open(directory).store.close();
});

it('refuses files that are not ours, or of a later version', async () => {
  for (const sql of ['CREATE TABLE t (a)', 'PRAGMA application_id = 7', 'PRAGMA user_version = 3']) {
    const { directory, store } = open();
    await store.close();
    rmSync(join(directory, 'registry.db'));
    const db = new DatabaseSync(join(directory, 'registry.db'));
    db.exec(sql);
    db.close();
    expect(() => open(directory)).toThrow(/is not a store file of veto/);
  }
});

it('says so when there is something else in its place', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  expect(() => open(join(file, 'store'))).toThrow(expect.objectContaining({ code: 'store_failed' }));
});
