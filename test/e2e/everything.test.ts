// The reference server "everything" on its three transports, with clients of both eras, everything relayed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { startGateways, type Gateways } from '../support/gateways.ts';
import { freePort, listening, start, type Running } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { SERVERS } from './peer-programs.ts';
import { textOf, wire, type Manners, type Talker } from './talkers.ts';

const RELAY = { sampling: true, elicitation: true, roots: true };
const servers: Running[] = [];
async function serve(transport: 'sse' | 'streamableHttp'): Promise<string> {
  const port = await freePort();
  const env = { PATH: process.env['PATH'], PORT: String(port) };
  const running = start(process.execPath, [SERVERS.everything, transport], { env });
  running.child.stdout?.resume();
  servers.push(running);
  await listening(port, running);
  return `http://127.0.0.1:${port}${transport === 'sse' ? '/sse' : '/mcp'}`;
}

let gateways: Gateways;
beforeAll(async () => {
  const [sseUrl, url] = await Promise.all([serve('sse'), serve('streamableHttp')]);
  const stdio = { transport: 'stdio', command: process.execPath, args: [SERVERS.everything, 'stdio'] };
  gateways = await startGateways({
    stdio: { upstreams: { a: { ...stdio, env: { OWN: 'value' }, relay: RELAY } } },
    sse: { upstreams: { b: { transport: 'sse', url: sseUrl, relay: RELAY } } },
    'streamable-http': { upstreams: { c: { transport: 'auto', url, relay: RELAY } } },
    'found-by-itself': { upstreams: { d: { url: sseUrl, relay: RELAY } } },
  });
});
afterAll(async () => {
  await gateways.stop();
  await Promise.all(servers.map((server) => server.stop()));
});

const CLIENTS = ['SDK v1 over Streamable HTTP', 'SDK v2, auto, over Streamable HTTP'];
const PAIRS = ['stdio', 'sse', 'streamable-http'].flatMap((upstream) =>
  CLIENTS.map((name) => [name, upstream] as const),
);

const asked: JsonObject[] = [];
const MANNERS: Manners = {
  capabilities: { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } },
  answer(method, params) {
    asked.push({ method, ...params });
    if (method === 'roots/list') return { roots: [{ uri: 'file:///home/project', name: 'Project' }] };
    if (method === 'elicitation/create') {
      return params['mode'] === 'url'
        ? { action: 'accept' }
        : { action: 'accept', content: { name: 'Ada', check: true } };
    }
    return { role: 'assistant', model: 'none', content: { type: 'text', text: 'a sampled answer' } };
  },
};

