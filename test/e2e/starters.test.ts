// Every starter policy in front of the real server that it is for: what becomes of every tool stands, reviewed, in
// `starter-outcomes.yaml`. A tool that an update of a server brings shows up here as a difference.
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/core/json.ts';
import { judgedHints } from '../../src/integrity/judged-hints.ts';
import { Classifier } from '../../src/policy/classify.ts';
import { modern } from '../listener/started.ts';
import { startGateways, type Gateways } from '../support/gateways.ts';
import { ALLOW_ALL, runCli } from '../support/veto.ts';
import { SERVERS } from './peer-programs.ts';

/** Starter, then server, then tool: its class by name and hints, and what can become of its calls. */
type Outcomes = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

const text = await readFile(new URL('starter-outcomes.yaml', import.meta.url), 'utf8');
const OUTCOMES = parse(text) as Outcomes; // of our own
const folder = await realpath(await mkdtemp(join(tmpdir(), 'veto-starters-')));
const onNode = fileURLToPath(new URL('upstreams/sqlite-on-node.ts', import.meta.url));
const SERVED: Readonly<Record<string, { args: readonly string[]; roots?: readonly string[] }>> = {
  files: { args: [SERVERS.files, folder], roots: [folder] },
  everything: { args: [SERVERS.everything] },
  github: { args: [SERVERS.github] },
  postgres: { args: [SERVERS.postgres, 'postgresql://nobody@127.0.0.1:1/nothing'] },
  playwright: { args: [SERVERS.playwright, '--headless'] },
  memory: { args: [SERVERS.memory] },
  thinking: { args: [SERVERS.thinking] },
  sqlite: { args: ['--import', onNode, SERVERS.sqlite, join(folder, 'test.db')] },
};
const RELAY = { sampling: true, elicitation: true, roots: true };
const upstreamOf = (name: string) => ({
  [name]: { transport: 'stdio', command: process.execPath, cwd: folder, relay: RELAY, ...SERVED[name] },
});

const WORDS: Readonly<Record<string, string>> = { allow: 'allow', require_approval: 'ask', deny: 'deny' };
const gatewayOf = (starter: string, server: string): string => `${starter}-${server}`;

let gateways: Gateways;
beforeAll(async () => {
  const setups = await Promise.all(
    Object.entries(OUTCOMES).flatMap(([starter, servers]) =>
      Object.keys(servers).map(async (server) => {
        const policy = await readFile(`examples/policies/${starter}.yaml`, 'utf8');
        return [
          gatewayOf(starter, server),
          { upstreams: upstreamOf(server), policy: policy.replaceAll('/data', folder) },
        ];
      }),
    ),
  );
  const open = Object.keys(SERVED).map((name) => [`open-${name}`, { upstreams: upstreamOf(name), policy: ALLOW_ALL }]);
  gateways = await startGateways(Object.fromEntries([...setups, ...open]));
});
afterAll(async () => {
  await gateways.stop();
  await rm(folder, { recursive: true, force: true });
});

const EVERYTHING = {
  'io.modelcontextprotocol/clientCapabilities': { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} },
};

/** What a client that can be asked anything is shown. */
async function listed(gateway: string): Promise<JsonObject[]> {
  const { url, headers } = gateways.at(gateway);
  const answer = await modern(url, 'tools/list', {}, { headers, meta: EVERYTHING });
  return ((await answer.json()) as { result: { tools: JsonObject[] } }).result.tools;
}

/** As `veto policy check --tools` tells it. */
async function outcomesOf(gateway: string, server: string, definitions: readonly JsonObject[]): Promise<string[]> {
  const lines = definitions.map((definition) => JSON.stringify({ ...definition, server }));
  await writeFile(join(gateways.directory, 'tools.jsonl'), lines.join('\n'));
  const argv = ['policy', 'check', `${gateway}.yaml`, '--tools', 'tools.jsonl', '--json'];
  const { stdout } = await runCli(argv, gateways.directory, process.env);
  const { tools } = JSON.parse(stdout) as { tools: { outcomes: string[] }[] };
  return tools.map(({ outcomes }) => {
    const words = Object.keys(WORDS).filter((effect) => outcomes.includes(effect));
    return words.join() === 'deny' ? 'hidden' : words.map((effect) => WORDS[effect]).join(' or ');
  });
}

function classOf(definition: JsonObject): string {
  const name = String(definition['name']);
  const { contradicted } = judgedHints('tool', name, definition);
  return new Classifier([]).classify(name, { kind: 'tool', name, body: definition }, contradicted).class;
}

const CASES = Object.entries(OUTCOMES).flatMap(([starter, servers]) =>
  Object.entries(servers).map(([server, tools]) => ({ starter, server, tools })),
);

describe.each(CASES)('the starter $starter in front of $server', ({ starter, server, tools }) => {
  it('makes of every tool what was reviewed', async () => {
    const definitions = await listed(`open-${server}`);
    const outcomes = await outcomesOf(gatewayOf(starter, server), server, definitions);
    const found = definitions.map((definition, i) => [definition['name'], `${classOf(definition)}: ${outcomes[i]}`]);
    expect(Object.fromEntries(found)).toEqual(tools);
  });

  it('shows what can be allowed or asked for, and nothing else', async () => {
    const shown = (await listed(gatewayOf(starter, server))).map(({ name }) => name);
    const wanted = Object.entries(tools).filter(([, outcome]) => !outcome.endsWith('hidden'));
    expect(new Set(shown)).toEqual(new Set(wanted.map(([name]) => name)));
  });
});
