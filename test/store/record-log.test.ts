import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyChain } from '../../src/audit/chain.ts';
import { readBody } from '../../src/audit/match.ts';
import { holdStore } from '../../src/store/sqlite/hold.ts';
import { RecordReader } from '../../src/store/sqlite/record-reader.ts';

const root = mkdtempSync(join(tmpdir(), 'veto-records-'));
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

function start(directory: string, durability: string): { child: ChildProcess; lines: AsyncIterableIterator<string> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'append-forever.ts'), directory, durability], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  return { child, lines: createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]() };
}

async function details(directory: string): Promise<Set<unknown>> {
  const reader = new RecordReader(directory);
  const verdict = await verifyChain(reader.all(), { head: reader.witness() });
  expect(verdict).toMatchObject({ intact: true });
  const found = new Set<unknown>();
  for await (const record of reader.all()) found.add(readBody(record.body)?.['detail']);
  reader.close();
  return found;
}

describe('a killed writer', () => {
  it.each(['full', 'normal'])(
    'leaves an intact chain with every acknowledged record (%s)',
    { timeout: 20_000 },
    async (durability) => {
      const directory = join(root, durability);
      const acknowledged: number[] = [];
      for (const enough of [1, 500, 2_000]) {
        const { child, lines } = start(directory, durability);
        const before = acknowledged.length;
        for await (const line of lines) {
          expect(line).toMatch(/^ok /);
          acknowledged.push(Number(line.slice(3)));
          if (acknowledged.length - before >= enough && !child.killed) child.kill('SIGKILL');
        }
        const stored = await details(directory);
        expect(acknowledged.filter((detail) => !stored.has(detail))).toEqual([]);
      }
    },
  );
});

describe('a second gateway', () => {
  it('is refused by name while the first lives, and only then', { timeout: 10_000 }, async () => {
    const directory = join(root, 'held');
    const { child, lines } = start(directory, 'normal');
    await lines.next();
    expect(() => holdStore(directory)).toThrow(
      `another gateway (process ${child.pid}) works on the store \`${directory}\``,
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
    const hold = holdStore(directory);
    expect(() => holdStore(directory)).toThrow(/another gateway/);
    hold.release();
    holdStore(directory).release();
  });
});

/** A file system of 2 MiB, or null where we may not mount one. */
function smallDisk(): string | null {
  const directory = join(root, 'small');
  mkdirSync(directory);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', directory], { stdio: 'ignore' });
    return directory;
  } catch {
    return null;
  }
}

describe('a full disk', () => {
  it('refuses records until there is room again', { timeout: 20_000 }, async ({ skip }) => {
    const disk = smallDisk();
    if (disk === null) skip('mounting a small file system needs privileges');
    const ballast = join(disk ?? '', 'ballast');
    try {
      writeFileSync(ballast, Buffer.alloc(1_000_000));
      const { child, lines } = start(join(disk ?? '', 'store'), 'full');
      const acknowledged: number[] = [];
      let phase: 'filling' | 'full' | 'freed' = 'filling';
      let after = 0;
      let why = '';
      for await (const line of lines) {
        if (line.startsWith('ok ')) acknowledged.push(Number(line.slice(3)));
        if (line.startsWith('failed') && phase === 'filling') {
          why = line;
          phase = 'full';
          rmSync(ballast);
        } else if (line.startsWith('ok') && phase !== 'filling' && ++after >= 50) {
          phase = 'freed';
          child.kill('SIGKILL');
        }
      }
      expect(phase).toBe('freed');
      expect(why).toMatch(/disk is full/);
      const stored = await details(join(disk ?? '', 'store'));
      expect(acknowledged.filter((detail) => !stored.has(detail))).toEqual([]);
    } finally {
      for (const child of children) child.kill('SIGKILL');
      execFileSync('umount', ['-l', disk ?? ''], { stdio: 'ignore' });
    }
  });
});
