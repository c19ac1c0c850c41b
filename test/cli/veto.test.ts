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
