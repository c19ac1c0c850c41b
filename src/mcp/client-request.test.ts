import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { legacyMeta, modernMeta, ProgressFilter } from './client-request.ts';

const us = { name: 'veto', version: '0' };

describe('_meta towards upstreams', () => {
  it('carries our own identity and token over whatever the caller hands in', () => {
    const meta = { 'io.modelcontextprotocol/protocolVersion': 'x', progressToken: 'theirs', traceparent: '00-a-b-01' };
    expect(modernMeta('2026-07-28', us, { roots: {} }, meta, 5)).toEqual({
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': us,
      'io.modelcontextprotocol/clientCapabilities': { roots: {} },
      progressToken: 5,
      traceparent: '00-a-b-01',
    });
  });

  it('leaves modern keys out of legacy requests', () => {
    expect(legacyMeta({ 'io.modelcontextprotocol/logLevel': 'info' }, null)).toBeNull();
    expect(legacyMeta({ traceparent: 't', 'io.modelcontextprotocol/logLevel': 'info' }, 3)).toEqual({
      traceparent: 't',
      progressToken: 3,
    });
  });
});

describe('ProgressFilter', () => {
  it('lets only growing progress through, without its token', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.double(), fc.integer(), fc.constant('7'))), (steps) => {
        const filter = new ProgressFilter();
        const passed = steps.map((progress) => filter.pass({ progressToken: 1, progress })).filter((p) => p !== null);
        const values = passed.map((p) => Number(p['progress']));
        expect(values.every((value, i) => i === 0 || value > (values[i - 1] ?? NaN))).toBe(true);
        expect(passed.every((p) => !('progressToken' in p))).toBe(true);
      }),
    );
  });
});
