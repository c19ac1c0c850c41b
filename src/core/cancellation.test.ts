import { expect, it } from 'vitest';
import { Canceller, signalOf } from './cancellation.ts';

it('tells every listener once, and none that left', () => {
  const canceller = new Canceller();
  const told: string[] = [];
  const leaving = (): unknown => told.push('left');
  canceller.addEventListener('abort', () => told.push('first'));
  canceller.addEventListener('abort', leaving);
  canceller.addEventListener('abort', () => told.push('second'));
  canceller.removeEventListener('abort', leaving);
  expect(canceller.aborted).toBe(false);
  canceller.abort();
  canceller.abort();
  expect([canceller.aborted, told]).toEqual([true, ['first', 'second']]);
});

it('does not tell who left meanwhile, and tells the others whatever one of them throws', () => {
  const canceller = new Canceller();
  const told: string[] = [];
  const last = (): unknown => told.push('last');
  canceller.addEventListener('abort', () => {
    canceller.removeEventListener('abort', last);
    throw new Error('oh');
  });
  canceller.addEventListener('abort', last);
  canceller.addEventListener('abort', () => told.push('other'));
  expect(() => canceller.abort()).toThrow('oh');
  expect(told).toEqual(['other']);
});

it('leaves the listeners of one alone when another has none', () => {
  const [one, other] = [new Canceller(), new Canceller()];
  const run = (): void => undefined;
  one.addEventListener('abort', run);
  one.removeEventListener('abort', run);
  let told = 0;
  other.addEventListener('abort', () => told++);
  one.abort();
  expect(told).toBe(0);
  other.abort();
  expect(told).toBe(1);
});

it('becomes a signal that aborts with it', () => {
  const { signal } = new AbortController();
  expect(signalOf(signal)).toBe(signal);
  const canceller = new Canceller();
  const made = signalOf(canceller);
  expect(made.aborted).toBe(false);
  canceller.abort();
  expect([made.aborted, signalOf(canceller).aborted]).toEqual([true, true]);
});
