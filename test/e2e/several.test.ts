// Several servers behind one gateway, several callers in front of it, and changes while they talk.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { initialize, modern, post } from '../listener/started.ts';
import { FIXTURE_STDIO, startFixture } from '../support/fixture.ts';
import { startGateways, type Entrance, type Gateways } from '../support/gateways.ts';
import { freePort } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { startVeto } from '../support/veto.ts';
import { textOf, wire, type Talker } from './talkers.ts';

const MANY_TOOLS = fileURLToPath(new URL('upstreams/many-tools.ts', import.meta.url));
const TOOLS = 2_500;
const V1 = wire('SDK v1 over Streamable HTTP');
const V2 = wire('SDK v2, auto, over Streamable HTTP');
const HEADLESS = ['SDK v1 over Streamable HTTP', 'SDK v2, auto, over Streamable HTTP'];

const READ_ONLY = `
version: 1
default: deny
policies:
  - { name: Echo, match: { tool: [fixture_echo, test_simple_text] }, action: allow }
`;
const READ_AND_SLEEP = READ_ONLY.replace('fixture_echo,', 'fixture_echo, fixture_sleep,');
const OWN_NAMES = `
version: 1
default: allow
policies:
  - { name: No sleep at the second, match: { server: second, tool: fixture_sleep }, action: deny }
`;

let fixture: Awaited<ReturnType<typeof startFixture>>;
let gateways: Gateways;
let comingPort: number;
beforeAll(async () => {
  fixture = await startFixture();
  comingPort = await freePort();
  const http = { transport: 'streamable-http', url: fixture.url };
  const node = (script: string) => ({ transport: 'stdio', command: process.execPath, args: ['-e', script] });
  gateways = await startGateways(
    {
      twins: {
        upstreams: { first: { transport: 'stdio', ...FIXTURE_STDIO }, second: { ...http, era: 'modern' } },
        policy: OWN_NAMES,
      },
      partly: {
        upstreams: {
          well: { ...http, era: 'legacy' },
          closed: { transport: 'streamable-http', url: `http://127.0.0.1:${await freePort()}/mcp` },
          dying: node('process.exit(3)'),
          silent: node('setInterval(() => {}, 60_000)'),
          babbling: node("setInterval(() => console.log('this is no JSON'), 20)"),
          flooding: {
            ...node("const x = 'x'.repeat(65536); setInterval(() => process.stdout.write(x + '\\n'), 1)"),
            limits: { noise_bytes_per_second_max: 65_536 },
          },
          missing: { transport: 'stdio', command: 'no-such-program-anywhere' },
        },
      },
      coming: {
        upstreams: {
          here: { ...http, era: 'legacy' },
          late: {
            transport: 'streamable-http',
            url: `http://127.0.0.1:${comingPort}/mcp`,
            limits: { back_off_ms: 100, back_off_max_ms: 200 },
          },
        },
      },
      many: {
        upstreams: {
          many: {
            transport: 'stdio',
            command: process.execPath,
            args: [MANY_TOOLS, String(TOOLS), '100'],
            limits: { tools_max: 3_000 },
          },
        },
      },
      common: { upstreams: { common: { transport: 'stdio', isolation: 'shared', ...FIXTURE_STDIO } } },
      apart: { upstreams: { apart: { transport: 'stdio', era: 'legacy', ...FIXTURE_STDIO } } },
      ruled: { upstreams: { ruled: { ...http, era: 'modern' } }, policy: READ_ONLY },
    },
    { limits: { list_wait_ms: 1_000, list_page_entries: 100 } },
  );
});
afterAll(async () => {
  await gateways.stop();
  await fixture.stop();
});

const namesOf = async (talker: Talker): Promise<string[]> => (await talker.tools()).map((tool) => tool.name);
const echoOf = async (talker: Talker, tool: string, args: JsonObject = {}): Promise<JsonObject> =>
  JSON.parse(textOf(await talker.call(tool, args))) as JsonObject;

