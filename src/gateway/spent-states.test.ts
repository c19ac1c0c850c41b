import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { SpentStates } from './spent-states.ts';

describe('spent states', () => {
  it('are refused until they expire, whoever else used which', () => {
    const clock = new ManualClock();
    const spent = new SpentStates(clock, 10);
    const untilMs = clock.nowMs() + 1_000;
    expect(spent.spend('alice', 'a', untilMs)).toBeNull();
    expect(spent.spend('alice', 'a', untilMs)).toMatchObject({ code: 'PARAMS_INVALID' });
    expect(spent.spend('bob', 'a', untilMs)).toBeNull();
    clock.advance(1_000);
    expect(spent.spend('alice', 'a', untilMs)).toMatchObject({ code: 'PARAMS_INVALID' });
  });

  it('fill the memory of one principal only, and it empties with time', () => {
    const clock = new ManualClock();
    const spent = new SpentStates(clock, 3);
    const untilMs = clock.nowMs() + 1_000;
    for (const id of ['a', 'b', 'c']) expect(spent.spend('alice', id, untilMs)).toBeNull();
    expect(spent.spend('alice', 'd', untilMs)).toMatchObject({ code: 'OVERLOADED', retryAfterMs: 1_000 });
    expect(spent.spend('bob', 'd', untilMs)).toBeNull();
    clock.advance(1_001);
    expect(spent.spend('alice', 'd', untilMs + 2_000)).toBeNull();
  });

  it('are good again once they were given back, for whoever used them up', () => {
    const clock = new ManualClock();
    const spent = new SpentStates(clock, 10);
    const untilMs = clock.nowMs() + 1_000;
    for (const who of ['alice', 'bob']) expect(spent.spend(who, 'a', untilMs)).toBeNull();
    spent.giveBack('alice', 'a');
    expect(spent.spend('alice', 'a', untilMs)).toBeNull();
    expect(spent.spend('bob', 'a', untilMs)).toMatchObject({ code: 'PARAMS_INVALID' });
  });
});
