import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Obligation } from '../core/decision.ts';
import { NobodyToAsk } from './approvals.ts';

const APPROVE: Obligation = {
  kind: 'approve',
  rule: 'ask for writes',
  channels: ['slack', 'email'],
  timeoutMs: 1_800_000,
  approvers: ['bob'],
  approvalsMin: 1,
  selfApproval: true,
  allowEdit: false,
};
const OTHERS: readonly Obligation[] = [
  { kind: 'limit', rule: 'r', callsMax: 1, windowMs: 1, per: [], countAttempts: false },
  { kind: 'concurrency', rule: 'r', callsMax: 1, per: [] },
  { kind: 'redact', rule: 'r', classes: [] },
  { kind: 'alert', rule: 'r', channels: ['slack'] },
];
const room = new NobodyToAsk();

describe('the approvals room, which has no furniture yet', () => {
  it('says in plain words that nobody can be asked, and names the rule to the record only', async () => {
    const refusal = await room.demand([APPROVE], { id: 'call-1' });
    expect(refusal).toMatchObject({
      code: 'APPROVAL_REQUIRED',
      message: expect.stringMatching(/needs the approval of a person, and this gateway has no way to ask one yet/),
      detail: 'rule `ask for writes` asks for the approval of call call-1, and there is no channel to ask anybody',
    });
    expect(refusal?.message).not.toContain('ask for writes');
    expect(refusal?.retryAfterMs).toBeUndefined();
  });

  it('gives no approval, whatever else is owed, in whatever order, however often it is asked', async () => {
    const order = fc.shuffledSubarray([...OTHERS]).chain((some) => {
      return fc.nat({ max: some.length }).map((at) => [...some.slice(0, at), APPROVE, ...some.slice(at)]);
    });
    await fc.assert(
      fc.asyncProperty(order, async (obligations) => {
        expect(await room.demand(obligations, { id: 'same' })).toMatchObject({ code: 'APPROVAL_REQUIRED' });
      }),
    );
  });

  it('has nothing against calls that need nobody', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray([...OTHERS]), async (obligations) => {
        expect(await room.demand(obligations, { id: 'any' })).toBeNull();
      }),
    );
  });
});
