import { expect, it } from 'vitest';
import { newId, newSecret } from './ids.ts';
import { Permit } from './permit.ts';

it('makes ids of version 7 that sort by time and never repeat', () => {
  const ids = Array.from({ length: 5_000 }, (_, i) => newId(1_700_000_000_000 + i));
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(Array.from({ length: 20_000 }, () => newId(1))).size).toBe(20_000);
});

it('makes secrets of 256 bits', () => {
  expect(Buffer.from(newSecret(), 'base64url')).toHaveLength(32);
});

it('lets a permit be spent once', () => {
  const judged = { call: {}, params: {} } as unknown as Parameters<typeof Permit.grant>[0];
  const permit = Permit.grant(judged);
  expect(permit.spend()).toBe(judged);
  expect(() => permit.spend()).toThrow('spent twice');
});
