// Starts a gateway inside a program: one server behind it, one policy in front, one key, one call that passes and one
// that does not.
// npm install veto-mcp-gateway && node gateway.mjs
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway } from 'veto-mcp-gateway';

const store = await mkdtemp(join(tmpdir(), 'veto-embedded-'));
const gateway = await startGateway({
  folder: import.meta.dirname,
  config: {
    store,
    gateways: {
      default: {
        upstreams: ['greeter'],
        policies: [
          { version: 1, default: 'deny', policies: [{ name: 'greet', match: { tool: 'greet' }, action: 'allow' }] },
        ],
      },
    },
    upstreams: { greeter: { command: process.execPath, args: [join(import.meta.dirname, 'greeter.mjs')] } },
  },
  port: 0,
  report: (sentence) => console.error(sentence),
});
const { text: key } = await gateway.createKey({ name: 'example', principal: { id: 'alice' } });

/** @param {string} tool */
async function call(tool) {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const response = await fetch(gateway.endpoint(), {
    method: 'POST',
    headers: {
      'X-Veto-API-Key': key,
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': 'tools/call',
      'Mcp-Name': tool,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: {}, _meta } }),
  });
  const { result, error } = await response.json();
  return result?.content[0].text ?? error.message;
}

console.log('greet:', await call('greet'));
console.log('shout:', await call('shout'));
await gateway.close();
await rm(store, { recursive: true });
