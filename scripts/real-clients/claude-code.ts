import { attemptIn, type RealClient } from './real-client.ts';

const PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
};
const QUIET = { DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' };
const CONNECTED = /[✔✓] Connected/;

/** Anthropic's command line; its binary comes in a package of the platform. `mcp list` works without signing in. */
export const claudeCode: RealClient = {
  name: 'Claude Code',
  package: (platform) => (PLATFORMS[platform] ? `@anthropic-ai/claude-code-${PLATFORMS[platform]}` : null),
  async attempt({ url, key, pipe, packages, run }) {
    const program = `${packages}/claude`;
    const header = ['--header', `X-Veto-API-Key: ${key}`];
    const add = (...args: string[]) => run(program, ['mcp', 'add', '--scope', 'user', ...args], QUIET);
    const added = [
      await add('--transport', 'http', 'veto-http', url, ...header),
      await add('--transport', 'sse', 'veto-sse', url, ...header),
      await add('veto-stdio', '--env', `VETO_API_KEY=${key}`, '--', pipe.command, ...pipe.args),
    ];
    const failed = added.find(({ code }) => code !== 0);
    if (failed) return [{ transport: 'stdio', works: false, said: failed.stderr || failed.stdout }];
    const listed = await run(program, ['mcp', 'list'], QUIET);
    return [
      attemptIn(listed, 'veto-http', CONNECTED, 'Streamable HTTP'),
      attemptIn(listed, 'veto-sse', CONNECTED, 'HTTP+SSE'),
      attemptIn(listed, 'veto-stdio', CONNECTED, 'stdio'),
    ];
  },
};
