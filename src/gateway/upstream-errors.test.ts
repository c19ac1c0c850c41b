import { describe, expect, it } from 'vitest';
import { ALICE, exchangeOf, modernClient } from '../../test/doubles/rooms.ts';
import type { Resolved } from '../core/call.ts';
import type { JsonObject } from '../core/json.ts';
import { passError } from './upstream-errors.ts';

function callOf(method: string, modern: boolean, capabilities: JsonObject = {}): Resolved {
  const client = { ...exchangeOf('ping', {}).client, ...(modern ? modernClient : {}), capabilities };
  return {
    id: 'call-1',
    gateway: 'default',
    method,
    target: { kind: 'tool', name: 'it' },
    arguments: {},
    argumentsDigest: '',
    client,
    receivedAtMs: 0,
    caller: ALICE,
    upstream: 'it',
    upstreamTarget: { kind: 'tool', name: 'it' },
    definition: null,
    fingerprint: null,
    pinState: 'unpinned',
  };
}

describe('an error of an upstream', () => {
  it('passes unchanged, data included', () => {
    const error = { code: 4711, message: 'out of paper', data: { tray: 2 } };
    for (const modern of [true, false])
      expect(passError(error, callOf('tools/call', modern))).toEqual({ kind: 'error', httpStatus: 200, error });
  });

  it.each([-32020, -32022])('stays here when it speaks of the hop between gateway and server: %i', (code) => {
    const error = { code, message: 'the header `Mcp-Name` differs', data: { supported: [] } };
    const answer = passError(error, callOf('tools/call', true));
    expect(answer).toMatchObject({
      result: { isError: true, _meta: { 'veto/decision': { code: 'UPSTREAM_FAILED' } } },
    });
    expect(JSON.stringify(answer)).not.toContain('Mcp-Name');
  });

  it('about a missing capability passes when the client lacks it, and becomes a refusal when the operator withholds it', () => {
    const error = { code: -32021, message: 'm', data: { requiredCapabilities: { sampling: {} } } };
    expect(passError(error, callOf('tools/call', true))).toEqual({ kind: 'error', httpStatus: 400, error });
    expect(passError(error, callOf('tools/call', true, { sampling: {} }))).toMatchObject({
      result: { _meta: { 'veto/decision': { code: 'RELAY_REFUSED' } } },
    });
  });

  it.each([
    [-32002, true, -32602],
    [-32602, false, -32002],
    [-32002, false, -32002],
    [-32602, true, -32602],
  ])('of a resource that is not there: %i becomes, modern %s, %i', (code, modern, passed) => {
    const error = { code, message: 'not there', data: { uri: 'test://x' } };
    expect(passError(error, callOf('resources/read', modern))).toMatchObject({ error: { ...error, code: passed } });
  });
});
