import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { FIXTURE_STDIO, startFixture } from '../support/fixture.ts';
import { ALICE, BOB, eventually, TestRoom, type Changes } from './open-room.ts';

let fixture: Awaited<ReturnType<typeof startFixture>>;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.stop());

let room: TestRoom;
afterEach(() => room.close());

const WIRES: [string, () => Changes, 'legacy' | 'modern', string][] = [
  ['stdio, probed', () => ({ transport: 'stdio', ...FIXTURE_STDIO }), 'modern', 'stdio'],
  ['stdio, legacy', () => ({ transport: 'stdio', era: 'legacy', ...FIXTURE_STDIO }), 'legacy', 'stdio'],
  ['Streamable HTTP, probed', () => ({ transport: 'streamable-http', url: fixture.url }), 'modern', 'streamable-http'],
  ['Streamable HTTP, pinned modern', () => ({ era: 'modern', url: fixture.url }), 'modern', 'streamable-http'],
  ['Streamable HTTP, legacy', () => ({ era: 'legacy', url: fixture.url }), 'legacy', 'streamable-http'],
  ['HTTP+SSE', () => ({ transport: 'sse', url: fixture.sseUrl }), 'legacy', 'sse'],
  ['auto, at an HTTP+SSE server', () => ({ url: fixture.sseUrl }), 'legacy', 'sse'],
];

const ANSWERING = { tenant: { key: 'asked', capabilities: { elicitation: {}, sampling: {}, roots: {} } } };
const ROOMS_OF_ONE = { limits: { stopGraceMs: 500 } };

describe.each(WIRES)('%s', (_, settings, era, transport) => {
  it('offers what the server has', async () => {
    room = new TestRoom({ ...settings(), ...ROOMS_OF_ONE });
    const catalogue = await room.upstreams.catalogue('it', ALICE);
    expect(catalogue).toMatchObject({
      era,
      revision: era === 'modern' ? '2026-07-28' : '2025-11-25',
      serverInfo: { name: 'conformance-fixture' },
    });
    expect(catalogue.tools.length).toBeGreaterThan(25);
    expect(catalogue.prompts.map(({ name }) => name)).toContain('test_simple_prompt');
    expect(catalogue.resources.map(({ name }) => name)).toContain('test://static-text');
    expect(catalogue.templates.map(({ name }) => name)).toEqual(['test://template/{id}/data']);
    expect(room.upstreams.known('it', ALICE)).toBe(catalogue);
    expect((await room.upstreams.catalogue('it', BOB)).version).toBe(catalogue.version);
    expect(room.upstreams.status('it')).toMatchObject({ state: 'ready', transport, era });
  });

  it('forwards calls, and what each server says of them only to their callers', async () => {
    room = new TestRoom({ ...settings(), headers: { 'x-upstream-key': 'sesame' } });
    const calls = await Promise.all(
      Array.from({ length: 20 }, async (__, n) => {
        const tenant = n % 2 === 0 ? ALICE : BOB;
        const { answer, notified } = await room.call('test_tool_with_progress', {}, { tenant, wantsProgress: true });
        const echo = await room.text('fixture_echo', { n }, { tenant });
        return { answer, notified, echo: JSON.parse(echo) as JsonObject & { headers?: JsonObject } };
      }),
    );
    for (const [n, { answer, notified, echo }] of calls.entries()) {
      expect(answer).toMatchObject({ kind: 'result', result: { content: [{ text: 'made progress' }] } });
      expect(notified.filter(([method]) => method === 'notifications/progress').map(([, params]) => params)).toEqual([
        { progress: 0, total: 100 },
        { progress: 50, total: 100 },
        { progress: 100, total: 100 },
      ]);
      expect(echo).toMatchObject({ era, arguments: { n } });
      expect(echo.headers?.['x-upstream-key']).toBe(transport === 'stdio' ? undefined : 'sesame');
    }
  });

  it('passes errors on as they are', async () => {
    room = new TestRoom(settings());
    expect((await room.call('no_such_tool')).answer).toMatchObject({ kind: 'error', error: { code: -32602 } });
    expect((await room.call('test_error_handling')).answer).toMatchObject({
      kind: 'result',
      result: { isError: true },
    });
    const missing = await room.send('resources/read', { uri: 'test://nowhere' });
    expect(missing.answer).toMatchObject({ kind: 'error', error: { data: { uri: 'test://nowhere' } } });
    const lacking = await room.send('tasks/get', { taskId: 'x' });
    expect(lacking.answer).toMatchObject({ kind: 'error', error: { code: -32601 } });
  });
});

