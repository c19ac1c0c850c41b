// A server with more tools than fit on a page, on SDK v1 over stdio. `many-tools.ts COUNT PAGE`
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const [count = 0, page = 0] = process.argv.slice(2).map(Number);
const tools = Array.from({ length: count }, (_, n) => ({
  name: `tool_${String(n).padStart(5, '0')}`,
  description: `Tool number ${n}.`,
  inputSchema: { type: 'object' as const, properties: { n: { type: 'integer', const: n } } },
}));

// oxlint-disable-next-line typescript/no-deprecated -- the high-level server does not paginate
const server = new Server({ name: 'many-tools', version: '1.0.0' }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
  const from = Number(params?.cursor ?? 0);
  const next = from + page;
  return { tools: tools.slice(from, next), ...(next < count ? { nextCursor: String(next) } : {}) };
});
server.setRequestHandler(CallToolRequestSchema, ({ params }) => ({
  content: [{ type: 'text', text: params.name }],
}));
await server.connect(new StdioServerTransport());
