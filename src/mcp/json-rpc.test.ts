import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../core/json.ts';
import { readMessage } from './json-rpc.ts';

describe('readMessage', () => {
  it.each<[JsonValue, string | undefined]>([
    [{ jsonrpc: '2.0', id: 1, method: 'ping' }, 'request'],
    [{ jsonrpc: '2.0', id: 'a', method: 'ping', params: {} }, 'request'],
    [{ jsonrpc: '2.0', method: 'notifications/x' }, 'notification'],
    [{ jsonrpc: '2.0', id: 1, result: {} }, 'result'],
    [{ jsonrpc: '2.0', id: 1, error: { code: -1, message: 'no' } }, 'error'],
    [{ jsonrpc: '2.0', id: null, error: { code: -1 } }, 'error'],
    [{ jsonrpc: '2.0', error: { code: -1 } }, 'error'],
    [{ jsonrpc: '1.0', id: 1, result: {} }, undefined],
    [{ id: 1, result: {} }, undefined],
    [{ jsonrpc: '2.0', id: null, result: {} }, undefined],
    [{ jsonrpc: '2.0', id: 1.5, result: {} }, undefined],
    [{ jsonrpc: '2.0', id: 1, result: 'text' }, undefined],
    [{ jsonrpc: '2.0', id: 1, method: 7 }, undefined],
    [{ jsonrpc: '2.0', id: 1, method: 'x', params: [] }, undefined],
    [{ jsonrpc: '2.0', id: null, method: 'x' }, undefined],
    [{ jsonrpc: '2.0', id: 1, error: { code: 'x' } }, undefined],
    [{ jsonrpc: '2.0', id: 1 }, undefined],
    [[], undefined],
    [null, undefined],
    ['text', undefined],
  ])('reads %j as %s', (value, kind) => {
    expect(readMessage(value)?.kind).toBe(kind);
  });
});
