import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import { startGateway } from '../../src/index.ts';
import { FIXTURE_STDIO } from '../support/fixture.ts';

const store = mkdtempSync(join(tmpdir(), 'veto-ready-'));
afterAll(() => rmSync(store, { recursive: true, force: true }));

it('is not ready while records cannot be written, and ready again after', { timeout: 30_000 }, async () => {
  const config = {
    store,
    audit: { busy_timeout_ms: 0, retry_ms: 10 },
    gateways: { default: { upstreams: ['fixture'], policies: [{ version: 1, default: 'allow', policies: [] }] } },
    upstreams: { fixture: { command: FIXTURE_STDIO.command, args: [...FIXTURE_STDIO.args] } },
  };
  const gateway = await startGateway({ config, port: 0 });
  const ready = async () => {
    const response = await fetch(`${gateway.url}/readyz`);
    return { status: response.status, body: (await response.json()) as unknown };
  };
  const isReady = { status: 200, body: { ready: true, reasons: [] } };
  await gateway.createKey({ name: 'before' });
  expect(await ready()).toEqual(isReady);
  const other = new DatabaseSync(join(store, 'audit.db'));
  other.exec('BEGIN IMMEDIATE');
  await expect(gateway.createKey({ name: 'meanwhile' })).rejects.toMatchObject({ code: 'store_failed' });
  const reasons = ['records cannot be written, so calls are refused'];
  expect(await ready()).toEqual({ status: 503, body: { ready: false, reasons } });
  other.close();
  await expect.poll(ready, { timeout: 10_000 }).toEqual(isReady);
  await gateway.createKey({ name: 'after' });
  await gateway.close();
});
