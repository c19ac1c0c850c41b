import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { FIXTURE_STDIO, startFixture } from '../support/fixture.ts';
import { startGateways, type Gateways } from '../support/gateways.ts';
import { until } from '../support/until.ts';
import { textOf, wire, type Talker } from './talkers.ts';

const RELAY = { sampling: true, elicitation: true, roots: true };

let fixture: Awaited<ReturnType<typeof startFixture>>;
let gateways: Gateways;
beforeAll(async () => {
  fixture = await startFixture();
  const server = (settings: object) => ({ relay: RELAY, ...settings });
  gateways = await startGateways({
    'stdio-legacy': { upstreams: { a: server({ transport: 'stdio', era: 'legacy', ...FIXTURE_STDIO }) } },
    'stdio-modern': { upstreams: { b: server({ transport: 'stdio', era: 'modern', ...FIXTURE_STDIO }) } },
    'http-legacy': { upstreams: { c: server({ transport: 'streamable-http', era: 'legacy', url: fixture.url }) } },
    'http-modern': { upstreams: { d: server({ transport: 'streamable-http', era: 'modern', url: fixture.url }) } },
    sse: { upstreams: { e: server({ transport: 'sse', url: fixture.sseUrl }) } },
    'quiet-legacy': { upstreams: { f: { transport: 'stdio', era: 'legacy', ...FIXTURE_STDIO } } },
    'quiet-modern': { upstreams: { g: { transport: 'stdio', era: 'modern', ...FIXTURE_STDIO } } },
  });
});
afterAll(async () => {
  await gateways.stop();
  await fixture.stop();
});

const HTTP_WIRES = [
  'SDK v1 over Streamable HTTP',
  'SDK v1 over HTTP+SSE',
  'SDK v2, legacy, over Streamable HTTP',
  'SDK v2, auto, over Streamable HTTP',
];
const STDIO_WIRES = [
  'SDK v1 over stdio',
  'SDK v2, auto, over stdio',
  'SDK v1 through a pipe',
  'SDK v2, auto, through a pipe',
];
const PAIRS = [
  ...['stdio-legacy', 'stdio-modern', 'http-legacy', 'http-modern', 'sse'].flatMap((upstream) =>
    HTTP_WIRES.map((name) => [name, upstream] as const),
  ),
  ...['stdio-legacy', 'http-modern'].flatMap((upstream) => STDIO_WIRES.map((name) => [name, upstream] as const)),
];

const asked: { method: string; params: JsonObject }[] = [];
function answer(method: string, params: JsonObject): JsonObject {
  asked.push({ method, params });
  if (method === 'sampling/createMessage') {
    return { role: 'assistant', model: 'none', content: { type: 'text', text: 'sampled' } };
  }
  if (method === 'roots/list') return { roots: [{ uri: 'file:///work' }] };
  if (params['mode'] === 'url') return { action: 'accept' };
  const { properties } = params['requestedSchema'] as { properties: Record<string, { type: string }> };
  const content = Object.entries(properties).map(([name, { type }]) => [
    name,
    type === 'boolean' ? true : `my ${name}`,
  ]);
  return { action: 'accept', content: Object.fromEntries(content) };
}

const META_LEVEL = 'io.modelcontextprotocol/logLevel';
const eraOf = (name: string): string => (name.includes('auto') ? 'modern' : 'legacy');