describe.each(HEADLESS)('two servers with the same names, %s', (name) => {
  let talker: Talker;
  beforeAll(async () => {
    talker = await wire(name)(gateways.at('twins'));
  });
  afterAll(() => talker.close());

  it('are both reached, each by a name of its own, and called by their own', async () => {
    const names = await namesOf(talker);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['fixture_echo', 'second__fixture_echo']));
    expect(await echoOf(talker, 'fixture_echo')).toMatchObject({ transport: 'stdio' });
    expect(await echoOf(talker, 'second__fixture_echo', { a: 1 })).toMatchObject({
      transport: 'streamable-http',
      headers: { 'mcp-name': 'fixture_echo', 'mcp-method': 'tools/call' },
      arguments: { a: 1 },
    });
  });

  it('stay the same in their definitions, but for the name', async () => {
    const tools = await talker.tools();
    const [own, other] = ['fixture_structured', 'second__fixture_structured'].map((each) =>
      tools.find((tool) => tool.name === each),
    );
    expect({ ...other, name: own?.name }).toEqual(own);
  });

  it('have prompts and resources under names of their own too', async () => {
    const prompt = { name: 'second__test_prompt_with_arguments', arguments: { arg1: 'a', arg2: 'b' } };
    expect(JSON.stringify(await talker.request('prompts/get', prompt))).toContain('a and b');
    const read = await talker.request('resources/read', { uri: 'second+test://static-text' });
    expect(read['contents']).toMatchObject([{ text: 'static' }]);
    await talker.watch(['second+test://watched-resource']);
    await talker.call('fixture_touch_resource', { uri: 'test://watched-resource' });
    await talker.call('second__fixture_touch_resource', { uri: 'test://watched-resource' });
    const updates = () => talker.heard.filter(({ method }) => method === 'notifications/resources/updated');
    await until(() => updates().length > 0, 'the update');
    expect(updates().map(({ params }) => params['uri'])).toEqual(['second+test://watched-resource']);
  });

  it('are judged by their own names', async () => {
    expect(await namesOf(talker)).not.toContain('second__fixture_sleep');
    expect(textOf(await talker.call('fixture_sleep', { ms: 1 }))).toBe('slept 1 ms');
    await expect(talker.call('second__fixture_sleep', { ms: 1 })).rejects.toMatchObject({ code: -32602 });
    const [record] = await gateways.audit('--gateway', 'twins', '--code', 'POLICY_DENIED');
    expect(record).toMatchObject({ server: 'second', target: 'fixture_sleep', rule: 'No sleep at the second' });
  });
});

describe('servers that are down, die, are silent, babble, flood or do not exist', () => {
  it('hurt only what is theirs', async () => {
    const talker = await V1(gateways.at('partly'));
    expect(await namesOf(talker)).toContain('fixture_echo');
    expect(await echoOf(talker, 'fixture_echo')).toMatchObject({ era: 'legacy' });
    await expect(talker.call('tool_of_the_closed')).resolves.toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('not available') as string }],
    });
    const began = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => talker.call('test_simple_text')));
    expect(performance.now() - began).toBeLessThan(5_000);
    await talker.close();
  });

  it('are found when they come back', async () => {
    const talker = await V1(gateways.at('coming'));
    expect((await namesOf(talker)).filter((each) => each.startsWith('late__'))).toEqual([]);
    const late = await startFixture(comingPort);
    onTestFinished(() => late.stop());
    await until(
      () => talker.heard.some(({ method }) => method === 'notifications/tools/list_changed'),
      'the client hears that there is more',
    );
    await until(async () => (await namesOf(talker)).includes('late__fixture_echo'), 'the tools are listed');
    expect(await echoOf(talker, 'late__fixture_echo')).toMatchObject({ transport: 'streamable-http' });
    await talker.close();
  });
});

describe.each(HEADLESS)('a long list, %s', (name) => {
  it('comes whole, in order, page by page', async () => {
    const talker = await wire(name)(gateways.at('many'));
    await until(async () => (await talker.request('tools/list'))['nextCursor'] !== undefined, 'the server has started');
    const seen: string[] = [];
    let cursor: unknown;
    let pages = 0;
    do {
      const page = await talker.request('tools/list', cursor === undefined ? {} : { cursor: cursor as string });
      const tools = page['tools'] as { name: string }[];
      expect(tools.length).toBeLessThanOrEqual(100);
      seen.push(...tools.map((tool) => tool.name));
      cursor = page['nextCursor'];
      pages++;
    } while (cursor !== undefined);
    expect(pages).toBe(TOOLS / 100);
    expect(seen).toEqual(Array.from({ length: TOOLS }, (_, n) => `tool_${String(n).padStart(5, '0')}`));
    expect(textOf(await talker.call('tool_02499', { n: 2_499 }))).toBe('tool_02499');
    await expect(talker.request('tools/list', { cursor: 'made up' })).rejects.toMatchObject({ code: -32602 });
    await talker.close();
  });
});

