import { expect, it } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { ParkedCalls, type Tell } from './parked-calls.ts';

it('keeps what is said while no request waits for the call, the latest of it, and tells the retry', async () => {
  const calls = new ParkedCalls(new ManualClock(), { callsMax: 5, callsPerPrincipalMax: 5, waitMs: 1_000 });
  const { signal } = new AbortController();
  let say: Tell = () => {};
  const told: unknown[] = [];
  const hear =
    (who: string): Tell =>
    (_method, { progress }) =>
      void told.push(`${who} ${String(progress)}`);
  const turn = await calls.start({ owner: 'o', principal: 'p' }, hear('first'), signal, async (ask, tell) => {
    say = tell;
    tell('notifications/progress', { progress: 0 });
    await ask('roots/list', {});
    tell('notifications/progress', { progress: 99 });
    return { kind: 'result', result: {} };
  });
  if (turn.kind !== 'asks') throw new Error('the call did not ask');
  for (let progress = 1; progress <= 40; progress++) say('notifications/progress', { progress });
  expect(told).toEqual(['first 0']);
  const [key = ''] = Object.keys(turn.requests);
  await calls.resume(turn.id, 'o', { [key]: {} }, hear('second'), signal);
  expect(told).toEqual(['first 0', ...Array.from({ length: 32 }, (_, n) => `second ${n + 9}`), 'second 99']);
});
