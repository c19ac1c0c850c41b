import { expect, it } from 'vitest';
import { LateAnswers } from './late-answers.ts';

it('takes one answer to each request that was given up, and forgets the oldest of very many', () => {
  const late = new LateAnswers();
  late.expect(1);
  expect([late.take(2), late.take(1), late.take(1)]).toEqual([false, true, false]);
  const many = Array.from({ length: 5000 }, (_, n) => n + 10);
  for (const id of many) late.expect(id);
  expect(many.map((id) => late.take(id))).toEqual(many.map((_, n) => n >= 5000 - 4096));
});