describe.each(['common', 'apart'])('many callers at once, %s process', (gateway) => {
  it('get their own answers and their own progress', async () => {
    const alice = gateways.at(gateway);
    const key = gateways.secondKey(gateway);
    const bob: Entrance = { ...alice, key, headers: { 'x-veto-api-key': key } };
    const talkers = await Promise.all([V1(alice), V1(bob), V2(alice), V2(bob)]);
    const talk = async (talker: Talker, who: number): Promise<void> => {
      for (let n = 0; n < 15; n++) {
        const progress: number[] = [];
        const [echo] = await Promise.all([
          echoOf(talker, 'fixture_echo', { who, n }),
          n % 5 === 0
            ? talker.call('test_tool_with_progress', {}, { onprogress: (step) => progress.push(step.progress) })
            : talker.call('test_simple_text'),
        ]);
        expect(echo['arguments']).toEqual({ who, n });
        expect(progress).toEqual(n % 5 === 0 ? [0, 50, 100] : []);
      }
    };
    await Promise.all(talkers.map(talk));
    await Promise.all(talkers.map((talker) => talker.close()));
    const principals = new Set(
      (await gateways.audit('--gateway', gateway, '--kind', 'intend')).map(({ principal }) => principal),
    );
    expect(principals).toEqual(new Set(['alice', 'bob']));
  });
});

describe.each(HEADLESS)('a policy that changes, %s', (name) => {
  it('is announced and enforced at once; a broken one is not', async () => {
    await gateways.setPolicy('ruled', READ_ONLY);
    const talker = await wire(name)(gateways.at('ruled'));
    await until(async () => (await namesOf(talker)).length === 2, 'the policy of the test before is gone');
    expect((await namesOf(talker)).toSorted()).toEqual(['fixture_echo', 'test_simple_text']);
    const hidden = await talker.call('fixture_sleep', { ms: 1 }).catch((error: unknown) => error);
    const unknown = await talker.call('no_such_tool', { ms: 1 }).catch((error: unknown) => error);
    expect(hidden).toMatchObject({ code: -32602 });
    expect(unknown).toMatchObject({ code: -32602 });
    await talker.watch([]);
    const changes = () => talker.heard.filter(({ method }) => method === 'notifications/tools/list_changed').length;
    const before = changes();
    await gateways.setPolicy('ruled', READ_AND_SLEEP);
    await until(() => changes() > before, 'the change is announced');
    expect(await namesOf(talker)).toContain('fixture_sleep');
    expect(textOf(await talker.call('fixture_sleep', { ms: 1 }))).toBe('slept 1 ms');
    await gateways.setPolicy('ruled', 'policies: [');
    await until(() => /policy not reloaded/.test(gateways.running.stderr()), 'the broken policy is reported');
    expect(await namesOf(talker)).toContain('fixture_sleep');
    await talker.close();
  });
});

/** Resolves when a stream has ended, however. */
async function drained(stream: Response): Promise<void> {
  await stream.text().catch(() => '');
}

describe('a key', () => {
  it('that is revoked ends open streams and opens nothing any more', async () => {
    const veto = await startVeto({ upstreams: { it: { transport: 'streamable-http', url: fixture.url } } });
    onTestFinished(() => veto.stop());
    const session = { ...veto.headers, ...(await initialize(veto.mcpUrl, '2025-11-25', veto.headers)) };
    const streams = await Promise.all([
      fetch(veto.mcpUrl, { headers: { ...session, accept: 'text/event-stream' } }),
      fetch(veto.mcpUrl, { headers: { ...veto.headers, accept: 'text/event-stream' } }),
      modern(veto.mcpUrl, 'subscriptions/listen', { notifications: { toolsListChanged: true } }, veto),
    ]);
    expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);
    const ended = Promise.all(streams.map(drained));
    expect((await veto.cli('keys', 'revoke', 'test')).code).toBe(0);
    await ended;
    const refused = await post(veto.mcpUrl, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, { headers: session });
    expect(refused.status).toBe(403);
  });
});
