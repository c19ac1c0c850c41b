import { describe, expect, it } from 'vitest';
import { ALICE } from '../../test/doubles/rooms.ts';
import { ManualClock } from '../core/clock.ts';
import type { Evaluated } from '../gateway/evaluate.ts';
import { evaluateRoute } from './evaluate-route.ts';
import { listenerLimits } from './section.ts';

const ANSWER = {
  call_id: 'c',
  decision: 'allow',
  code: null,
  rule: 'r',
  reason: '',
  findings: [],
  explanation: {},
} as const;

describe('the processor time of evaluations', () => {
  it('is bounded per key: what was used up has to be waited for', async () => {
    const clock = new ManualClock();
    const limits = listenerLimits({ evaluation_ms_per_second_max: 100, evaluation_burst_ms_max: 300 });
    let workMs = 250;
    const evaluate = async (): Promise<Evaluated> => ({ kind: 'evaluation', evaluation: ANSWER, workMs });
    const route = evaluateRoute({ evaluate }, limits, clock);
    const ask = async (keyId: string) => {
      const caller = { ...ALICE, keyId };
      const body = Buffer.from('{"tool":"a"}');
      return route.handle({ gateway: 'default', params: {}, query: '', caller, body, isJson: true, address: '' });
    };
    expect((await ask('k1')).status).toBe(200);
    expect((await ask('k1')).status).toBe(200);
    const refused = await ask('k1');
    expect(refused).toMatchObject({ status: 429, type: 'application/problem+json' });
    expect((await ask('k2')).status).toBe(200);
    workMs = 0;
    clock.advance(refused.retryAfterMs ?? 0);
    expect((await ask('k1')).status).toBe(200);
    expect(refused.retryAfterMs).toBeCloseTo(2010, 0); // 500 ms used, 299 of them at once, the rest at 100 a second
  });
});
