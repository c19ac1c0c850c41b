import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { lineOf, start } from '../support/processes.ts';
import { eventually } from './open-room.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

// The upstream ignores SIGTERM and the end of its input, and has a child of its own.
it.each(['SIGKILL', 'SIGTERM', 'SIGSEGV', 'exit', 'throw'])(
  'leaves no orphan when the gateway ends by %s',
  async (end) => {
    const gateway = start(process.execPath, [path('./lone-gateway.ts'), path('./scripted-stdio.mjs'), end]);
    const [, pid, grandchild] = await lineOf(gateway, /^(\d+) (\d+)$/);
    const pids = [Number(pid), Number(grandchild)];
    const bySignal = end.startsWith('SIG');
    const lived = !bySignal || pids.every(isAlive);
    if (bySignal) gateway.child.kill(end as NodeJS.Signals);
    expect(lived).toBe(true);
    await eventually(() => !pids.some(isAlive), 'every process is gone', 5000);
  },
);
