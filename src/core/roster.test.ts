import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Roster } from './roster.ts';

it('holds what a set would hold', () => {
  const step = fc.record({ add: fc.boolean(), entry: fc.integer({ min: 0, max: 12 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const roster = new Roster<number>();
      const model = new Set<number>();
      for (const { add, entry } of steps) {
        if (add && !model.has(entry)) roster.add(entry);
        if (add) model.add(entry);
        else {
          roster.remove(entry);
          model.delete(entry);
        }
        expect(roster.size).toBe(model.size);
        expect(new Set(roster.all())).toEqual(model);
        expect(roster.find((one) => one === entry)).toBe(model.has(entry) ? entry : undefined);
      }
    }),
  );
});

it('shows what was in when it was asked, whatever leaves meanwhile', () => {
  const roster = new Roster<string>();
  for (const name of ['a', 'b', 'c']) roster.add(name);
  const seen: string[] = [];
  for (const name of roster.all()) {
    roster.remove(name);
    seen.push(name);
  }
  expect([seen.toSorted(), roster.size]).toEqual([['a', 'b', 'c'], 0]);
});
