import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../config/load.ts';
import type { JsonObject } from '../../core/json.ts';
import type { FoundServer, Places } from './client.ts';
import { CLIENTS } from './clients.ts';
import { safeName, type Search, type Sighting } from './find-servers.ts';
import { planFiles, type Plan } from './plan.ts';
import { STARTERS, suggestStarter } from './starters.ts';

const AROUND: Places = { home: '/home/ada', platform: 'linux', env: { REGION: 'eu' }, folder: '/srv/app' };
const NOTHING: FoundServer = {
  name: 'a',
  command: null,
  args: [],
  env: {},
  cwd: null,
  url: null,
  headers: {},
  transport: 'auto',
  isEnabled: true,
};

function sighting(server: Partial<FoundServer>, client = 'cursor', name = 'a'): Sighting {
  const { reference = null, title = '' } = CLIENTS.find((one) => one.name === client) ?? {};
  return { server: { ...NOTHING, ...server }, name, file: '~/x.json', reference, clients: [title], isProject: false };
}

function planOf(servers: readonly Sighting[], around = AROUND): Plan {
  const search: Search = { servers, bad: [], files: [] };
  return planFiles(search, () => null, around);
}

const entryOf = (plan: Plan): JsonObject | undefined => plan.servers[0]?.entry;

describe('a value of a client', () => {
  it.each<[client: string, key: string, value: string, written: string, variable: string | null]>([
    ['cursor', 'LOG_LEVEL', 'debug', 'debug', null],
    ['cursor', 'PORT', '8080', '8080', null],
    ['cursor', 'DATA_DIR', '/var/lib/app', '/var/lib/app', null],
    ['cursor', 'PLACE', '/Users/ada/My Project/data2.txt', 'env:PLACE', 'PLACE'],
    ['cursor', 'DATA_DIR', '~/Library/MyProject/data2.txt', '~/Library/MyProject/data2.txt', null],
    ['cursor', 'NOTE', '/K7MDENG/bPxRfiCYEXAMPLEKEY', 'env:NOTE', 'NOTE'],
    ['cursor', 'BASE_URL', 'https://api.example.com/v1', 'env:BASE_URL', 'BASE_URL'],
    ['cursor', 'BASE_URL', 'https://api.example.com/', 'https://api.example.com/', null],
    ['cursor', 'GITHUB_TOKEN', 'abc', 'env:GITHUB_TOKEN', 'GITHUB_TOKEN'],
    ['cursor', 'DB_PASS', 'summer', 'env:DB_PASS', 'DB_PASS'],
    ['cursor', 'NOTE', 'Tr0ub4dor&3', 'env:NOTE', 'NOTE'],
    ['cursor', 'TRICK', 'env:HOME', 'env:TRICK', 'TRICK'],
    ['cursor', 'DATABASE_URL', 'postgresql://u:p@h/d', 'env:DATABASE_URL', 'DATABASE_URL'],
    ['cursor', 'TOKEN', '${env:MY_TOKEN}', 'env:MY_TOKEN', 'MY_TOKEN'],
    ['cursor', 'TOKEN', 'a-${env:B}', 'env:TOKEN', 'TOKEN'],
    ['claude-code', 'TOKEN', '${MY_TOKEN:-none}', 'env:MY_TOKEN', 'MY_TOKEN'],
    ['vs-code', 'TOKEN', '${input:github-token}', 'env:GITHUB_TOKEN', 'GITHUB_TOKEN'],
    ['gemini-cli', 'TOKEN', '$MY_TOKEN', 'env:MY_TOKEN', 'MY_TOKEN'],
    ['opencode', 'TOKEN', '{env:MY_TOKEN}', 'env:MY_TOKEN', 'MY_TOKEN'],
    ['opencode', 'TOKEN', '{file:~/.token}', 'file:~/.token', null],
    ['claude-desktop', 'TOKEN', '${MY_TOKEN}', 'env:TOKEN', 'TOKEN'],
  ])('%s, %s: %s', (client, key, value, written, variable) => {
    const plan = planOf([sighting({ command: 'x', env: { [key]: value } }, client)]);
    expect(entryOf(plan)).toEqual({ command: 'x', env: { [key]: written } });
    expect(plan.variables.map(({ name }) => name)).toEqual(variable === null ? [] : [variable]);
  });

  it('keeps the scheme of a header before its reference', () => {
    const headers = { Authorization: 'Bearer abc', 'X-Key': '${env:K}', Accept: 'application/json' };
    expect(entryOf(planOf([sighting({ url: 'https://x.example/mcp', headers })]))).toEqual({
      url: 'https://x.example/mcp',
      headers: { Authorization: 'Bearer env:A_AUTHORIZATION', 'X-Key': 'env:K' },
    });
  });

  it('of one name and two contents gets two variables', () => {
    const one = sighting({ command: 'x', env: { TOKEN: '1' } }, 'cursor', 'one');
    const same = sighting({ command: 'y', env: { TOKEN: '1' } }, 'cursor', 'same');
    const two = sighting({ command: 'z', env: { TOKEN: '2' } }, 'cursor', 'two');
    const { servers, variables } = planOf([one, same, two]);
    expect(servers.map(({ entry }) => entry['env'])).toEqual([
      { TOKEN: 'env:TOKEN' },
      { TOKEN: 'env:TOKEN' },
      { TOKEN: 'env:TWO_TOKEN' },
    ]);
    expect(variables.map(({ name }) => name)).toEqual(['TOKEN', 'TWO_TOKEN']);
  });
});

