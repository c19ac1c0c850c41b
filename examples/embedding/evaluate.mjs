// Asks a policy without a gateway: what would be decided, by which rule, and why.
// npm install veto-mcp-gateway && node evaluate.mjs
import { loadPolicy } from 'veto-mcp-gateway';

const policy = await loadPolicy(`
version: 1
default: deny
policies:
  - name: readers may read
    match:
      principal: { groups_any: [readers] }
      tool: execute_query
      arguments: { query: { type: sql, statements: [select] } }
    action: allow
  - name: writes need a person
    match:
      principal: { groups_any: [readers] }
      tool: execute_query
      arguments: { query: { type: sql, statements: [insert, update, delete] } }
    action: require_approval
`);

// What the server says of the tool: by this the guards know that `query` is SQL, whatever the rules say.
const definition = {
  name: 'execute_query',
  description: 'Runs a SQL query',
  inputSchema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
};
const principal = { id: 'alice', groups: ['readers'] };
for (const query of [
  'SELECT name FROM users',
  'DELETE FROM users WHERE id = 7',
  'SELECT pg_read_file($$/etc/passwd$$)',
]) {
  const { decision, rule, reason } = policy.evaluate({
    tool: 'execute_query',
    definition,
    arguments: { query },
    principal,
  });
  console.log(`${decision.padEnd(16)} ${query}  (${rule}: ${reason})`);
}
