import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptIn, type RealClient } from './real-client.ts';

const PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
};
const CONNECTED = /✓.* connected/;

/** An agent for the terminal; its binary comes in a package of the platform. */
export const opencode: RealClient = {
  name: 'opencode',
  package: (platform) => (PLATFORMS[platform] ? `opencode-${PLATFORMS[platform]}` : null),
  async attempt({ url, key, pipe, home, packages, run }) {
    const headers = { 'X-Veto-API-Key': key };
    const mcp = {
      'veto-http': { type: 'remote', url, headers, oauth: false, enabled: true },
      'veto-stdio': {
        type: 'local',
        command: [pipe.command, ...pipe.args],
        environment: { VETO_API_KEY: key },
        enabled: true,
      },
    };
    const folder = join(home, '.config', 'opencode');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'opencode.json'), JSON.stringify({ autoupdate: false, mcp }));
    const listed = await run(`${packages}/bin/opencode`, ['mcp', 'list']);
    return [
      attemptIn(listed, 'veto-http', CONNECTED, 'Streamable HTTP'),
      attemptIn(listed, 'veto-stdio', CONNECTED, 'stdio'),
    ];
  },
};
