import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Fault, loadPolicy, startGateway, type Call, type Config } from '../src/index.ts';
import { RecordReader } from '../src/store/sqlite/record-reader.ts';
import { FIXTURE_STDIO } from './support/fixture.ts';

const root = mkdtempSync(join(tmpdir(), 'veto-embedding-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function configuration(): { config: Config; store: string } {
  const store = join(mkdtempSync(join(root, 'case-')), 'store');
  const policy = { version: 1, default: 'allow', policies: [] };
  return {
    store,
    config: {
      store,
      gateways: { default: { upstreams: ['fixture'], policies: [policy] } },
      upstreams: { fixture: { command: FIXTURE_STDIO.command, args: [...FIXTURE_STDIO.args] } },
    },
  };
}

function list(endpoint: string, key: string): Promise<Response> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return fetch(endpoint, {
    method: 'POST',
    headers: {
      'x-veto-api-key': key,
      'content-type': 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/list',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta } }),
  });
}

describe('startGateway', () => {
  it('serves, makes and revokes keys with a record of both, and lets go of everything', async () => {
    const { config, store } = configuration();
    const gateway = await startGateway({ config, port: 0 });
    const { id, text } = await gateway.createKey({ name: 'laptop', principal: { id: 'alice', groups: ['dev'] } });
    expect((await list(gateway.endpoint(), text)).status).toBe(200);
    await expect(startGateway({ config, port: 0 })).rejects.toThrow(/another gateway/);
    await expect(gateway.createKey({ name: 'x', gateway: 'nope' })).rejects.toThrow(/no gateway `nope`/);
    const again = { name: 'laptop', principal: { id: 'alice' } };
    await expect(gateway.createKey(again)).rejects.toThrow(
      /gateway `default` has a live key `laptop`; revoke that one/,
    );
    await expect(gateway.createKey({ name: '' })).rejects.toThrow(/the name of the key is empty/);
    expect(await gateway.revokeKey(id)).toBe(true);
    expect(await gateway.revokeKey('nobody')).toBe(false);
    expect((await list(gateway.endpoint(), text)).status).toBe(403);
    expect(gateway.readiness()).toEqual([]);
    await gateway.close();
    await expect(list(gateway.endpoint(), text)).rejects.toThrow();
    const reader = new RecordReader(store);
    const codes: unknown[] = [];
    for await (const { body } of reader.query({ kinds: ['admin'], limit: 10 })) {
      codes.push((JSON.parse(body) as { code: unknown }).code);
    }
    reader.close();
    expect(codes).toEqual(['key.created', 'key.revoked']);
    await (await startGateway({ config, port: 0 })).close();
  });

  it('makes one key of a name, however often it is asked for at once', async () => {
    const { config } = configuration();
    const gateway = await startGateway({ config, port: 0 });
    const made = await Promise.allSettled([1, 2, 3].map(() => gateway.createKey({ name: 'laptop' })));
    expect(made.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected']);
    await gateway.close();
  });

  it('reads a file too, and names every problem of a configuration', async () => {
    const file = join(mkdtempSync(join(root, 'case-')), 'veto.yaml');
    writeFileSync(file, 'version: 1\nlissten: 1\nupstreams: { a: { url: "ftp://x" } }\n');
    const started = startGateway({ config: file });
    await expect(started).rejects.toThrow(/veto\.yaml:2:1: [^]*`listen`[^]*veto\.yaml:3:/);
    await expect(started).rejects.toBeInstanceOf(Fault);
  });
});

describe('loadPolicy', () => {
  it('decides as a gateway would, findings of the guards included', async () => {
    const policy = await loadPolicy('version: 1\ndefault: allow\npolicies: []\n');
    const call: Call = { tool: 'read_file', arguments: { path: '/etc/shadow' } };
    expect(policy.evaluate(call)).toMatchObject({ decision: 'deny', code: 'ARGUMENT_UNSAFE' });
    expect(policy.evaluate({ tool: 'greet' })).toMatchObject({ decision: 'allow', code: null });
  });

  it('refuses what is not well-formed, with places', async () => {
    await expect(loadPolicy([{ name: 'p.yaml', text: 'version: 1\npolicies: [{ acton: deny }]' }])).rejects.toThrow(
      /p\.yaml:2:14: .*`action`/,
    );
    const policy = await loadPolicy('version: 1\ndefault: deny\npolicies: []\n');
    const wrong = { tool: 1 } as unknown as Call;
    expect(() => policy.evaluate(wrong)).toThrow(/^the call is not valid: `tool` is `1`; write a text$/);
  });
});
