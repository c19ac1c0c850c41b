// A small MCP server over stdio, for the example beside it.
import { createInterface } from 'node:readline';

const inputSchema = { type: 'object', properties: {} };
const tools = ['greet', 'shout'].map((name) => ({ name, description: `Answers with a ${name}`, inputSchema }));

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  const reply = (/** @type {object} */ answer) => console.log(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
  const { protocolVersion } = params ?? {};
  if (id === undefined) continue;
  if (method === 'initialize') {
    const serverInfo = { name: 'greeter', version: '1.0.0' };
    reply({ result: { protocolVersion, capabilities: { tools: {} }, serverInfo } });
  } else if (method === 'tools/list') reply({ result: { tools } });
  else if (method === 'tools/call') reply({ result: { content: [{ type: 'text', text: `${params.name}: hello` }] } });
  else reply({ error: { code: -32601, message: `there is no method ${method}` } });
}
