import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../core/canonical-json.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { encodeRecord } from './encode.ts';
import { matchesQuery, prepareGlance, readBody, readHead } from './match.ts';
import type { AuditRecord } from './record.ts';

const base: AuditRecord = { kind: 'intend', atMs: 5, callId: 'c1', gateway: 'default' };
const tight = { argumentBytesMax: 64, detailBytesMax: 64, fieldCharsMax: 32 };

describe('encodeRecord', () => {
  it('has one order, whatever the order of the fields', () => {
    const mixed: AuditRecord = {
      target: 't',
      gateway: 'default',
      callId: 'c1',
      atMs: 5,
      kind: 'intend',
      arguments: { b: 1, a: 2 },
    };
    const text = '{"kind":"intend","atMs":5,"callId":"c1","gateway":"default","target":"t","arguments":{"b":1,"a":2}}';
    expect(encodeRecord(mixed)).toBe(text);
  });

  it('keeps every field of a record', () => {
    const every: Required<AuditRecord> = {
      kind: 'settle',
      atMs: 1,
      callId: 'c',
      gateway: 'g',
      principal: 'p',
      onBehalfOf: 'o',
      keyId: 'k',
      address: 'a',
      client: { name: 'n' },
      method: 'm',
      server: 's',
      target: 't',
      fingerprint: 'f',
      arguments: [1],
      argumentsDigest: 'd',
      decision: 'allow',
      rule: 'r',
      policyHash: 'h',
      facts: { kind: 'user' },
      shadow: { effect: 'deny', rules: ['r'] },
      alerts: ['slack'],
      code: 'c',
      reason: 'why',
      findings: [],
      outcome: 'ok',
      durationMs: 2,
      resultDigest: 'x',
      resultBytes: 3,
      detail: null,
    };
    expect(readBody(encodeRecord(every))).toEqual(every);
  });

  it('says the same of a short record whether its parts are measured or not', () => {
    const part = fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 0 })) as fc.Arbitrary<JsonObject>;
    const some = fc.option(
      part.filter((value) => JSON.stringify(value).length <= 66),
      { nil: undefined },
    );
    const records = fc.record({ arguments: some, findings: some, client: some, facts: some, detail: some });
    fc.assert(
      fc.property(records, fc.string({ minLength: 60 }), (parts, rule) => {
        const record: AuditRecord = { ...base, rule, ...parts };
        const measured = encodeRecord(record, { argumentBytesMax: 200, detailBytesMax: 200, fieldCharsMax: 4_096 });
        expect(encodeRecord(record)).toBe(measured);
      }),
    );
  });

  it('cuts long arguments and says so', () => {
    const value = { text: 'é'.repeat(100) };
    const whole = JSON.stringify(value);
    const body = readBody(encodeRecord({ ...base, arguments: value }, tight));
    expect(body?.['arguments']).toBe(whole.slice(0, 9 + (64 - 9) / 2 - 0.5));
    expect(body?.['argumentsCut']).toEqual({ bytes: 211, digest: sha256(whole) });
  });

  it('cuts long text fields and says so', () => {
    const body = readBody(encodeRecord({ ...base, target: 'x'.repeat(40) }, tight));
    expect(body?.['target']).toBe(`${'x'.repeat(32)}… [cut, 40 characters, sha256 ${sha256('x'.repeat(40))}]`);
  });

  it('stays one bounded line of JSON, whatever is in it', () => {
    const anything = fc.jsonValue({ depthSize: 'medium' }) as fc.Arbitrary<JsonValue>;
    fc.assert(
      fc.property(anything, fc.string({ unit: 'binary' }), (value, text) => {
        const body = encodeRecord({ ...base, arguments: value, detail: value, target: text, reason: text }, tight);
        // oxlint-disable-next-line no-control-regex
        expect(body).not.toMatch(/[\u0000-\u001f]/);
        expect(body.length).toBeLessThan(2_000);
        expect(readBody(body)).toMatchObject({ kind: 'intend', callId: 'c1' });
      }),
    );
  });
});

describe('matchesQuery', () => {
  const body = readBody(encodeRecord({ ...base, principal: 'alice' })) ?? {};
  it.each([
    [{}, true],
    [{ principal: 'alice', kinds: ['intend' as const] }, true],
    [{ principal: 'bob' }, false],
    [{ server: 'files' }, false],
    [{ kinds: [] }, false],
    [{ sinceMs: 5, untilMs: 5 }, true],
    [{ sinceMs: 6 }, false],
    [{ untilMs: 4 }, false],
  ])('%j is %s', (query, expected) => {
    expect(matchesQuery(body, { ...query, limit: 1 })).toBe(expected);
  });

  it('reads broken bodies as nothing', () => {
    expect([readBody('{'), readBody('[]'), readBody('')]).toEqual([null, null, null]);
  });
});

it('reads the head of a body as it stands in the whole', () => {
  const trap = fc.constantFrom(',"arguments":', '"detail":1', '\\', ',\\"facts\\":{', '"}');
  const text = fc.oneof(trap, fc.string({ unit: 'binary' }));
  const anything = fc.oneof(text, fc.jsonValue() as fc.Arbitrary<JsonValue>);
  fc.assert(
    fc.property(text, text, anything, anything, (principal, reason, args, detail) => {
      const record = { ...base, principal, reason, durationMs: 1.5 };
      const body = encodeRecord({ ...record, arguments: args, client: { name: reason }, detail }, tight);
      expect(readHead(body)).toEqual(readBody(encodeRecord(record, tight)));
      expect(readHead(encodeRecord(record, tight))).toEqual(readBody(encodeRecord(record, tight)));
    }),
  );
  expect([readHead('{'), readHead('[]'), readHead('')]).toEqual([null, null, null]);
});

it('glances past a body only when it does not answer', () => {
  const word = fc.oneof(fc.constantFrom('a', '"', 'p\\'), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(word, word, fc.dictionary(word, word), (principal, target, args) => {
      const body = encodeRecord({ ...base, principal, target, arguments: args });
      expect(prepareGlance({ principal, target, gateway: 'default', limit: 1 })(body)).toBe(true);
      expect(prepareGlance({ server: target, limit: 1 })(encodeRecord({ ...base, target }))).toBe(false);
    }),
  );
});