describe.each(PAIRS)('%s, upstream %s', (name, upstream) => {
  let talker: Talker;
  beforeAll(async () => {
    const capabilities = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };
    talker = await wire(name)(gateways.at(upstream), { capabilities, answer });
  });
  afterAll(() => talker.close());
  const calls = async (tool: string, args: JsonObject = {}): Promise<string> => textOf(await talker.call(tool, args));

  it('lists, reads, prompts, completes and calls', async () => {
    expect(talker.era).toBe(eraOf(name));
    expect((await talker.tools()).length).toBeGreaterThan(30);
    expect(await calls('test_simple_text')).toBe('plain text');
    const read = await talker.request('resources/read', { uri: 'test://static-text' });
    expect(read['contents']).toMatchObject([{ uri: 'test://static-text', text: 'static' }]);
    const byTemplate = await talker.request('resources/read', { uri: 'test://template/7/data' });
    expect(byTemplate['contents']).toMatchObject([{ uri: 'test://template/7/data', text: '{"id":"7"}' }]);
    const two = { name: 'test_prompt_with_arguments', arguments: { arg1: 'a', arg2: 'b' } };
    expect(JSON.stringify(await talker.request('prompts/get', two))).toContain('a and b');
    const ref = { type: 'ref/prompt', name: 'test_prompt_with_arguments' };
    const completed = await talker.request('completion/complete', { ref, argument: { name: 'arg1', value: 'al' } });
    expect(completed['completion']).toMatchObject({ values: ['alder', 'alpine'] });
  });

  it('tells the server nothing of the key, of the client or of what is not its own', async () => {
    const meta = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'x.test/private': 'secret' };
    const echo = textOf(await talker.call('fixture_echo', { a: 1 }, { meta }));
    const got = JSON.parse(echo) as { era: string; transport: string; meta: JsonObject; arguments: JsonObject };
    const { key, gateway } = gateways.at(upstream);
    for (const leak of [key, 'x-veto', 'x.test/private', talker.serverInfo['name'], 'sdk-v'].map(String)) {
      if (leak !== 'veto') expect(echo.toLowerCase()).not.toContain(leak.toLowerCase());
    }
    expect(got).toMatchObject({
      era: gateway.includes('modern') ? 'modern' : 'legacy',
      transport: gateway === 'sse' ? 'sse' : gateway.includes('stdio') ? 'stdio' : 'streamable-http',
      arguments: { a: 1 },
      meta: { traceparent: meta.traceparent },
    });
  });

  it('reports progress, each step once and in order', async () => {
    const progress: unknown[] = [];
    await talker.call('test_tool_with_progress', {}, { onprogress: (step) => progress.push(step) });
    expect(progress).toEqual([0, 50, 100].map((done) => ({ progress: done, total: 100 })));
  });

  it('logs what was asked for, during the call, and nothing else', async () => {
    const logged = async (level: string): Promise<unknown[]> => {
      const before = talker.heard.length;
      if (talker.era === 'legacy') await talker.request('logging/setLevel', { level });
      await talker.call('test_tool_with_logging', {}, { meta: { [META_LEVEL]: level } });
      const heard = talker.heard.slice(before).filter(({ method }) => method === 'notifications/message');
      return heard.map(({ params }) => params['data']);
    };
    expect(await logged('error')).toEqual([]);
    expect(await logged('info')).toEqual(['begun', 'halfway', 'done']);
  });

  it('carries questions of every kind, several at once and one after the other', async () => {
    expect(await calls('test_sampling', { prompt: 'Hello' })).toContain('sampled');
    expect(await calls('test_elicitation', { message: 'Who?' })).toContain('my username');
    const several = await calls('test_input_required_result_multiple_inputs');
    for (const part of ['my name', 'sampled', 'file:///work']) expect(several).toContain(part);
    const rounds = await calls('test_input_required_result_multi_round');
    for (const part of ['my name', 'my color']) expect(rounds).toContain(part);
    const prompt = await talker.request('prompts/get', { name: 'test_input_required_result_prompt' });
    expect(JSON.stringify(prompt)).toContain('my context');
  });

  it('sends the user to a page', async () => {
    asked.length = 0;
    expect(await calls('fixture_ask_visit')).toContain('accept');
    expect(asked).toMatchObject([{ params: { mode: 'url', url: 'https://login.example.com/start' } }]);
    expect(typeof asked[0]?.params['elicitationId']).toBe(talker.era === 'legacy' ? 'string' : 'undefined');
  });

  it('sends the user to pages that an error names', async () => {
    asked.length = 0;
    const label = { label: `${name} ${upstream}` };
    if (talker.era === 'modern') expect(await calls('fixture_visit_required', label)).toBe('visited');
    else {
      const elicitations = [{ mode: 'url', url: 'https://login.example.com/start', elicitationId: 'visit-2' }];
      await expect(calls('fixture_visit_required', label)).rejects.toMatchObject({
        code: -32042,
        data: { elicitations },
      });
      expect(await calls('fixture_visit_required', label)).toBe('visited');
    }
    expect(asked.map(({ params }) => params['url'])).toEqual(
      talker.era === 'modern' ? ['https://login.example.com/start'] : [],
    );
  });

  it('keeps structure, _meta and annotations of results', async () => {
    await talker.tools();
    expect(await talker.call('fixture_structured')).toMatchObject({
      content: [{ text: '{"sum":3}', annotations: { audience: ['user'], priority: 1 }, _meta: { 'x.test/part': 1 } }],
      structuredContent: { sum: 3, parts: [{ n: 1 }, { n: 2 }], nothing: null },
      _meta: { 'x.test/whole': { deep: [true] } },
    });
  });

  it('passes errors on with code, message and data', async () => {
    const data = { field: 'path', tried: [1, null] };
    const failing = talker.call('fixture_fail', { code: 4711, message: 'out of paper', data });
    await expect(failing).rejects.toMatchObject({ code: 4711, message: expect.stringContaining('out of paper'), data });
    expect(await talker.call('test_error_handling')).toMatchObject({ isError: true });
    const nowhere = talker.request('resources/read', { uri: 'test://nowhere' });
    // SDK v2 knows the newer code only, and puts it in place of the older one by itself.
    const code = name.includes('v2') ? -32602 : -32002;
    await expect(nowhere).rejects.toMatchObject({ code, data: { uri: 'test://nowhere' } });
  });

  it('cancels at the server what the client cancels', async () => {
    const label = `${name} ${upstream}`;
    const abort = new AbortController();
    const sleeping = talker.call('fixture_sleep', { ms: 30_000, label }, { signal: abort.signal });
    await until(async () => (await calls('fixture_course', { label })) === 'begun', 'the call has begun');
    abort.abort();
    await expect(sleeping).rejects.toThrow();
    await until(async () => (await calls('fixture_course', { label })) === 'cancelled', 'the call is cancelled');
  });

  it('tells of changes, and of those only that were asked for', async () => {
    await talker.watch(['test://watched-resource']);
    const heard = (method: string) => talker.heard.filter((each) => each.method === method);
    await calls('fixture_touch_resource', { uri: 'test://static-text' });
    await calls('fixture_touch_resource', { uri: 'test://watched-resource' });
    await until(() => heard('notifications/resources/updated').length > 0, 'an update of the resource');
    expect(heard('notifications/resources/updated').map(({ params }) => params['uri'])).toEqual([
      'test://watched-resource',
    ]);
    await calls('test_trigger_tool_change');
    await until(() => heard('notifications/tools/list_changed').length > 0, 'a change of the tools');
    expect((await talker.tools()).map((tool) => tool.name)).toContain('fixture_dynamic');
    await calls('test_trigger_tool_change');
  });
});

describe.each([
  ...HTTP_WIRES.map((name) => [name, 'quiet-legacy'] as const),
  ...HTTP_WIRES.map((name) => [name, 'quiet-modern'] as const),
])('%s, %s, where the operator relays nothing', (name, upstream) => {
  let talker: Talker;
  const questions: string[] = [];
  beforeAll(async () => {
    talker = await wire(name)(gateways.at(upstream), {
      capabilities: { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} },
      answer(method) {
        questions.push(method);
        return {};
      },
    });
  });
  afterAll(() => talker.close());

  it.each([
    ['test_sampling', { prompt: 'Hello' }],
    ['test_elicitation', { message: 'Who?' }],
    ['test_input_required_result_list_roots', {}],
    ['fixture_ask_visit', {}],
    ['fixture_visit_required', { label: `${name} ${upstream}` }],
  ])('%s asks nobody', async (tool, args) => {
    const refused = await talker.call(tool, args);
    expect(refused['isError']).toBe(true);
    // Either the server learns that this client cannot be asked, or its question ends here.
    expect(textOf(refused)).toMatch(/did not declare|does not pass on/);
    expect(questions).toEqual([]);
  });
});
