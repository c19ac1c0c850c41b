import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CreateMessageRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { start, until, type Started } from './started.ts';

let on: Started;
beforeAll(async () => {
  on = await start();
});
afterAll(() => on.listener.close());

const requestInit = { headers: { 'X-Veto-API-Key': 'key-alice' } };
const script = [
  { do: 'notify', method: 'notifications/progress', params: { progressToken: 0, progress: 1, total: 2 } },
  { do: 'ask', method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } },
];

describe.each<[string, () => Transport]>([
  ['Streamable HTTP', () => new StreamableHTTPClientTransport(new URL(on.url), { requestInit }) as Transport],
  // oxlint-disable-next-line typescript/no-deprecated -- clients of 2024-11-05 use it, so it is tried here
  ['SSE', () => new SSEClientTransport(new URL(on.url), { requestInit })],
])('SDK v1 over %s', (_, makeTransport) => {
  it('initializes, lists, calls, reports progress, samples, hears of changes, cancels and closes', async () => {
    const client = new Client({ name: 'sdk-v1', version: '1' }, { capabilities: { sampling: {} } });
    const message = { role: 'assistant' as const, content: { type: 'text' as const, text: 'hi' }, model: 'none' };
    client.setRequestHandler(CreateMessageRequestSchema, () => message);
    let changes = 0;
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++);
    const attachedBefore = on.door.attached.length;
    await client.connect(makeTransport());
    expect(client.getServerVersion()).toMatchObject({ name: 'scripted' });
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(['run']);
    let progressed = 0;
    const result = await client.callTool({ name: 'run', arguments: { script } }, undefined, {
      onprogress: () => void progressed++,
    });
    expect(result['content']).toHaveLength(1);
    expect(on.door.answers.at(-1)).toEqual(message);
    await client.ping();
    await until(() => on.door.attached.length === attachedBefore + 1, 'the session is attached');
    on.door.attached.at(-1)?.session.notify('notifications/tools/list_changed', {});
    await until(() => changes === 1, 'the change is heard of');
    const abort = new AbortController();
    const wait = [{ do: 'wait', name: 'sdk' }];
    const called = client.callTool({ name: 'run', arguments: { script: wait } }, undefined, { signal: abort.signal });
    await until(() => on.door.isWaiting('sdk'), 'the call waits');
    const cancelledBefore = on.door.cancelled.length;
    abort.abort();
    await expect(called).rejects.toThrow();
    await until(() => on.door.cancelled.length > cancelledBefore, 'the call is cancelled');
    on.door.release('sdk');
    await client.close();
  });

  it('is told of an error with its code', async () => {
    const client = new Client({ name: 'sdk-v1', version: '1' });
    await client.connect(makeTransport());
    const failing = [{ do: 'error', code: -31012, status: 200 }];
    await expect(client.callTool({ name: 'run', arguments: { script: failing } })).rejects.toMatchObject({
      code: -31012,
    });
    await client.close();
  });
});

it('SDK v1 ends its session', async () => {
  const transport = new StreamableHTTPClientTransport(new URL(on.url), { requestInit });
  const client = new Client({ name: 'sdk-v1', version: '1' });
  await client.connect(transport as Transport);
  const sessions = on.listener.counts().sessions;
  await transport.terminateSession();
  expect(on.listener.counts().sessions).toBe(sessions - 1);
  await client.close();
});

describe('SDK v2', () => {
  it.each([
    ['auto', 'modern'],
    ['legacy', 'legacy'],
  ] as const)('in mode `%s` finds the %s era, lists and calls', async (mode, era) => {
    const client = new ModernClient({ name: 'sdk-v2', version: '2' }, { versionNegotiation: { mode } });
    await client.connect(new ModernTransport(new URL(on.url), { requestInit }));
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(['run']);
    expect(on.door.seen.at(-1)?.exchange.client).toMatchObject({ era, name: 'sdk-v2' });
    const result = await client.callTool({ name: 'run', arguments: { a: 1 } });
    expect(result.content).toEqual([{ type: 'text', text: '{"a":1}' }]);
    await client.close();
  });
});
