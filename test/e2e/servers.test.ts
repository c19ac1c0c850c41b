// Real servers from npm behind the gateway: what they offer arrives verbatim, and they can be used.
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ResultSchema, type Request } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { modern } from '../listener/started.ts';
import { startGateways, type Gateways } from '../support/gateways.ts';
import { SERVERS } from './peer-programs.ts';
import { textOf, wire, type Talker } from './talkers.ts';

interface Server {
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  /** The newest revision that it speaks. */
  readonly revision: string;
  readonly tools: number;
  readonly policy?: string;
  /** Calls that need nothing from outside, and a part of the text that they answer, in order. */
  readonly calls: readonly (readonly [tool: string, args: JsonObject, says: string])[];
}

const folder = await realpath(await mkdtemp(join(tmpdir(), 'veto-servers-')));
const preload = fileURLToPath(new URL('upstreams/sqlite-on-node.ts', import.meta.url));
const ada = { name: 'Ada', entityType: 'person', observations: ['writes programs'] };
const SERVED: Readonly<Record<string, Server>> = {
  files: {
    args: [SERVERS.files, folder],
    revision: '2025-11-25',
    tools: 14,
    calls: [
      ['write_file', { path: join(folder, 'new.txt'), content: 'written' }, 'wrote'],
      ['read_text_file', { path: join(folder, 'new.txt') }, 'written'],
      ['read_text_file', { path: join(folder, '..', 'elsewhere') }, 'denied'],
    ],
  },
  memory: {
    args: [SERVERS.memory],
    env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
    revision: '2025-11-25',
    tools: 9,
    calls: [
      ['create_entities', { entities: [ada] }, 'Ada'],
      ['search_nodes', { query: 'programs' }, 'writes programs'],
    ],
  },
  thinking: {
    args: [SERVERS.thinking],
    revision: '2025-11-25',
    tools: 1,
    calls: [
      [
        'sequentialthinking',
        { thought: 'first', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 },
        '"thoughtNumber": 1',
      ],
    ],
  },
  sqlite: {
    args: ['--import', preload, SERVERS.sqlite, join(folder, 'test.db')],
    revision: '2025-11-25',
    tools: 5,
    policy: `
version: 1
default: allow
policies:
  - { name: Tables may be made, match: { tool: create_table, finding: sql.ddl }, action: allow }
`,
    calls: [
      ['write_query', { query: 'DROP TABLE people' }, 'changes the schema'],
      ['create_table', { query: 'CREATE TABLE people (name TEXT)' }, '[]'],
      ['write_query', { query: "INSERT INTO people VALUES ('Ada')" }, '[]'],
      ['read_query', { query: 'SELECT name FROM people' }, 'Ada'],
      ['read_query', { query: 'SELECT name FROM nowhere' }, 'no such table'],
    ],
  },
  github: { args: [SERVERS.github], revision: '2024-11-05', tools: 26, calls: [] },
  postgres: {
    args: [SERVERS.postgres, 'postgresql://nobody@127.0.0.1:1/nothing'],
    revision: '2024-11-05',
    tools: 1,
    calls: [],
  },
  playwright: { args: [SERVERS.playwright, '--headless'], revision: '2025-11-25', tools: 25, calls: [] },
};

const settingsOf = ({ args, env = {} }: Server) => ({
  transport: 'stdio',
  command: process.execPath,
  args,
  env,
  cwd: folder,
});

let gateways: Gateways;
beforeAll(async () => {
  await writeFile(join(folder, 'a.txt'), 'a');
  gateways = await startGateways(
    Object.fromEntries(
      Object.entries(SERVED).map(([name, server]) => [
        name,
        { upstreams: { [name]: settingsOf(server) }, ...(server.policy ? { policy: server.policy } : {}) },
      ]),
    ),
  );
});
afterAll(async () => {
  await gateways.stop();
  await rm(folder, { recursive: true, force: true });
});

const LISTS = {
  tools: 'tools/list',
  prompts: 'prompts/list',
  resources: 'resources/list',
} as const;

/** What a server says to a client that speaks to it directly. */
async function direct(
  server: Server,
): Promise<{ revision: unknown; instructions: unknown; lists: Map<string, JsonObject> }> {
  const { command, args, env } = settingsOf(server);
  const client = new Client({ name: 'direct', version: '1' });
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env },
    cwd: folder,
    stderr: 'ignore',
  });
  let revision: unknown;
  Object.assign(transport, { setProtocolVersion: (version: string) => void (revision = version) });
  await client.connect(transport);
  const lists = new Map<string, JsonObject>();
  for (const [capability, method] of Object.entries(LISTS)) {
    if (client.getServerCapabilities()?.[capability as keyof typeof LISTS] === undefined) continue;
    const list = await client.request({ method } as Request, ResultSchema).catch(() => null);
    if (list !== null) lists.set(method, list as JsonObject);
  }
  const instructions = client.getInstructions();
  await client.close();
  return { revision, instructions, lists };
}

describe.each(Object.entries(SERVED))('%s', (name, server) => {
  let own: Awaited<ReturnType<typeof direct>>;
  const talkers: Talker[] = [];
  beforeAll(async () => {
    own = await direct(server);
    for (const connect of ['SDK v1 over Streamable HTTP', 'SDK v2, auto, over Streamable HTTP'])
      talkers.push(await wire(connect)(gateways.at(name)));
  });
  afterAll(() => Promise.all(talkers.map((talker) => talker.close())));

  it('speaks its own revision, and offers to clients of both eras what it offers itself', async () => {
    expect(own.revision).toBe(server.revision);
    expect(own.lists.get('tools/list')?.['tools']).toHaveLength(server.tools);
    expect(talkers.map(({ era }) => era)).toEqual(['legacy', 'modern']);
    const { url, headers } = gateways.at(name);
    for (const [method, list] of own.lists) {
      const [key = ''] = Object.keys(list);
      // SDK v2 drops what its revision does not name, so the bytes are looked at instead.
      const body = (await (await modern(url, method, {}, { headers })).json()) as { result: JsonObject };
      expect(body.result[key], `${method}, modern`).toEqual(list[key]);
      expect((await talkers[0]?.request(method))?.[key], `${method}, legacy`).toEqual(list[key]);
      const named = (await talkers[1]?.request(method))?.[key] as unknown[];
      expect(named).toHaveLength((list[key] as unknown[]).length);
    }
  });

  if (server.calls.length === 0) return;
  it('can be used', async () => {
    const [legacy] = talkers;
    for (const [tool, args, says] of server.calls) {
      expect(textOf((await legacy?.call(tool, args)) ?? {}), tool).toContain(says);
    }
    const [tool = '', args, says] = server.calls.at(-1) ?? [];
    expect(textOf((await talkers[1]?.call(tool, args)) ?? {})).toContain(says);
  });
});

describe('postgres without a database', () => {
  it('fails in its own words, with the error that it gives', async () => {
    const talker = await wire('SDK v1 over Streamable HTTP')(gateways.at('postgres'));
    await expect(talker.call('query', { sql: 'SELECT 1' })).rejects.toMatchObject({
      message: expect.stringMatching(/ECONNREFUSED|-32603/) as string,
    });
    await talker.close();
  });
});
