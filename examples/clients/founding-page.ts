// The client of the founding page, corrected only where it could not work: the address is that of a gateway of your
// own, the key goes into `requestInit.headers` (the page's `headers` is no option of the transport and sends nothing),
// and the file is one that exists here. Run it beside `npm start`, on Node 24 or later, which reads TypeScript:
//
//   VETO_API_KEY=… node examples/clients/founding-page.ts notes.txt
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';

// Route MCP traffic through Veto's authorization gateway
const vetoGatewayUrl = process.env['VETO_GATEWAY_URL'] ?? 'http://127.0.0.1:8420/v1/mcp/default';
const apiKey = process.env['VETO_API_KEY'] ?? '';
const [path = '/data/report.csv'] = process.argv.slice(2);

// oxlint-disable-next-line typescript/no-deprecated -- the page shows this transport, so it has to work
const transport = new SSEClientTransport(new URL(vetoGatewayUrl), {
  requestInit: {
    headers: {
      'X-Veto-API-Key': apiKey,
    },
  },
});

const client = new Client({ name: 'my-mcp-client', version: '1.0.0' }, { capabilities: {} });
await client.connect(transport);

// List available tools (Veto filters based on policy)
const tools = await client.listTools();
console.log('Authorized tools:', tools);

// Call a tool (Veto evaluates before forwarding)
const result = await client.callTool({
  name: 'read_file',
  arguments: { path },
});
console.log('Result:', result);
await client.close();
