import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, listening, start } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { CLI } from '../support/veto.ts';

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

const DEMO = fileURLToPath(new URL('../../src/cli/start-demo.ts', import.meta.url));

// The store is taken before the rest of the start, which takes several times as long as the look every 10 ms.
it.skipIf(process.platform === 'win32').each([
  ['veto stdio', [CLI, 'stdio', '--config', 'veto.yaml']],
  ['veto serve', [CLI, 'serve', '--config', 'veto.yaml', '--port', '0']],
  ['npm start', [DEMO, '--port', '0']],
])('`%s` ends by a signal that came while it was starting', async (_, args) => {
  const cwd = await mkdtemp(join(tmpdir(), 'veto-start-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await writeFile(join(cwd, 'veto.yaml'), 'version: 1\nstore: ./store\n');
  const running = start(process.execPath, args, { cwd, env: { ...process.env, VETO_STORE: join(cwd, 'store') } });
  onTestFinished(() => void running.child.kill('SIGKILL'));
  const gone = once(running.child, 'exit');
  await until(() => existsSync(join(cwd, 'store/gateway.lock')), 'the store is taken', 40_000);
  running.child.kill('SIGTERM');
  expect(await gone).toEqual([0, null]);
});
