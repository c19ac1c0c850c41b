import { describe, expect, it } from 'vitest';
import { CALL_RULES } from './tidy/call-rules.ts';
import { AWAITING, DEAD_RULES, hasCome } from './tidy/dead-rules.ts';
import { houseOf, readHouse } from './tidy/house.ts';
import { IMPORT_RULES } from './tidy/import-rules.ts';
import { NAME_RULES } from './tidy/name-rules.ts';
import { SHAPE_RULES } from './tidy/shape-rules.ts';
import { TEXT_RULES } from './tidy/text-rules.ts';

const house = readHouse(process.cwd());
const RULES = [...IMPORT_RULES, ...SHAPE_RULES, ...CALL_RULES, ...DEAD_RULES, ...NAME_RULES, ...TEXT_RULES];

describe.each(RULES)('$name', (rule) => {
  it('holds', () => {
    expect(rule.check(house)).toEqual([]);
  });

  it.each(rule.spoiled)('notices: $says', ({ files, says }) => {
    const complaints = rule.check(houseOf(new Map(Object.entries(files))));
    expect(complaints.filter((complaint) => complaint.includes(says))).not.toEqual([]);
  });
});

describe('the tidy test itself', () => {
  it('reads the repository', () => {
    expect(house.byPath.has('src/core/clock.ts')).toBe(true);
    expect(house.byPath.has('test/tidy.test.ts')).toBe(true);
  });

  it('has a spoiled example for every rule', () => {
    expect(RULES.filter((rule) => rule.spoiled.length === 0)).toEqual([]);
  });

  it('waits for nobody who has come', () => {
    expect(AWAITING.filter(({ until }) => hasCome(house, until))).toEqual([]);
    expect(AWAITING.filter(({ path }) => !house.byPath.has(path))).toEqual([]);
  });
});
