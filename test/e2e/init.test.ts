// What `veto init` writes, in front of real servers: reading is free, writing asks, destroying is refused.
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineOf, start, type Running } from '../support/processes.ts';
import { CLI, runCli } from '../support/veto.ts';
import { SERVERS } from './peer-programs.ts';
import { textOf, wire, type Talker } from './talkers.ts';

const home = await realpath(await mkdtemp(join(tmpdir(), 'veto-init-home-')));
const folder = await realpath(await mkdtemp(join(tmpdir(), 'veto-init-here-')));
const docs = join(home, 'docs');
const node = process.execPath;
const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: '', MEMORY_SECRET: 'x' };

let gateway: Running | undefined;
let talker: Talker;
beforeAll(async () => {
  await mkdir(docs);
  await mkdir(join(home, '.cursor'));
  await mkdir(join(folder, '.vscode'));
  await writeFile(join(docs, 'report.txt'), 'figures');
  const files = { command: node, args: [SERVERS.files, docs] };
  await writeFile(join(home, '.cursor', 'mcp.json'), JSON.stringify({ mcpServers: { Docs: files } }));
  // As people write it: with a comment, and a comma too many.
  const memory = {
    command: node,
    args: [SERVERS.memory],
    env: { MEMORY_FILE_PATH: join(folder, 'memory.json'), MEMORY_SECRET: 'x' },
  };
  await writeFile(
    join(folder, '.vscode', 'mcp.json'),
    `{ // mine\n "servers": { "memory": ${JSON.stringify(memory)}, } }`,
  );
  const wrote = await runCli(['init', '--json'], folder, env);
  expect(wrote).toMatchObject({ code: 0, stderr: '' });
  const made = await runCli(['keys', 'create', 'laptop', '--principal', 'ada', '--json'], folder, env);
  const { key } = JSON.parse(made.stdout) as { key: string };
  gateway = start(node, [CLI, 'serve', '--port', '0'], { cwd: folder, env });
  const [, url = ''] = await lineOf(gateway, /(http:\/\/[^\s/]+)/);
  const at = { url: `${url}/v1/mcp/default`, key, headers: { 'x-veto-api-key': key } };
  talker = await wire('SDK v1 over Streamable HTTP')(at as Parameters<ReturnType<typeof wire>>[0]);
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([home, folder].map((path) => rm(path, { recursive: true, force: true })));
});

const codeOf = (result: Record<string, unknown>): unknown => {
  const meta = result['_meta'] as Record<string, { code?: string }> | undefined;
  return meta?.['veto/decision']?.code;
};

describe('the files that init wrote', () => {
  it('pass the checks, and hold no secret', async () => {
    for (const what of ['check', 'test'])
      expect((await runCli(['policy', what, 'policies.yaml'], folder, env)).code).toBe(0);
    const text = await readFile(join(folder, 'veto.yaml'), 'utf8');
    expect(text).toContain('MEMORY_SECRET: env:MEMORY_SECRET');
  });

  it('let agents read below the directories of the server', async () => {
    expect(textOf(await talker.call('read_text_file', { path: join(docs, 'report.txt') }))).toContain('figures');
    expect(textOf(await talker.call('read_graph'))).toContain('entities');
    expect(codeOf(await talker.call('read_text_file', { path: join(folder, 'veto.yaml') }))).toBe('ARGUMENT_UNSAFE');
  });

  it('ask a person before something is written', async () => {
    const written = await talker.call('write_file', { path: join(docs, 'a.txt'), content: 'x' });
    expect([written['isError'], codeOf(written)]).toEqual([true, 'APPROVAL_REQUIRED']);
    expect(codeOf(await talker.call('create_entities', { entities: [] }))).toBe('APPROVAL_REQUIRED');
  });

  it('hide and refuse what destroys', async () => {
    const names = (await talker.tools()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['read_text_file', 'write_file', 'read_graph', 'create_entities']));
    expect(names.filter((name) => name.startsWith('delete_'))).toEqual([]);
    await expect(talker.call('delete_entities', { entityNames: [] })).rejects.toMatchObject({ code: -32602 });
  });
});