describe('arguments', () => {
  it.each<[args: string[], script: string | null]>([
    [['-y', 'pkg', '/data'], null],
    [['pkg', 'postgresql://nobody@localhost/x'], null],
    [['pkg', "postgresql://u:it's@h/x"], 'exec npx pkg "$A_ARGUMENT_2"'],
    [['--api-key', 'abc', 'a b'], `exec npx --api-key "$A_API_KEY" 'a b'`],
    [['--token=abc'], 'exec npx --token="$A_TOKEN"'],
    [['--token-file', '/run/token'], null],
    [['run', '-e', 'API_KEY=abc', 'image'], 'exec npx run -e API_KEY="$A_API_KEY" image'],
    [['remote', '--header', 'Authorization: Bearer abc'], 'exec npx remote --header "$A_HEADER"'],
    [['remote', '--header', 'Authorization:${AUTH}'], null],
    [["it's", '${env:ROOT}'], `exec npx 'it'\\''s' "$ROOT"`],
  ])('%j', (args, script) => {
    const plan = planOf([sighting({ command: 'npx', args })]);
    expect(entryOf(plan)).toMatchObject(
      script === null ? { command: 'npx', args } : { command: 'sh', args: ['-c', script] },
    );
    expect(plan.variables).toHaveLength(script === null ? 0 : 1);
  });

  it('with a secret are left out where there is no POSIX shell', () => {
    const plan = planOf([sighting({ command: 'npx', args: ['--token', 'abc'] })], { ...AROUND, platform: 'win32' });
    expect(plan.skipped).toMatchObject([{ name: 'a', why: expect.stringContaining('secret') as string }]);
  });
});

describe('left out', () => {
  it.each<[Partial<FoundServer>, string]>([
    [{ command: 'x', isEnabled: false }, 'switched off'],
    [{}, 'neither a command nor an address'],
    [{ command: 'veto', args: ['stdio'] }, 'a Veto gateway already'],
    [{ url: 'http://127.0.0.1:8420/v1/mcp/default' }, 'a Veto gateway already'],
    [{ url: 'wss://x.example/' }, 'not one of HTTP'],
    [{ url: 'https://u:p@x.example/mcp' }, 'secret'],
    [{ url: 'https://x.example/mcp?api_key=abc' }, 'secret'],
    [{ url: 'https://${env:NOWHERE}/mcp' }, 'not set here'],
    [{ command: '${env:NOWHERE}/x' }, 'not set here'],
    [{ command: 'x', env: { 'x-y': '1' } }, '`x-y` is not the name of a variable'],
  ])('%j', (server, why) => {
    const plan = planOf([sighting(server)]);
    expect(plan.servers).toEqual([]);
    expect(plan.skipped).toMatchObject([{ why: expect.stringContaining(why) as string }]);
  });

  it('is nothing whose variables are known', () => {
    expect(entryOf(planOf([sighting({ url: 'https://${env:REGION}.x.example/mcp' })]))).toEqual({
      url: 'https://eu.x.example/mcp',
    });
  });
});

