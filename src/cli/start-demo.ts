// `npm start`: the demonstration. Enters: nothing. Leaves: a gateway that serves, with everything needed to try it.
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { keepCompiledCode, writeCompiledCode } from './compile-cache.ts';
import { tuneHeap } from './heap.ts';
import { processIo, untilAborted, type Io } from './io.ts';
import { paint, UsageError } from './output.ts';
import { surroundingsOf } from './surroundings.ts';

const CONFIG = join(import.meta.dirname, '../../examples/demo/veto.yaml');

/** What a person pastes; every line works as it stands. */
function welcome(io: Io, url: string, key: string): string {
  const endpoint = `${url}/v1/mcp/default`;
  const call = (path: string): string =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: 'read_file',
        arguments: { path },
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    });
  const heading = (text: string): string => paint(io, 'bold', text);
  return `
${heading('veto listens')} on ${url}, with a file-system server behind the founding page's policy

  endpoint  ${endpoint}
  API key   ${key}   (a new one with every start)

${heading('read a file, then one that the policy keeps back')} (change \`report.csv\` to \`../../../etc/passwd\`)

  curl -s ${endpoint} -H 'X-Veto-API-Key: ${key}' \\
    -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\
    -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/call' -H 'Mcp-Name: read_file' \\
    -d '${call('report.csv')}'

${heading('connect a client')} (Claude Code by the command, or it and Cursor by the JSON; docs/clients.md has others)

  claude mcp add --transport http veto ${endpoint} --header "X-Veto-API-Key: ${key}"

  { "mcpServers": { "veto": { "type": "http", "url": "${endpoint}", "headers": { "X-Veto-API-Key": "${key}" } } } }

${heading('see what was decided')}

  ./veto audit tail

Ctrl-C stops it.
`;
}

async function start(io: Io, argv: readonly string[]): Promise<void> {
  const { issueKey } = await import('../authn/issue-key.ts');
  const { serveVeto } = await import('../main.ts');
  const { settingsFor } = await import('./settings-for.ts');
  const port = argv[0] === '--port' ? Number(argv[1]) : undefined;
  const store = io.env['VETO_STORE'] === undefined ? { store: join(io.folder, 'veto-data') } : {};
  const flags = { ...store, ...(port === undefined ? {} : { port }) };
  const { settings } = settingsFor({ config: CONFIG }, io, flags);
  const serving = await serveVeto(settings, surroundingsOf(io));
  const principal = { id: 'demo', kind: 'user', groups: [], roles: [], attributes: {} } as const;
  const { text, entry } = issueKey(
    { name: `demo ${io.clock.nowMs()}`, gateway: 'default', principal, expiresAtMs: null },
    io.clock.nowMs(),
  );
  serving.store.keys.add(entry);
  io.out(welcome(io, serving.listener.url, text));
  writeCompiledCode(io.clock);
  await untilAborted(io.signal);
  serving.store.keys.revoke(entry.id, io.clock.nowMs());
  await serving.close();
}

tuneHeap();
keepCompiledCode(process.env);
const io = processIo();
await start(io, process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof UsageError || error instanceof Fault)) throw error;
  io.err(`${error.message}\n`);
  process.exitCode = 2;
});
