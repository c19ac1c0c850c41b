import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Real programs of `test/peers`, by the file that Node runs. */
const peers = createRequire(new URL('../peers/package.json', import.meta.url));
const script = (path: string): string => peers.resolve(path);
const inPackage = (name: string, path: string): string =>
  fileURLToPath(new URL(`../peers/node_modules/${name}/${path}`, import.meta.url));

export const INSPECTOR = inPackage('@modelcontextprotocol/inspector', 'clients/launcher/build/index.js');
export const MCP_REMOTE = inPackage('mcp-remote', 'dist/proxy.js');

export const SERVERS = {
  everything: script('@modelcontextprotocol/server-everything/dist/index.js'),
  files: script('@modelcontextprotocol/server-filesystem/dist/index.js'),
  memory: script('@modelcontextprotocol/server-memory/dist/index.js'),
  thinking: script('@modelcontextprotocol/server-sequential-thinking/dist/index.js'),
  github: script('@modelcontextprotocol/server-github/dist/index.js'),
  postgres: script('@modelcontextprotocol/server-postgres/dist/index.js'),
  playwright: inPackage('@playwright/mcp', 'cli.js'),
  sqlite: inPackage('mcp-server-sqlite-npx', 'dist/index.js'),
} as const;
