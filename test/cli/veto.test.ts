import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'veto-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cli = join(import.meta.dirname, '../../src/cli/veto.ts');

function veto(...argv: string[]): Promise<{ code: unknown; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...argv], { cwd: folder, timeout: 20_000 }, (error, out, err) => {
      resolve({ code: error ? error.code : 0, out, err });
    });
  });
}

it('runs as a process of its own, with exit codes', { timeout: 60_000 }, async () => {
  const created = await veto('keys', 'create', 'laptop', '--json');
  expect(created).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(created.out)).toMatchObject({ name: 'laptop', gateway: 'default' });
  expect(await veto('audit', 'verify')).toMatchObject({ code: 0, err: '' });
  expect(await veto('audit', 'verify', '--head', `9:${'a'.repeat(64)}`)).toMatchObject({ code: 1, err: '' });
  expect(await veto('keys', 'revoke', 'nobody')).toMatchObject({ code: 2, out: '' });
});

it('makes one live key of a name, and one successor, however many commands want to at once', async () => {
  const attempts = [1, 2, 3, 4];
  const created = await Promise.all(attempts.map(() => veto('keys', 'create', 'same')));
  expect(created.map(({ code }) => String(code)).toSorted()).toEqual(['0', '2', '2', '2']);
  for (const { code, err } of created) if (code === 2) expect(err).toMatch(/has a live key `same`/);
  const admins = await Promise.all(attempts.map(() => veto('keys', 'create', 'chief', '--admin')));
  expect(admins.map(({ code }) => String(code)).toSorted()).toEqual(['0', '2', '2', '2']);
  const id = created.find(({ code }) => code === 0)?.out.slice(5, 21) ?? '';
  const rotated = await Promise.all(attempts.map(() => veto('keys', 'rotate', id, '--grace', '1h')));
  expect(rotated.map(({ code }) => String(code)).toSorted()).toEqual(['0', '2', '2', '2']);
  const { out } = await veto('keys', 'list', '--json');
  const live = (JSON.parse(out) as { name: string }[]).map(({ name }) => name);
  expect(live.filter((name) => name !== 'laptop')).toEqual(['same', 'same', 'chief']);
});
