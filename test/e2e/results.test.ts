/** A credential that a server tells, on every road by which it can: through every wire, to clients of both eras. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { fill, seeded } from '../fixtures/recipes.ts';
import { FIXTURE_STDIO, startFixture } from '../support/fixture.ts';
import { startGateways, type Gateways } from '../support/gateways.ts';
import { wire, type Talker } from './talkers.ts';

const SECRET = fill('ghp_{alnum:36}', seeded(21));
const MARK = '[redacted: GitHub token]';
const META_LEVEL = 'io.modelcontextprotocol/logLevel';

const MODES = ['redact', 'block', 'record'] as const;
const CLIENTS = ['SDK v1 over Streamable HTTP', 'SDK v1 over HTTP+SSE', 'SDK v2, auto, over Streamable HTTP'];
const UPSTREAMS = ['stdio-legacy', 'stdio-modern', 'http-legacy', 'http-modern', 'sse'];

let fixture: Awaited<ReturnType<typeof startFixture>>;
const worlds = new Map<string, Gateways>();
beforeAll(async () => {
  fixture = await startFixture();
  for (const results of MODES) {
    const http = { transport: 'streamable-http', url: fixture.url };
    const setups = {
      'stdio-legacy': { upstreams: { a: { transport: 'stdio', era: 'legacy', ...FIXTURE_STDIO } } },
      'stdio-modern': { upstreams: { b: { transport: 'stdio', era: 'modern', ...FIXTURE_STDIO } } },
      'http-legacy': { upstreams: { c: { ...http, era: 'legacy' } } },
      'http-modern': { upstreams: { d: { ...http, era: 'modern' } } },
      sse: { upstreams: { e: { transport: 'sse', url: fixture.sseUrl } } },
    };
    worlds.set(results, await startGateways(setups, { guards: { secrets: { arguments: 'off', results } } }));
  }
});
afterAll(async () => {
  for (const gateways of worlds.values()) await gateways.stop();
  await fixture.stop();
});

interface Told {
  readonly result: JsonObject;
  /** Messages of progress and of the log, whatever else they carry. */
  readonly notices: readonly unknown[];
}

async function tell(talker: Talker): Promise<Told> {
  const notices: unknown[] = [];
  const before = talker.heard.length;
  if (talker.era === 'legacy') await talker.request('logging/setLevel', { level: 'info' });
  const options = { meta: { [META_LEVEL]: 'info' }, onprogress: (step: object) => notices.push(step) };
  const result = await talker.call('fixture_tell', { text: `use ${SECRET} now` }, options);
  return { result, notices: [...notices, ...talker.heard.slice(before)] };
}

const read = (talker: Talker): Promise<JsonObject> =>
  talker.request('resources/read', { uri: `test://template/${SECRET}/data` });
const prompt = (talker: Talker): Promise<JsonObject> =>
  talker.request('prompts/get', { name: 'test_prompt_with_arguments', arguments: { arg1: SECRET, arg2: 'b' } });
const fail = (talker: Talker): Promise<JsonObject> =>
  talker.call('fixture_fail', { code: -32_001, message: `no ${SECRET}`, data: { with: SECRET } });
/** What the agent reads of a request that fails. */
const refusalOf = (answer: Promise<JsonObject>): Promise<string> =>
  answer.then(
    (result) => JSON.stringify(result),
    (error: Error & { data?: unknown }) => `${error.message} ${JSON.stringify({ data: error.data })}`,
  );

describe.each(CLIENTS.flatMap((client) => UPSTREAMS.map((upstream) => [client, upstream] as const)))(
  '%s, upstream %s',
  (client, upstream) => {
    const connected = async (mode: string): Promise<Talker> => {
      const gateways = worlds.get(mode);
      if (!gateways) throw new Error(mode);
      return wire(client)(gateways.at(upstream));
    };

    it('redacts it in results, resources, prompts, errors, progress and logs', async () => {
      const talker = await connected('redact');
      const { result, notices } = await tell(talker);
      expect(result['structuredContent']).toEqual({ note: `use ${MARK} now` });
      expect(result['content']).toMatchObject([
        { text: JSON.stringify({ note: `use ${MARK} now` }) },
        { resource: { text: `use ${MARK} now` } },
      ]);
      expect(JSON.stringify(notices).split(MARK).length - 1).toBeGreaterThanOrEqual(2);
      const said = [
        result,
        notices,
        await refusalOf(fail(talker)),
        await refusalOf(prompt(talker)),
        await refusalOf(read(talker)),
      ];
      expect(JSON.stringify(said)).not.toContain(SECRET);
      expect(JSON.stringify(await prompt(talker))).toContain(MARK);
      await talker.close();
    });

    it('blocks them', async () => {
      const talker = await connected('block');
      const { result, notices } = await tell(talker);
      expect(result['isError']).toBe(true);
      const failed = await refusalOf(fail(talker));
      const said = [result, notices, failed, await refusalOf(prompt(talker)), await refusalOf(read(talker))];
      expect(JSON.stringify(said)).not.toContain(SECRET);
      expect(notices).toEqual([]);
      await talker.close();
    });

    it('passes and records them', async () => {
      const talker = await connected('record');
      const { result } = await tell(talker);
      expect(result['structuredContent']).toEqual({ note: `use ${SECRET} now` });
      expect(JSON.stringify(await prompt(talker))).toContain(SECRET);
      expect(await refusalOf(fail(talker))).toContain(SECRET);
      await talker.close();
    });
  },
);

it('is recorded as a finding and never as itself', async () => {
  for (const [mode, gateways] of worlds) {
    const records = await gateways.audit();
    const ended = records.filter((record) => record['outcome'] === 'error' || record['outcome'] === 'ok');
    expect(ended.length, mode).toBeGreaterThan(CLIENTS.length * UPSTREAMS.length);
    const told = ended.map(({ findings, reason }) => JSON.stringify([findings, reason]));
    expect(told.filter((text) => text.includes('secret.code')).length, mode).toBeGreaterThan(UPSTREAMS.length);
    expect(told.join(), mode).not.toContain(SECRET);
  }
});
