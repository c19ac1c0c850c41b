// The tools that the founding page's policy names beside `read_file`, on SDK v1's `McpServer` over stdio. None of them
// does anything: each says what would have been done, so that a call that should not have arrived shows.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

const server = new McpServer({ name: 'founding-tools', version: '1.0.0' });
const said = (what: string) => ({ content: [{ type: 'text' as const, text: `arrived: ${what}` }] });

server.registerTool(
  'execute_query',
  {
    description: 'Runs a query on the SQL database.',
    inputSchema: { query: z.string(), database: z.string().optional() },
  },
  ({ query }) => said(query),
);
server.registerTool(
  'run_command',
  { description: 'Runs a shell command.', inputSchema: { command: z.string(), timeout: z.number().optional() } },
  ({ command }) => said(command),
);
server.registerTool(
  'http_request',
  { description: 'Sends an HTTP request.', inputSchema: { url: z.string(), method: z.string().optional() } },
  ({ url }) => said(url),
);
await server.connect(new StdioServerTransport());
