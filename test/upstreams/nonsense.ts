import type { JsonObject } from '../../src/core/json.ts';
import type { Got, Script } from './scripted-http.ts';

export const answer = (got: Got, result: JsonObject) =>
  ({ jsonrpc: '2.0', id: got.message['id'], result }) as JsonObject;
export const FINE: JsonObject = { content: [{ type: 'text', text: 'fine' }] };
export const progress = (got: Got, step: number): JsonObject => ({
  jsonrpc: '2.0',
  method: 'notifications/progress',
  params: { progressToken: got.message['id'], progress: step },
});
export const idOf = (got: Got): string => JSON.stringify(got.message['id']);
const MEGABYTE = 'x'.repeat(1_000_000);

/** What `tools/call` of the tool `bad` is answered with, and the fault that has to become of it. */
export const NONSENSE: [string, Script, string][] = [
  ['text that is no JSON', (got) => got.raw(200, 'application/json', '{"jsonrpc": '), 'upstream_protocol'],
  ['JSON that is no message', (got) => got.raw(200, 'application/json', '[1, null, {"a": 2}]'), 'upstream_protocol'],
  ['an empty body', (got) => got.raw(200, 'application/json', ''), 'upstream_protocol'],
  [
    'a result that is no object',
    (got) => got.raw(200, 'application/json', `{"jsonrpc":"2.0","id":${idOf(got)},"result":7}`),
    'upstream_protocol',
  ],
  [
    'deep nesting',
    (got) => got.raw(200, 'application/json', '['.repeat(100_000) + ']'.repeat(100_000)),
    'upstream_protocol',
  ],
  [
    'the id of another request',
    (got) => got.raw(200, 'application/json', JSON.stringify({ ...answer(got, FINE), id: 999_999 })),
    'upstream_protocol',
  ],
  [
    'its id as a string',
    (got) => got.raw(200, 'application/json', JSON.stringify({ ...answer(got, FINE), id: idOf(got) })),
    'upstream_protocol',
  ],
  ['a web page', (got) => got.raw(200, 'text/html; charset=utf-8', '<p>Log in</p>'), 'upstream_protocol'],
  ['an answer without a type', (got) => got.raw(200, '', JSON.stringify(answer(got, FINE))), 'upstream_protocol'],
  ['202 and nothing', (got) => got.raw(202, '', ''), 'upstream_protocol'],
  ['a result of an unknown type', (got) => got.result({ resultType: 'surprise' }), 'upstream_protocol'],
  ['401', (got) => got.raw(401, 'application/json', '{}'), 'upstream_unauthorized'],
  ['401 with a proper error', (got) => got.error(401, -32600), 'upstream_unauthorized'],
  ['503', (got) => got.raw(503, 'text/plain', 'down'), 'upstream_unreachable'],
  ['429', (got) => got.raw(429, 'text/plain', 'slow down'), 'upstream_overloaded'],
  ['a body larger than the limit, announced', (got) => got.result({ text: MEGABYTE }), 'result_too_large'],
  ['a body that never ends', (got) => endless(got, 'application/json', '"'), 'result_too_large'],
  ['an event that never ends', (got) => endless(got, 'text/event-stream', 'data: '), 'result_too_large'],
  ['an event larger than a result may be', (got) => got.stream()(answer(got, { text: MEGABYTE })), 'result_too_large'],
  ['an event that is no JSON', (got) => got.stream()('{"jsonrpc":'), 'upstream_protocol'],
  [
    'a stream that ends before the answer',
    (got) => {
      got.stream();
      got.res.end();
    },
    'upstream_closed',
  ],
  [
    'a stream that breaks before the answer',
    (got) => {
      got.stream()(progress(got, 1));
      setTimeout(() => got.res.destroy(), 20);
    },
    'upstream_closed',
  ],
  [
    'half an answer',
    (got) => {
      got.res.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' }).write('{"json');
      setTimeout(() => got.res.destroy(), 20);
    },
    'upstream_closed',
  ],
  ['a connection that breaks at once', (got) => got.req.socket.destroy(), 'upstream_closed'],
  ['silence', () => undefined, 'upstream_timeout'],
  [
    'silence after the headers',
    (got) => got.res.writeHead(200, { 'content-type': 'application/json' }).flushHeaders(),
    'upstream_timeout',
  ],
  ['silence on a stream', (got) => got.stream()(progress(got, 1)), 'upstream_timeout'],
  ['a flood of notices', (got) => flood(got), 'upstream_protocol'],
];

function endless(got: Got, type: string, first: string): void {
  got.res.writeHead(200, { 'content-type': type }).write(first);
  const more = (): void => {
    while (!got.res.destroyed && got.res.write('y'.repeat(65_536)));
    if (!got.res.destroyed) got.res.once('drain', more);
  };
  more();
}

function flood(got: Got): void {
  const send = got.stream();
  const more = (): void => {
    for (let n = 0; n < 100; n++)
      send({ jsonrpc: '2.0', method: 'notifications/message', params: { data: 'z'.repeat(500) } });
    if (!got.res.destroyed) setImmediate(more);
  };
  more();
}
