import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { FIXTURE_STDIO } from '../support/fixture.ts';
import { runCli, startVeto, type VetoProcess } from '../support/veto.ts';
import { json, scripted } from './bridged.ts';

type Line = Record<string, unknown>;

const POLICY = `
version: 1
default: deny
policies:
  - name: look
    match: { tool: [fixture_echo, test_simple_text] }
    action: allow
  - name: ask before sleeping
    match: { tool: fixture_sleep }
    action: require_approval
  - name: short naps are fine
    match: { tool: fixture_sleep, arguments: { ms: { type: number, max: 10 } } }
    action: deny
`;

let refusing: Awaited<ReturnType<typeof scripted>>;
let veto: VetoProcess;
beforeAll(async () => {
  refusing = await scripted(({ res }) => json(res, 401, { error: 'no' }));
  veto = await startVeto({
    policy: POLICY,
    upstreams: {
      fixture: { ...FIXTURE_STDIO },
      gone: { command: 'sh', args: ['-c', 'echo "cannot start" >&2; exit 3'] },
      absent: { command: 'no-such-program-anywhere' },
      mute: { command: 'sh', args: ['-c', 'echo "still loading" >&2; sleep 60'], limits: { stop_grace_ms: 200 } },
      locked: { transport: 'streamable-http', url: refusing.url },
    },
  });
});
afterAll(async () => {
  await veto.stop();
  refusing.close();
});

const lines = (text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

describe('veto upstreams, beside a gateway that runs', () => {
  it('tests each upstream by itself', async () => {
    const { code, stdout, stderr } = await veto.cli('upstreams', 'test', '--json', '--timeout', '3000');
    expect(stderr).toBe('');
    expect(code).toBe(1);
    expect(lines(stdout)).toMatchObject([
      {
        name: 'fixture',
        ok: true,
        transport: 'stdio',
        era: 'modern',
        revision: '2026-07-28',
        server: { name: 'conformance-fixture' },
        capabilities: { tools: {} },
        tools: expect.any(Number),
        firstAnswerMs: expect.any(Number),
      },
      { name: 'gone', ok: false, stderr: 'cannot start\n', mend: expect.stringMatching(/by hand/) },
      { name: 'absent', ok: false, mend: expect.stringMatching(/install the program/) },
      { name: 'mute', ok: false, code: 'upstream_timeout', stderr: 'still loading\n' },
      { name: 'locked', ok: false, mend: expect.stringMatching(/under `headers`/) },
    ]);
    const one = await veto.cli('upstreams', 'test', 'fixture');
    expect(one).toMatchObject({ code: 0, stdout: expect.stringMatching(/^fixture {2}ok\n[^]* tools +\d+\n/) });
  });

  it('lists tools with what the policy and the guards make of them', async () => {
    const { code, stdout } = await veto.cli('upstreams', 'tools', 'fixture', '--json');
    expect(code).toBe(0);
    const tools = new Map(lines(stdout).map((tool) => [tool['tool'], tool]));
    const visited = lines((await veto.cli('upstreams', 'test', 'fixture', '--json')).stdout)[0];
    expect(tools.size).toBeGreaterThan(20);
    expect(visited?.['tools']).toBe(tools.size);
    expect(tools.get('fixture_echo')).toMatchObject({ gateway: 'default', reachable: ['allow'], arguments: [] });
    expect(tools.get('fixture_sleep')?.['reachable']).toEqual(['require_approval', 'deny']);
    expect(tools.get('test_sampling')).toMatchObject({ reachable: ['deny'] });
    expect(tools.get('fixture_touch_resource')?.['arguments']).toMatchObject([{ argument: 'uri', type: 'url' }]);
    const table = await veto.cli('upstreams', 'tools', 'fixture');
    expect(table.stdout).toMatch(/fixture_touch_resource +deny \(hidden\) +uri: url\n/);
  });

  it('restarts an upstream of the running gateway', async () => {
    const headers = { ...veto.headers, 'content-type': 'application/json', accept: 'application/json' };
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const call = async () => {
      const params = { name: 'test_simple_text', arguments: {}, _meta };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
      const mirrored = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': params.name };
      const answered = await fetch(veto.mcpUrl, { method: 'POST', headers: { ...headers, ...mirrored }, body });
      return ((await answered.json()) as { result?: Line }).result;
    };
    expect(await call()).toMatchObject({ content: [{ text: 'plain text' }] });
    const restarted = await veto.cli('upstreams', 'restart', 'fixture', 'gone', '--json');
    expect(restarted.code).toBe(0);
    expect(lines(restarted.stdout)).toEqual([
      { name: 'fixture', ok: true },
      { name: 'gone', ok: true },
    ]);
    expect(veto.running.stderr()).toContain('upstream `fixture` restarted, as ordered');
    expect(await call()).toMatchObject({ content: [{ text: 'plain text' }] });
    const record = await veto.cli('audit', 'query', '--code', 'upstream.restart', '--json');
    expect(lines(record.stdout)).toMatchObject([{ server: 'fixture' }, { server: 'gone' }]);
    expect(await veto.cli('audit', 'verify')).toMatchObject({ code: 0 });
  });
});

it('keeps every upstream that commands add at the same time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'veto-add-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'veto.yaml');
  await writeFile(file, 'version: 1\ngateways:\n  default:\n    upstreams: []\nupstreams:\n  up: { command: x }\n');
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const ended = await Promise.all(
    names.map((name) => runCli(['upstreams', 'add', name, '--', 'x'], folder, process.env)),
  );
  expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(names.map(() => [0, '']));
  const { gateways, upstreams } = parse(await readFile(file, 'utf8')) as Record<string, Record<string, Line>>;
  expect(Object.keys(upstreams ?? {}).toSorted()).toEqual([...names, 'up']);
  expect(gateways?.['default']?.['upstreams']).toHaveLength(names.length);
});
