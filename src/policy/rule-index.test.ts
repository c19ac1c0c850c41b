import { describe, expect, it } from 'vitest';
import { doubles } from '../../test/doubles/argument-types.ts';
import { loadPolicies } from './load.ts';
import { questionOf } from './question-of.ts';
import { RuleIndex } from './rule-index.ts';

function indexOf(...matches: readonly string[]): RuleIndex {
  const rules = matches.map((match, i) => `{ name: "rule ${9 - i}", match: ${match}, action: deny }`);
  const loaded = loadPolicies([{ name: 'p.yaml', text: `policies: [${rules.join(', ')}]` }], {
    ...doubles,
    profile: 'development',
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return new RuleIndex(loaded.policy.rules);
}

const tool = (name: string, server = 's') => questionOf({ tool: name, server }, { nowMs: 0 });

describe('RuleIndex', () => {
  it('finds in the order of names, whatever the order in files', () => {
    const found = indexOf('{ tool: a }', '{ tool: "*" }', '{ tool: [a, b], server: s }', '{ prompt: a }');
    expect(found.rulesFor(tool('a')).map((rule) => rule.name)).toEqual(['rule 7', 'rule 8', 'rule 9']);
    expect(found.rulesFor(tool('b')).map((rule) => rule.name)).toEqual(['rule 7', 'rule 8']);
    expect(found.rulesFor(tool('b', 'other')).map((rule) => rule.name)).toEqual(['rule 8']);
    expect(found.rulesFor(questionOf({ prompt: 'a' }, { nowMs: 0 })).map((rule) => rule.name)).toEqual(['rule 6']);
  });

  it('finds once for each target, and forgets beyond its bound', () => {
    const index = indexOf('{ tool: "*" }');
    const first = index.rulesFor(tool('t0'));
    for (let i = 1; i < 10_000; i++) index.rulesFor(tool(`t${i}`));
    expect(index.rulesFor(tool('t0'))).toBe(first);
    index.rulesFor(tool('t10000'));
    const again = index.rulesFor(tool('t0'));
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });
});
