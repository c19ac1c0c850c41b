import { createServer, type IncomingHttpHeaders } from 'node:http';
import { once } from 'node:events';

export interface Reached {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A legacy server over Streamable HTTP with two tools, which keeps every request that reaches it. */
export interface RecordingUpstream {
  readonly url: string;
  readonly reached: Reached[];
  /** Bodies of `tools/call`, parsed. */
  calls(): { readonly params: { readonly name: string; readonly arguments: Record<string, unknown> } }[];
  stop(): Promise<void>;
}

const TOOLS = ['read', 'write'].map((name) => ({ name, inputSchema: { type: 'object' } }));
const RESULTS: Readonly<Record<string, object>> = {
  initialize: {
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'recording', version: '1' },
  },
  'tools/list': { tools: TOOLS },
  'tools/call': { content: [{ type: 'text', text: 'done' }] },
};

export async function startRecordingUpstream(): Promise<RecordingUpstream> {
  const reached: Reached[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      reached.push({ headers: req.headers, body });
      if (req.method !== 'POST') return void res.writeHead(405).end();
      const { id, method } = JSON.parse(body) as { id?: number; method: string };
      if (id === undefined) return void res.writeHead(202).end();
      const result = RESULTS[method];
      const error = { code: -32601, message: 'no such method' };
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ jsonrpc: '2.0', id, ...(result ? { result } : { error }) }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/mcp`,
    reached,
    calls: () => reached.filter(({ body }) => body.includes('"tools/call"')).map(({ body }) => JSON.parse(body)),
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
