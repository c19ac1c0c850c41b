import { describe, expect, it } from 'vitest';
import type { ClientFormat, FoundServer, Places } from './client.ts';
import { CLIENTS } from './clients.ts';
import { readJsonc } from './read-jsonc.ts';

const linux: Places = { home: '/home/ada', platform: 'linux', env: {}, folder: '/srv/app' };
const mac: Places = { home: '/Users/ada', platform: 'darwin', env: {}, folder: '/srv/app' };
const windows: Places = { home: 'C:\\Users\\ada', platform: 'win32', env: {}, folder: 'C:\\app' };

/** The documented places, project first. */
const PLACES: Readonly<Record<string, readonly [linux: string[], mac: string[], windows: string[]]>> = {
  'claude-code': [
    ['/srv/app/.mcp.json', '/home/ada/.claude.json'],
    ['/srv/app/.mcp.json', '/Users/ada/.claude.json'],
    ['C:\\app\\.mcp.json', 'C:\\Users\\ada\\.claude.json'],
  ],
  'claude-desktop': [
    ['/home/ada/.config/Claude/claude_desktop_config.json'],
    ['/Users/ada/Library/Application Support/Claude/claude_desktop_config.json'],
    ['C:\\Users\\ada\\AppData\\Roaming\\Claude\\claude_desktop_config.json'],
  ],
  cursor: [
    ['/srv/app/.cursor/mcp.json', '/home/ada/.cursor/mcp.json'],
    ['/srv/app/.cursor/mcp.json', '/Users/ada/.cursor/mcp.json'],
    ['C:\\app\\.cursor\\mcp.json', 'C:\\Users\\ada\\.cursor\\mcp.json'],
  ],
  'vs-code': [
    ['/srv/app/.vscode/mcp.json', '/home/ada/.config/Code/User/mcp.json', '/home/ada/.config/Code/User/settings.json'],
    [
      '/srv/app/.vscode/mcp.json',
      '/Users/ada/Library/Application Support/Code/User/mcp.json',
      '/Users/ada/Library/Application Support/Code/User/settings.json',
    ],
    [
      'C:\\app\\.vscode\\mcp.json',
      'C:\\Users\\ada\\AppData\\Roaming\\Code\\User\\mcp.json',
      'C:\\Users\\ada\\AppData\\Roaming\\Code\\User\\settings.json',
    ],
  ],
  windsurf: [
    ['/home/ada/.codeium/windsurf/mcp_config.json'],
    ['/Users/ada/.codeium/windsurf/mcp_config.json'],
    ['C:\\Users\\ada\\.codeium\\windsurf\\mcp_config.json'],
  ],
  zed: [
    ['/srv/app/.zed/settings.json', '/home/ada/.config/zed/settings.json'],
    ['/srv/app/.zed/settings.json', '/Users/ada/.config/zed/settings.json'],
    ['C:\\app\\.zed\\settings.json', 'C:\\Users\\ada\\AppData\\Roaming\\Zed\\settings.json'],
  ],
  codex: [
    ['/srv/app/.codex/config.toml', '/home/ada/.codex/config.toml'],
    ['/srv/app/.codex/config.toml', '/Users/ada/.codex/config.toml'],
    ['C:\\app\\.codex\\config.toml', 'C:\\Users\\ada\\.codex\\config.toml'],
  ],
  'gemini-cli': [
    ['/srv/app/.gemini/settings.json', '/home/ada/.gemini/settings.json'],
    ['/srv/app/.gemini/settings.json', '/Users/ada/.gemini/settings.json'],
    ['C:\\app\\.gemini\\settings.json', 'C:\\Users\\ada\\.gemini\\settings.json'],
  ],
  opencode: [
    [
      '/srv/app/opencode.json',
      '/srv/app/opencode.jsonc',
      '/home/ada/.config/opencode/opencode.json',
      '/home/ada/.config/opencode/opencode.jsonc',
    ],
    [
      '/srv/app/opencode.json',
      '/srv/app/opencode.jsonc',
      '/Users/ada/.config/opencode/opencode.json',
      '/Users/ada/.config/opencode/opencode.jsonc',
    ],
    [
      'C:\\app\\opencode.json',
      'C:\\app\\opencode.jsonc',
      'C:\\Users\\ada\\.config\\opencode\\opencode.json',
      'C:\\Users\\ada\\.config\\opencode\\opencode.jsonc',
    ],
  ],
};

const clientOf = (name: string): ClientFormat => {
  const found = CLIENTS.find((client) => client.name === name);
  if (!found) throw new Error(`no client ${name}`);
  return found;
};

