import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { errorText, eventText, legacyResult, modernError, modernResult, primingText } from './server-messages.ts';

const info = { name: 'veto', version: '1' };
const named = { 'io.modelcontextprotocol/serverInfo': info };

describe('results of 2026-07-28', () => {
  it.each<[string, string, JsonObject, JsonObject]>([
    ['completes', 'tools/call', { content: [] }, { content: [], resultType: 'complete', _meta: named }],
    [
      'scopes every list to its caller, whatever the upstream said',
      'tools/list',
      { tools: [], ttlMs: 500, cacheScope: 'public' },
      { tools: [], resultType: 'complete', ttlMs: 500, cacheScope: 'private', _meta: named },
    ],
    [
      'makes a freshness that is none zero',
      'resources/read',
      { contents: [], ttlMs: -1 },
      { contents: [], resultType: 'complete', ttlMs: 0, cacheScope: 'private', _meta: named },
    ],
    [
      'gives no hints with a question',
      'resources/read',
      { resultType: 'input_required', requestState: 's' },
      { resultType: 'input_required', requestState: 's', _meta: named },
    ],
    [
      'keeps what the result says of its server',
      'ping',
      { _meta: { ...named, a: 1 } },
      { resultType: 'complete', _meta: { ...named, a: 1 } },
    ],
    ['lets a task be one', 'tools/call', { resultType: 'task' }, { resultType: 'task', _meta: named }],
  ])('%s', (_, method, result, encoded) => {
    expect(modernResult(method, result, info)).toEqual(encoded);
  });

  it('ask for input where MRTR allows it only', () => {
    expect(modernResult('tools/list', { resultType: 'input_required' }, info)).toBeNull();
  });

  it.each([
    [-32002, -32602],
    [-32042, -32603],
    [-32020, -32020],
    [-32021, -32021],
    [-32022, -32022],
    [-32023, -32603],
    [-32099, -32603],
    [-32019, -32019],
    [-32100, -32100],
    [-31012, -31012],
    [-32700, -32700],
  ])('send the error code %i as %i', (code, sent) => {
    expect(modernError({ code, message: 'm', data: 1 })).toEqual({ code: sent, message: 'm', data: 1 });
  });
});

describe('results of earlier revisions', () => {
  it.each<[string, string, JsonObject, JsonObject | null]>([
    ['stay as they are', 'tools/call', { content: [], _meta: { a: 1 } }, { content: [], _meta: { a: 1 } }],
    [
      'lose what came later',
      'tools/list',
      { tools: [], resultType: 'complete', ttlMs: 1, cacheScope: 'private', _meta: named },
      { tools: [] },
    ],
    ['keep their own `ttlMs` where it is no hint', 'tools/call', { ttlMs: 7 }, { ttlMs: 7 }],
    ['are no questions', 'tools/call', { resultType: 'input_required' }, null],
    ['have no structure but objects', 'tools/call', { content: [], structuredContent: [1] }, { content: [] }],
    [
      'keep structure that is an object',
      'tools/call',
      { structuredContent: { a: [] } },
      { structuredContent: { a: [] } },
    ],
    [
      'announce no structure but objects',
      'tools/list',
      {
        tools: [
          { name: 'a', outputSchema: { type: 'array' } },
          { name: 'b', outputSchema: { type: 'object' } },
        ],
      },
      { tools: [{ name: 'a' }, { name: 'b', outputSchema: { type: 'object' } }] },
    ],
  ])('%s', (_, method, result, encoded) => {
    expect(legacyResult(method, result)).toEqual(encoded);
  });

  it('leave the result that they were given alone', () => {
    const result = { tools: [], resultType: 'complete', _meta: { ...named, a: 1 } };
    const before = structuredClone(result);
    legacyResult('tools/list', result);
    modernResult('tools/list', result, info);
    expect(result).toEqual(before);
  });
});

describe('texts', () => {
  it('have no line breaks of their own, whatever they carry', () => {
    const text = errorText('a\nb', { code: 1, message: 'x\r\ny\u2028z' });
    expect(text).not.toMatch(/[\r\n]/);
    expect(eventText(text, 'p1-1')).toBe(`event: message\nid: p1-1\ndata: ${text}\n\n`);
  });

  it('leave out the id that could not be read', () => {
    expect(errorText(null, { code: -32700, message: 'no' })).toBe(
      '{"jsonrpc":"2.0","error":{"code":-32700,"message":"no"}}',
    );
  });

  it('prime a stream', () => {
    expect(primingText('p1-0', 1000)).toBe('id: p1-0\nretry: 1000\ndata: \n\n');
  });
});
