// The conformance fixture with one more tool, `note`: it writes down what reached it, before anything else, so that what
// an upstream was given can be compared with what the gateway recorded. `NOTES` names the file.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { tools } from '../conformance/fixture/features.mjs';

const say = (text) => ({ content: [{ type: 'text', text }] });

tools.clear();
tools.set('note', {
  description: 'Notes a word and answers with it',
  inputSchema: {
    type: 'object',
    properties: { nonce: { type: 'string' }, ms: { type: 'integer' } },
    required: ['nonce'],
    additionalProperties: false,
  },
  async run({ nonce, ms }) {
    appendFileSync(process.env.NOTES, `${nonce} ${process.pid}\n`);
    if (ms) await sleep(ms);
    return say(`${nonce} ${process.pid}`);
  },
});

await import('../conformance/fixture/server.mjs');
