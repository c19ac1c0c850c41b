import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../core/json.ts';
import { readBatch } from './batch.ts';

const ping = (id: JsonValue) => ({ jsonrpc: '2.0', id, method: 'ping' });
const note = { jsonrpc: '2.0', method: 'notifications/x' };
const answer = { jsonrpc: '2.0', id: 1, result: {} };
const modern = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };

describe('readBatch', () => {
  it.each<[string, JsonValue[]]>([
    ['requests and notifications', [ping(1), note, ping('1')]],
    ['responses', [answer, { ...answer, id: 2 }]],
  ])('takes %s', (_, items) => {
    expect(readBatch(items, 3)).toMatchObject(
      items.map((item) => ({ kind: expect.any(String) as string, ...pick(item) })),
    );
  });

  it.each<[string, JsonValue[], string]>([
    ['nothing', [], 'one to 3'],
    ['too much', [note, note, note, note], 'one to 3'],
    ['what is no message', [ping(1), 7], 'not one JSON-RPC'],
    ['a batch within', [[ping(1)]], 'not one JSON-RPC'],
    ['an id twice', [ping(1), ping(1)], 'same `id`'],
    ['requests and responses', [ping(1), answer], 'mixes'],
    ['`initialize`', [{ ...ping(1), method: 'initialize' }], 'another revision'],
    ['a request of 2026-07-28', [{ ...ping(1), params: { _meta: modern } }], 'another revision'],
    ['`server/discover`', [{ ...ping(1), method: 'server/discover' }], 'another revision'],
  ])('refuses %s', (_, items, why) => {
    expect(readBatch(items, 3)).toContain(why);
  });
});

function pick(item: JsonValue): Record<string, unknown> {
  const { id, method } = item as { id?: unknown; method?: unknown };
  return { ...(id === undefined ? {} : { id }), ...(method === undefined ? {} : { method }) };
}
