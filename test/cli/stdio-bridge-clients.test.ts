import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernTransport } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CreateMessageRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../listener/started.ts';
import { startFixture } from '../support/fixture.ts';
import { lineOf, start } from '../support/processes.ts';
import { CLI, startVeto, type VetoProcess } from '../support/veto.ts';

const RELAY = { sampling: true, elicitation: true, roots: true };

let fixture: Awaited<ReturnType<typeof startFixture>>;
let veto: VetoProcess;
beforeAll(async () => {
  fixture = await startFixture();
  veto = await startVeto({
    upstreams: { fixture: { transport: 'streamable-http', url: fixture.url, relay: RELAY } },
  });
});
afterAll(async () => {
  await veto.stop();
  await fixture.stop();
});

const pipe = () => ({
  command: process.execPath,
  args: [CLI, 'stdio', '--url', veto.url],
  env: { PATH: process.env['PATH'] ?? '', VETO_API_KEY: veto.key },
  stderr: 'pipe' as const,
});

const textOf = (result: unknown): string => (result as { content: { text: string }[] }).content[0]?.text ?? '';
const message = { role: 'assistant' as const, content: { type: 'text' as const, text: 'Paris' }, model: 'none' };

describe('SDK v1 over `veto stdio --url`', () => {
  it('initializes, lists, calls, reports progress, samples, hears of changes, cancels and closes', async () => {
    const client = new Client({ name: 'sdk-v1', version: '1' }, { capabilities: { sampling: {} } });
    client.setRequestHandler(CreateMessageRequestSchema, () => message);
    let changes = 0;
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++);
    const transport = new StdioClientTransport(pipe());
    await client.connect(transport as Transport);
    expect(client.getServerVersion()).toMatchObject({ name: 'veto' });
    expect((await client.listTools()).tools.length).toBeGreaterThan(20);
    const progress: number[] = [];
    await client.callTool({ name: 'test_tool_with_progress', arguments: {} }, undefined, {
      onprogress: (step) => progress.push(step.progress),
    });
    expect(progress).toEqual([0, 50, 100]);
    const sampled = await client.callTool({ name: 'test_sampling', arguments: { prompt: 'capital?' } });
    expect(textOf(sampled)).toContain('Paris');
    await client.callTool({ name: 'test_trigger_tool_change', arguments: {} });
    await until(() => changes > 0, 'the change is heard of');
    await client.callTool({ name: 'test_trigger_tool_change', arguments: {} });
    const abort = new AbortController();
    const sleeping = client.callTool({ name: 'fixture_sleep', arguments: { ms: 60_000 } }, undefined, {
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(), 100);
    await expect(sleeping).rejects.toThrow();
    await client.ping();
    const pid = transport.pid ?? 0;
    await client.close();
    expect(() => process.kill(pid, 0)).toThrow();
  });
});

describe('SDK v2 over `veto stdio --url`', () => {
  it.each([
    ['auto', 'modern'],
    ['legacy', 'legacy'],
  ] as const)('in mode `%s` speaks the %s era, mirrored arguments included', async (mode, era) => {
    const client = new ModernClient(
      { name: 'sdk-v2', version: '2' },
      { versionNegotiation: { mode }, capabilities: { sampling: {} } },
    );
    client.setRequestHandler('sampling/createMessage', () => message);
    await client.connect(new ModernTransport(pipe()));
    // Before any list: the pipe has to find out by itself which arguments go into headers.
    const marked = { region: 'nörd', limit: 7, options: { dry: true } };
    const mirrored = await client.callTool({ name: 'fixture_mirrored_params', arguments: marked });
    expect(JSON.parse(textOf(mirrored))).toEqual(marked);
    expect((await client.listTools()).tools.length).toBeGreaterThan(20);
    const again = await client.callTool({ name: 'fixture_mirrored_params', arguments: { region: ' b ' } });
    expect(JSON.parse(textOf(again))).toEqual({ region: ' b ' });
    const record = await veto.cli('audit', 'tail', '-n', '1', '--kind', 'settle', '--json');
    const { client: seen } = JSON.parse(record.stdout) as { client: { name: string; revision: string } };
    expect(seen).toMatchObject({ name: 'sdk-v2', revision: era === 'modern' ? '2026-07-28' : '2025-11-25' });
    const sampled = await client.callTool({ name: 'test_sampling', arguments: { prompt: 'capital?' } });
    expect(textOf(sampled)).toContain('Paris');
    await client.close();
  });
});

describe('`veto stdio --url` as a process', () => {
  const ping =
    '{"jsonrpc":"2.0","id":"x","method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}\n';

  it.each([
    ['SIGTERM', (running: ReturnType<typeof start>) => running.child.kill('SIGTERM')],
    ['the end of its input', (running: ReturnType<typeof start>) => running.child.stdin?.end()],
  ])('ends with code 0 on %s', async (_, stop) => {
    const running = start(process.execPath, [CLI, 'stdio', '--url', veto.mcpUrl, '--key', veto.key]);
    running.child.stdin?.write(ping);
    await lineOf(running, /"id":"x","result"/);
    stop(running);
    const code = await new Promise((resolve) => running.child.once('exit', resolve));
    expect([code, running.stderr()]).toEqual([0, '']);
  });
});
