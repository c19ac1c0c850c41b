// A client on version 1 of the TypeScript SDK: sessions over Streamable HTTP.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const url = new URL(process.env['VETO_GATEWAY_URL'] ?? 'http://127.0.0.1:8420/v1/mcp/default');
const transport = new StreamableHTTPClientTransport(url, {
  requestInit: { headers: { 'X-Veto-API-Key': process.env['VETO_API_KEY'] ?? '' } },
});
const client = new Client({ name: 'my-client', version: '1.0.0' });
await client.connect(transport);

for (const tool of (await client.listTools()).tools) console.log(tool.name);
const result = await client.callTool({ name: 'read_file', arguments: { path: process.argv[2] ?? 'notes.txt' } });
// A refusal is a result that the model can read: `isError`, the reason as text, and the code for programs.
if (result.isError === true) console.log('refused:', result._meta?.['veto/decision']);
console.log(result.content);
await client.close();