describe.each(WIRES)('questions over %s', (_, settings, era) => {
  it('carries questions to the client: requests in the old era, results in the new one', async () => {
    room = new TestRoom(settings());
    const answers: JsonObject = { action: 'accept', content: { username: 'u', email: 'e' } };
    const { answer, asked } = await room.call(
      'test_elicitation',
      { message: 'Who?' },
      { ...ANSWERING, ask: async () => answers },
    );
    const isQuestion = (given: typeof answer) =>
      given.kind === 'result' && given.result['resultType'] === 'input_required';
    const again = { name: 'test_elicitation', arguments: { message: 'Who?' }, inputResponses: { reply: answers } };
    const [first, last] =
      era === 'modern' ? [answer, (await room.send('tools/call', again, ANSWERING)).answer] : [null, answer];
    expect(asked.map(([method]) => method)).toEqual(era === 'modern' ? [] : ['elicitation/create']);
    expect(first && isQuestion(first)).toBe(era === 'modern' ? true : null);
    expect(JSON.stringify(last)).toContain('accept');
  });

  it('does not let the server ask what was not declared', async () => {
    room = new TestRoom(settings());
    const { answer, asked } = await room.call('test_sampling', { prompt: 'x' });
    expect(asked).toEqual([]);
    expect(JSON.stringify(answer)).toContain('did not declare');
  });
});

describe.each(WIRES)('the course of calls over %s', (_, settings, era) => {
  it('cancels at the server what the caller cancels, and times out what takes too long', async () => {
    room = new TestRoom(settings());
    await room.call('fixture_echo');
    const caller = new AbortController();
    const cancelled = room.call('fixture_sleep', { ms: 60_000 }, { signal: caller.signal });
    setTimeout(() => caller.abort(), 100);
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    await expect(room.call('fixture_sleep', { ms: 60_000 }, { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'upstream_timeout',
    });
    const early = room.call('fixture_echo', {}, { signal: AbortSignal.abort() });
    await expect(early).rejects.toMatchObject({ code: 'cancelled' });
    expect(await room.text('fixture_echo')).toContain(era);
  });

  it('hears changes while somebody listens', async () => {
    room = new TestRoom(settings());
    const heard: string[] = [];
    const subscription = room.upstreams.subscribe('it', ALICE, {
      listChanged: (kind) => heard.push(kind),
      resourceUpdated: (uri) => heard.push(uri),
      other: (method) => heard.push(method),
    });
    await subscription.setResources(['test://watched-resource']);
    const before = await room.upstreams.catalogue('it', ALICE);
    await room.call('fixture_touch_resource', { uri: 'test://watched-resource' });
    await room.call('fixture_touch_resource', { uri: 'test://static-text' });
    await eventually(() => heard.includes('test://watched-resource'), 'an update of the resource');
    await room.call('test_trigger_prompt_change');
    await eventually(() => heard.includes('prompts'), 'a change of the prompts');
    expect(heard).not.toContain('test://static-text');
    const after = await room.upstreams.catalogue('it', ALICE);
    expect(after.version).toBeGreaterThan(before.version);
    expect(after.prompts).not.toHaveLength(before.prompts.length);
    await subscription.setResources([]);
    heard.length = 0;
    await room.call('fixture_touch_resource', { uri: 'test://watched-resource' });
    await room.call('test_trigger_prompt_change');
    await eventually(() => heard.includes('prompts'), 'another change of the prompts');
    expect(heard).not.toContain('test://watched-resource');
    subscription.close();
  });
});
