import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isOurs } from './compile-cache.ts';

const root = mkdtempSync(join(tmpdir(), 'veto-compiled-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('isOurs', () => {
  it('makes the folder for this user alone, and knows it again', () => {
    const folder = join(root, 'made');
    expect([isOurs(folder), isOurs(folder)]).toEqual([true, true]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it.each<[string, (path: string) => void]>([
    ['others can write', (path) => (mkdirSync(path), chmodSync(path, 0o777))],
    ['the group can write', (path) => (mkdirSync(path), chmodSync(path, 0o770))],
    ['it leads elsewhere', (path) => symlinkSync(mkdtempSync(join(root, 'elsewhere-')), path)],
    ['it is a file', (path) => writeFileSync(path, '')],
    ['it cannot be made', (path) => (writeFileSync(join(root, 'file'), ''), void path)],
  ])('trusts no folder when %s', (what, make) => {
    const path = what === 'it cannot be made' ? join(root, 'file', 'below') : join(root, what.replaceAll(' ', '-'));
    make(path);
    expect(isOurs(path)).toBe(false);
  });
});
