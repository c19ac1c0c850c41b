// Every client that people use and that npm has, in front of the reference server "everything": each connects, lists,
// calls, and is refused.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { startGateways, type Gateways } from '../support/gateways.ts';
import { runProgram } from '../support/run-program.ts';
import { INSPECTOR, MCP_REMOTE, SERVERS } from './peer-programs.ts';
import { textOf, WIRES, type Connect } from './talkers.ts';

const POLICY = `
version: 1
default: deny
policies:
  - { name: Echo and sums, match: { tool: [echo, get-sum, trigger-long-running-operation] }, action: allow }
  - { name: Sums of much, match: { tool: get-sum, arguments: { a: { type: number, min: 1000 } } }, action: deny,
      response: { error: 'that is too much' } }
`;

let home: string;
let gateways: Gateways;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'veto-clients-'));
  const everything = { transport: 'stdio', command: process.execPath, args: [SERVERS.everything, 'stdio'] };
  gateways = await startGateways({ default: { upstreams: { everything }, policy: POLICY } });
});
afterAll(async () => {
  await gateways.stop();
  await rm(home, { recursive: true, force: true });
});

const SHOWN = ['echo', 'get-sum', 'trigger-long-running-operation'];

describe.each<[string, Connect]>([...WIRES])('%s', (_, connect) => {
  it('connects, lists, calls, is refused, hears progress and cancels', async () => {
    const talker = await connect(gateways.at('default'));
    expect(talker.serverInfo).toMatchObject({ name: 'veto' });
    expect((await talker.tools()).map((tool) => tool.name).toSorted()).toEqual(SHOWN);
    expect(textOf(await talker.call('echo', { message: 'hello' }))).toContain('hello');
    expect(textOf(await talker.call('get-sum', { a: 1, b: 2 }))).toContain('3');
    expect(await talker.call('get-sum', { a: 5000, b: 2 })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('that is too much') as string }],
    });
    const steps: number[] = [];
    await talker.call(
      'trigger-long-running-operation',
      { duration: 0.8, steps: 4 },
      { onprogress: ({ progress }) => steps.push(progress) },
    );
    // The SDKs drop progress that arrives in one read with the result: they handle notifications a turn later.
    expect([1, 2, 3, 4].slice(0, steps.length)).toEqual(steps);
    expect(steps.length).toBeGreaterThanOrEqual(3);
    const abort = new AbortController();
    const endless = talker.call(
      'trigger-long-running-operation',
      { duration: 60, steps: 600 },
      { signal: abort.signal, onprogress: () => abort.abort() },
    );
    await expect(endless).rejects.toThrow();
    await talker.close();
  });
});

/** A clean environment, so that no configuration of the person who runs the tests is read or written. */
const environment = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], HOME: home, NO_COLOR: '1' });

const inspect = async (...args: string[]): Promise<{ code: number | null; json: JsonObject; said: string }> => {
  const options = { env: environment(), cwd: home };
  const { code, stdout, stderr } = await runProgram(process.execPath, [INSPECTOR, '--cli', ...args], options);
  const text = stdout.slice(Math.max(0, stdout.indexOf('{')));
  const json: unknown = text.startsWith('{') ? JSON.parse(text) : {};
  return { code, json: isObject(json) ? json : {}, said: `${stdout}\n${stderr}` };
};

describe.each([
  ['http', 'legacy'],
  ['http', 'auto'],
  ['http', 'modern'],
  ['sse', 'legacy'],
  ['stdio', 'legacy'],
  ['stdio', 'auto'],
])('Inspector CLI over %s, era %s', (transport, era) => {
  const target = async (): Promise<string[]> => {
    const { url, key, stdio } = gateways.at('default');
    if (transport !== 'stdio')
      return [url, '--transport', transport, '--header', `X-Veto-API-Key: ${key}`, '--protocol-era', era];
    const { command, args, env } = stdio();
    const file = join(home, `${era}.json`);
    await writeFile(file, JSON.stringify({ mcpServers: { veto: { type: 'stdio', command, args, env } } }));
    return ['--config', file, '--server', 'veto', '--protocol-era', era];
  };

  it('lists', async () => {
    const { json, said } = await inspect(...(await target()), '--method', 'tools/list');
    const tools = Array.isArray(json['tools']) ? (json['tools'] as { name: string }[]) : [];
    expect(tools.map(({ name }) => name).toSorted(), said).toEqual(SHOWN);
  });

  it('calls, and is refused', async () => {
    const call = async (a: string) =>
      inspect(...(await target()), '--method', 'tools/call', '--tool-name', 'get-sum', '--tool-arg', `a=${a}`, 'b=2');
    const [fine, refused] = [await call('1'), await call('5000')];
    expect(textOf(fine.json), fine.said).toContain('3');
    expect(refused.json, refused.said).toMatchObject({ isError: true });
    expect(refused.said).toContain('that is too much');
  });
});

describe.each([
  ['http-first', []],
  ['sse-only', ['--transport', 'sse-only']],
  ['http-only', ['--transport', 'http-only']],
])('mcp-remote, %s', (_, more) => {
  it('connects, lists, calls and is refused', async () => {
    const { url, key } = gateways.at('default');
    const args = [MCP_REMOTE, url, '--allow-http', '--header', `X-Veto-API-Key:${key}`, ...more];
    const env = { ...environment(), MCP_REMOTE_CONFIG_DIR: home } as Record<string, string>;
    const client = new Client({ name: 'through-mcp-remote', version: '1' });
    await client.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: 'ignore' }));
    expect((await client.listTools()).tools.map((tool) => tool.name).toSorted()).toEqual(SHOWN);
    const sum = (a: number) => client.callTool({ name: 'get-sum', arguments: { a, b: 2 } });
    expect(textOf((await sum(1)) as JsonObject)).toContain('3');
    expect(await sum(5000)).toMatchObject({ isError: true });
    await client.close();
  });
});

/** By the names that the clients give themselves: what each of them spoke in the tests above. */
const SPOKEN = [
  'inspector-cli 2025-11-25',
  'inspector-cli 2026-07-28',
  'sdk-v1 2025-11-25',
  'sdk-v2 2025-11-25',
  'sdk-v2 2026-07-28',
  'through-mcp-remote (via mcp-remote 0.15.1) 2025-11-25',
];

describe('the record', () => {
  it('has every client with the revision that it was told to speak', async () => {
    const seen = new Set<string>();
    for (const record of await gateways.audit('--kind', 'listing')) {
      const client = isObject(record['client']) ? record['client'] : {};
      seen.add(`${String(client['name'])} ${String(client['revision'])}`);
    }
    expect([...seen].toSorted()).toEqual(SPOKEN);
  });
});
