import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, listening, start } from '../support/processes.ts';
import { until } from '../support/until.ts';

const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('connect', () => resolve(socket.destroy() !== null)).on('error', () => resolve(false));
  });

// npm runs a script by a shell, and passes a signal on to that shell only.
it.skipIf(process.platform === 'win32')('`npm start` ends with the shell that npm runs it by', async () => {
  const port = await freePort();
  const store = await mkdtemp(join(tmpdir(), 'veto-start-'));
  onTestFinished(() => rm(store, { recursive: true, force: true }));
  const env = { ...process.env, VETO_STORE: store };
  const shell = start('/bin/sh', ['-c', `"${process.execPath}" scripts/boot.mjs start --port ${port}; exit`], { env });
  await listening(port, shell);
  shell.child.kill('SIGTERM');
  await until(async () => !(await isTaken(port)), 'the port is free again');
  expect(shell.child.killed).toBe(true);
});