describe('starters', () => {
  it.each([
    ['npx', ['-y', '@modelcontextprotocol/server-filesystem', '/a', './b'], 'filesystem', ['/a', './b']],
    ['node', ['/x/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js', '/a'], 'filesystem', ['/a']],
    ['npx', ['-y', '@modelcontextprotocol/server-filesystem@2026.8.31'], 'read-only', []],
    ['docker', ['run', '-i', '--rm', '-e', 'T', 'ghcr.io/github/github-mcp-server'], 'github', []],
    ['npx', ['@modelcontextprotocol/server-postgres', 'postgresql://localhost/x'], 'postgres', []],
    ['uvx', ['postgres-mcp', '--access-mode=restricted'], 'postgres', []],
    ['npx', ['@playwright/mcp@latest'], 'playwright', []],
    ['npx', ['-y', '@modelcontextprotocol/server-everything'], 'everything', []],
    ['npx', ['-y', 'github-notes'], 'read-only', []],
  ] as const)('%s %j is %s', (command, args, starter, roots) => {
    expect(suggestStarter({ command, args, url: null })).toEqual({ starter, roots });
  });

  it('knows the hosted server by its address', () => {
    expect(suggestStarter({ command: null, args: [], url: 'https://api.githubcopilot.com/mcp/' }).starter).toBe(
      'github',
    );
    expect(suggestStarter({ command: null, args: [], url: 'https://evil.example/server-github' }).starter).toBe(
      'github',
    );
  });

  it('names files that exist', () => {
    expect(STARTERS.at(-1)).toBe('read-only');
  });
});

describe('what is planned', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  const secret = fc.stringMatching(/^[A-Za-z0-9+/_-]{17,40}[0-9][A-Z]$/);

  it('is a configuration that loads, without a secret in it, whatever clients hold', () => {
    const server = fc.record({
      name: text,
      command: fc.constantFrom('npx', 'node', '/opt/x y'),
      args: fc.array(text, { maxLength: 3 }),
      env: fc.dictionary(fc.constantFrom('A', 'MY_TOKEN', 'x-y'), secret, { maxKeys: 3 }),
    });
    fc.assert(
      fc.property(fc.array(server, { minLength: 1, maxLength: 4 }), (servers) => {
        const sightings = servers.map((one, i) => sighting(one, 'cursor', `${safeName(one.name)}-${i}`));
        const plan = planOf(sightings);
        const loaded = loadConfig({
          file: null,
          text: plan.config.replace(/policies: .*/, 'policies: []'),
          folder: '/',
          env: {},
          secrets: 'form',
        });
        expect(loaded.ok ? [] : loaded.problems).toEqual([]);
        for (const { env } of servers) for (const value of Object.values(env)) expect(plan.config).not.toContain(value);
        expect(plan.servers.length + plan.skipped.length).toBe(servers.length);
      }),
    );
  });

  it('names servers as veto.yaml allows', () => {
    expect(['My Files!', 'Größe', '日本', '--', 'a'.repeat(99)].map(safeName)).toEqual([
      'my-files',
      'gro-e',
      'server',
      'server',
      'a'.repeat(48),
    ]);
  });

  it('puts the directories of a file-system server into its rules and its roots', () => {
    const args = ['-y', '@modelcontextprotocol/server-filesystem', '~/docs', 'notes'];
    const plan = planOf([sighting({ command: 'npx', args }, 'cursor', 'files')]);
    const roots = ['/home/ada/docs', '/srv/app/notes'];
    expect(plan.servers).toMatchObject([{ starter: 'filesystem', roots }]);
    const { policies } = parse(plan.policies) as {
      policies: { name: string; match: { server: string; arguments?: JsonObject } }[];
    };
    expect(policies.every(({ name, match }) => name.startsWith('files: ') && match.server === 'files')).toBe(true);
    expect(policies[0]?.match.arguments).toEqual({ path: { type: 'path', under: roots } });
    expect(plan.policies).not.toContain('/data');
  });
});