describe('where clients keep their servers', () => {
  it('is known of every client', () => {
    expect(Object.keys(PLACES)).toEqual(CLIENTS.map(({ name }) => name));
  });

  it.each(Object.entries(PLACES))('%s', (name, expected) => {
    const of = (around: Places) =>
      clientOf(name)
        .places(around)
        .map(({ path }) => path);
    expect([of(linux), of(mac), of(windows)]).toEqual(expected);
  });

  it('follows the variables that move it', () => {
    const env = { XDG_CONFIG_HOME: '/xdg', CODEX_HOME: '/codex', APPDATA: 'D:\\Data' };
    const of = (name: string, around: Places) =>
      clientOf(name)
        .places({ ...around, env })
        .at(-1)?.path;
    expect(of('zed', linux)).toBe('/xdg/zed/settings.json');
    expect(of('codex', linux)).toBe('/codex/config.toml');
    expect(of('claude-desktop', windows)).toBe('D:\\Data\\Claude\\claude_desktop_config.json');
  });
});

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
const started = { ...NOTHING, command: 'npx', args: ['-y', 'server'], env: { TOKEN: 'x' } };
const url = 'https://example.com/mcp';

describe('how clients write a server', () => {
  it.each<[client: string, text: string, found: Partial<FoundServer>]>([
    [
      'claude-code',
      '{"mcpServers":{"a":{"type":"stdio","command":"npx","args":["-y","server"],"env":{"TOKEN":"x"}}}}',
      started,
    ],
    [
      'claude-code',
      `{"mcpServers":{"a":{"type":"sse","url":"${url}","headers":{"K":"v"}}}}`,
      { url, transport: 'sse', headers: { K: 'v' } },
    ],
    [
      'claude-code',
      `{"projects":{"/srv/app":{"mcpServers":{"a":{"type":"http","url":"${url}"}}},"/other":{"mcpServers":{"b":{}}}}}`,
      { url, transport: 'streamable-http' },
    ],
    ['claude-desktop', '{"mcpServers":{"a":{"command":"npx","args":["-y","server"],"env":{"TOKEN":"x"}}}}', started],
    [
      'cursor',
      '{"mcpServers":{"a":{"command":"npx","args":["-y","${workspaceFolder}/x","${userHome}"]}}}',
      { command: 'npx', args: ['-y', '/srv/app/x', '/home/ada'] },
    ],
    ['vs-code', `{"inputs":[],"servers":{"a":{"type":"http","url":"${url}"}}}`, { url, transport: 'streamable-http' }],
    [
      'vs-code',
      '{"editor.x":1,"mcp":{"servers":{"a":{"command":"npx","args":["-y","server"],"env":{"TOKEN":"x"}}}}}',
      started,
    ],
    ['windsurf', `{"mcpServers":{"a":{"serverUrl":"${url}","disabled":true}}}`, { url, isEnabled: false }],
    [
      'zed',
      '{"context_servers":{"a":{"source":"custom","command":"npx","args":["-y","server"],"env":{"TOKEN":"x"}}}}',
      started,
    ],
    [
      'zed',
      '{"context_servers":{"a":{"command":{"path":"npx","args":["-y","server"]},"enabled":false}}}',
      { command: 'npx', args: ['-y', 'server'], isEnabled: false },
    ],
    ['codex', '[mcp_servers.a]\ncommand = "npx"\nargs = ["-y", "server"]\n[mcp_servers.a.env]\nTOKEN = "x"\n', started],
    [
      'codex',
      `[mcp_servers.a]\nurl = "${url}"\nbearer_token_env_var = "T"\nhttp_headers = { A = "b" }\nenv_http_headers = { C = "D" }\nenabled = false\n`,
      { url, isEnabled: false, headers: { Authorization: 'Bearer ${T}', A: 'b', C: '${D}' } },
    ],
    ['codex', '[mcp_servers.a]\ncommand = "x"\nenv_vars = ["GH"]\n', { command: 'x', env: { GH: '${GH}' } }],
    ['gemini-cli', `{"mcpServers":{"a":{"httpUrl":"${url}"}}}`, { url, transport: 'streamable-http' }],
    ['gemini-cli', `{"mcpServers":{"a":{"url":"${url}"}}}`, { url, transport: 'sse' }],
    ['opencode', '{"mcp":{"a":{"type":"local","command":["npx","-y","server"],"environment":{"TOKEN":"x"}}}}', started],
    ['opencode', `{"mcp":{"a":{"type":"remote","url":"${url}","enabled":true}}}`, { url }],
  ])('%s: %s', (name, text, found) => {
    const place = { path: '', isProject: false };
    expect(clientOf(name).read(text, place, linux)).toEqual([{ ...NOTHING, ...found }]);
  });

  it.each(CLIENTS.map(({ name }) => name))(
    '%s: what is no configuration is told, what names no servers is empty',
    (name) => {
      const place = { path: '', isProject: true };
      expect(() => clientOf(name).read('{ = ', place, linux)).toThrow(/^it is not/);
      for (const text of name === 'codex'
        ? ['', 'mcp_servers = 1', '[mcp_servers]\na = 1']
        : ['{}', '{"mcpServers":[],"servers":1,"mcp":2,"context_servers":null}']) {
        expect(clientOf(name).read(text, place, linux)).toEqual([]);
      }
    },
  );
});

it('reads JSON with comments and trailing commas, and leaves strings as they are', () => {
  const text = '\ufeff{ // a "comment"\n "a": "http://x/*y*/,]", /* , */ "b": [1, 2,], "c\\\\": "\\",}",\n}';
  expect(readJsonc(text)).toEqual({ a: 'http://x/*y*/,]', b: [1, 2], 'c\\': '",}' });
});
