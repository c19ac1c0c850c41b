import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptIn, type RealClient } from './real-client.ts';

const CONNECTED = /- Connected/;

/** Google's command line; `mcp list` works without signing in. */
export const geminiCli: RealClient = {
  name: 'Gemini CLI',
  package: () => '@google/gemini-cli',
  async attempt({ url, key, pipe, home, packages, run }) {
    const headers = { 'X-Veto-API-Key': key };
    const mcpServers = {
      'veto-http': { httpUrl: url, headers },
      'veto-sse': { url, type: 'sse', headers },
      'veto-stdio': { command: pipe.command, args: pipe.args, env: { VETO_API_KEY: key } },
    };
    const folder = join(home, '.gemini');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'settings.json'), JSON.stringify({ mcpServers }));
    // It starts no server in a folder that nobody has trusted.
    await writeFile(join(folder, 'trustedFolders.json'), JSON.stringify({ [home]: 'TRUST_FOLDER' }));
    const listed = await run(`${packages}/bundle/gemini.js`, ['mcp', 'list']);
    return [
      attemptIn(listed, 'veto-http', CONNECTED, 'Streamable HTTP'),
      attemptIn(listed, 'veto-sse', CONNECTED, 'HTTP+SSE'),
      attemptIn(listed, 'veto-stdio', CONNECTED, 'stdio'),
    ];
  },
};
