import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesQuery } from '../../audit/match.ts';
import { prepareTest, sign, SIGNATURE_BYTES } from './signature.ts';

const word = fc.oneof(fc.constantFrom('a', 'b', ''), fc.string());
const body = fc.record(
  {
    kind: fc.constantFrom('intend', 'settle'),
    gateway: word,
    principal: word,
    server: word,
    target: word,
    code: word,
    callId: word,
  },
  { requiredKeys: [] },
);
const query = fc.record(
  {
    kinds: fc.array(fc.constantFrom('intend' as const, 'settle' as const)),
    gateway: word,
    principal: word,
    target: word,
    code: word,
    callId: word,
  },
  { requiredKeys: [] },
);

describe('signature', () => {
  it('never denies what is there', () => {
    fc.assert(
      fc.property(fc.array(body, { minLength: 1, maxLength: 128 }), query, (bodies, asked) => {
        const signature = new Uint8Array(SIGNATURE_BYTES);
        for (const one of bodies) sign(signature, one);
        const found = bodies.some((one) => matchesQuery(one, { ...asked, limit: 1 }));
        expect(found && !prepareTest({ ...asked, limit: 1 })(signature)).toBe(false);
      }),
    );
  });

  it('denies nearly everything that is not there, in a full and varied stretch', () => {
    const signature = new Uint8Array(SIGNATURE_BYTES);
    for (let n = 0; n < 128; n++) {
      sign(signature, {
        kind: 'intend',
        gateway: 'default',
        principal: `p${n % 50}`,
        server: 's',
        target: `t${n % 20}`,
        callId: `call-${n >> 1}`,
      });
    }
    let wrong = 0;
    for (let n = 0; n < 10_000; n++) if (prepareTest({ callId: `other-${n}`, limit: 1 })(signature)) wrong++;
    expect(wrong).toBeLessThan(200);
  });
});
