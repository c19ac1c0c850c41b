import { expect, it } from 'vitest';
import { EXAMPLES_MAX, GROUPS_MAX, Tally, type Compared } from './replay.ts';

const change = (principal: string): Compared => ({
  call: `of ${principal}`,
  gateway: 'main',
  principal,
  target: 't',
  before: { effect: 'allow', rule: 'a' },
  after: { effect: 'deny', rule: 'b' },
});

it('keeps so many groups and examples, and counts what is beyond them', () => {
  const tally = new Tally();
  for (let i = 0; i < GROUPS_MAX + 7; i++) tally.add(change(`p${i}`));
  for (let i = 0; i < 10; i++) tally.add(change('p0'));
  const { compared, changed, groups, changedBeyondGroups } = tally.changes;
  expect({ compared, changed, changedBeyondGroups }).toEqual({
    compared: GROUPS_MAX + 17,
    changed: GROUPS_MAX + 17,
    changedBeyondGroups: 7,
  });
  expect(groups).toHaveLength(GROUPS_MAX);
  expect(groups[0]).toMatchObject({ principal: 'p0', calls: 11 });
  expect(groups[0]?.examples).toHaveLength(EXAMPLES_MAX);
  expect(groups.reduce((sum, { calls }) => sum + calls, 0) + changedBeyondGroups).toBe(changed);
});