describe.each(PAIRS)('%s, server on %s', (name, upstream) => {
  let talker: Talker;
  beforeAll(async () => {
    talker = await wire(name)(gateways.at(upstream), MANNERS);
  });
  afterAll(() => talker.close());

  it('lists what the server has for a client that can be asked', async () => {
    const names = (await talker.tools()).map((tool) => tool.name);
    expect(names).toEqual(
      expect.arrayContaining(['echo', 'get-roots-list', 'trigger-sampling-request', 'trigger-url-elicitation']),
    );
    const prompts = (await talker.request('prompts/list'))['prompts'] as unknown[];
    const templates = (await talker.request('resources/templates/list'))['resourceTemplates'] as unknown[];
    expect([prompts.length, templates.length]).toEqual([4, 2]);
    const capabilities = { tools: {}, prompts: {}, resources: { subscribe: true }, completions: {}, logging: {} };
    expect(talker.capabilities).toMatchObject(capabilities);
  });

  it('carries every kind of content', async () => {
    expect(textOf(await talker.call('echo', { message: 'hello' }))).toContain('hello');
    const image = await talker.call('get-tiny-image');
    expect(image['content']).toMatchObject([{}, { type: 'image', mimeType: 'image/png' }, {}]);
    const annotated = await talker.call('get-annotated-message', { messageType: 'error', includeImage: false });
    expect(annotated['content']).toMatchObject([{ annotations: { priority: 1, audience: ['user', 'assistant'] } }]);
    const structured = await talker.call('get-structured-content', { location: 'New York' });
    expect(structured['structuredContent']).toMatchObject({ temperature: expect.any(Number) as number });
    const links = await talker.call('get-resource-links', { count: 2 });
    expect(links['content']).toMatchObject([{}, { type: 'resource_link' }, { type: 'resource_link' }]);
    const read = await talker.request('resources/read', { uri: 'demo://resource/dynamic/text/3' });
    expect(JSON.stringify(read['contents'])).toContain('demo://resource/dynamic/text/3');
    const ref = { type: 'ref/prompt', name: 'completable-prompt' };
    const completed = await talker.request('completion/complete', {
      ref,
      argument: { name: 'department', value: 'E' },
    });
    expect(completed['completion']).toMatchObject({ values: ['Engineering'] });
  });

  it('reports progress', async () => {
    const steps: number[] = [];
    const args = { duration: 0.5, steps: 5 };
    // What has no total is SDK v2 counting rounds of questions: the server may ask for the roots at any time.
    const onprogress = ({ progress, total }: { progress: number; total?: number | undefined }) => {
      if (total !== undefined) steps.push(progress);
    };
    await talker.call('trigger-long-running-operation', args, { onprogress });
    // The SDKs drop progress that arrives in one read with the result: they handle notifications a turn later.
    expect([1, 2, 3, 4, 5].slice(0, steps.length)).toEqual(steps);
    expect(steps.length).toBeGreaterThanOrEqual(4);
  });

  it('lets the server sample, ask for input, and learn the roots', async () => {
    const sampled = await talker.call('trigger-sampling-request', { prompt: 'Say something', maxTokens: 10 });
    expect(textOf(sampled)).toContain('a sampled answer');
    const elicited = await talker.call('trigger-elicitation-request');
    expect(JSON.stringify(elicited['content'])).toContain('Ada');
    expect(textOf(await talker.call('get-roots-list'))).toContain('file:///home/project');
  });

  it('lets the server send the user to a page, by a question and by an error', async () => {
    const url = 'https://example.com/sign-in';
    asked.length = 0;
    const accepted = await talker.call('trigger-url-elicitation', { url, message: 'Sign in', elicitationId: 'own-1' });
    expect(JSON.stringify(accepted)).toContain('accept');
    expect(asked).toMatchObject([{ mode: 'url', url, message: 'Sign in' }]);
    const failing = { url, message: 'Sign in', elicitationId: `own-${name}`, errorPath: true };
    const again = () => talker.call('trigger-url-elicitation', failing);
    if (talker.era === 'modern') expect(JSON.stringify(await again())).toContain('accept');
    else await expect(again()).rejects.toMatchObject({ code: -32042, data: { elicitations: [{ mode: 'url' }] } });
  });

  it('runs tasks where client and server know the same kind', async () => {
    const params = { name: 'simulate-research-query', arguments: { topic: 'bridges' } };
    if (talker.era === 'modern') {
      await expect(talker.request('tools/call', params)).resolves.toMatchObject({ isError: true });
      return;
    }
    const created = await talker.request('tools/call', { ...params, task: { ttl: 60_000 } });
    const { taskId } = created['task'] as { taskId: string };
    await until(async () => {
      const { status } = await talker.request('tasks/get', { taskId });
      return status === 'completed';
    }, 'the task is completed');
    const result = await talker.request('tasks/result', { taskId });
    expect(textOf(result)).toContain('bridges');
    await expect(talker.request('tasks/get', { taskId: `${taskId}x` })).rejects.toMatchObject({ code: -32602 });
  });

  it('tells of updates of what was subscribed to', async () => {
    const uri = 'demo://resource/dynamic/text/1';
    await talker.watch([uri]);
    await talker.call('toggle-subscriber-updates');
    const updates = () => talker.heard.filter(({ method }) => method === 'notifications/resources/updated');
    await until(() => updates().length > 0, 'an update');
    expect(new Set(updates().map(({ params }) => params['uri']))).toEqual(new Set([uri]));
    await talker.call('toggle-subscriber-updates');
  });
});

describe('what an upstream learns', () => {
  it('is a minimal environment, and none of the keys', async () => {
    const talker = await wire('SDK v1 over Streamable HTTP')(gateways.at('stdio'));
    const env = JSON.parse(textOf(await talker.call('get-env'))) as Record<string, string>;
    // `PWD` is of the shell that watches over the child; it says no more than the working directory.
    expect(Object.keys(env).filter((name) => !['PATH', 'HOME', 'OWN', 'PWD'].includes(name))).toEqual([]);
    for (const value of Object.values(env)) expect(value).not.toContain(gateways.at('stdio').key);
    expect(env['OWN']).toBe('value');
    await talker.close();
  });

  it('is reached by the older transport when it has no other', async () => {
    const talker = await wire('SDK v2, auto, over Streamable HTTP')(gateways.at('found-by-itself'));
    expect(textOf(await talker.call('echo', { message: 'old wire' }))).toContain('old wire');
    await talker.close();
  });
});
