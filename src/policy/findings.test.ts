import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { doubles } from '../../test/doubles/argument-types.ts';
import type { Finding } from '../core/decision.ts';
import { effectOf } from './evaluate.ts';
import type { Judge } from './judge.ts';
import { loadPolicies } from './load.ts';
import type { Question } from './policy.ts';
import { questionOf } from './question-of.ts';

function load(policies: readonly object[]): Judge {
  const text = stringify({ policies });
  const loaded = loadPolicies([{ name: 'p.yaml', text }], { ...doubles, profile: 'development' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.policy;
}

const finding = (code: string, more: Partial<Finding> = {}): Finding => ({
  code,
  by: 'guard',
  at: 'q',
  why: `it is ${code}`,
  locked: false,
  ...more,
});
const question = (...findings: Finding[]): Question => ({ ...questionOf({ tool: 't' }, { nowMs: 0 }), findings });
const allow = { name: 'Let', match: { tool: 't' }, action: 'allow' };

describe('findings', () => {
  it('deny by a built-in rule, locked ones first, whatever their order', () => {
    const policy = load([allow]);
    expect(policy.decide(question(finding('sql.write')))).toEqual({
      effect: 'deny',
      code: 'ARGUMENT_UNSAFE',
      rule: '(finding sql.write)',
      reason: 'it is sql.write',
      publicMessage: '`t` was refused: the argument `q` is not safe to pass on: it is sql.write',
    });
    const both = [finding('a.a'), finding('z.z', { locked: true })];
    expect(policy.decide(question(...both))).toMatchObject({ rule: '(finding z.z)' });
    expect(policy.decide(question(...both.reverse()))).toMatchObject({ rule: '(finding z.z)' });
  });

  it('tell what would be legal, and of drift only that it waits', () => {
    const policy = load([allow]);
    expect(policy.decide(question(finding('path.x', { legal: 'a path below `/data`', at: '' })))).toMatchObject({
      publicMessage:
        '`t` was refused: its arguments are not safe to pass on: it is path.x; allowed: a path below `/data`',
    });
    for (const drift of [finding('tool.drift'), finding('whatever', { by: 'integrity' })]) {
      expect(policy.decide(question(drift))).toMatchObject({
        code: 'TOOL_DRIFTED',
        publicMessage: '`t` was refused: the tool changed since it was approved and waits for review',
      });
    }
  });

  it('give way to a rule that names them, unless they are locked', () => {
    const policy = load([allow, { name: 'Ask for writes', match: { finding: ['sql.*'] }, action: 'require_approval' }]);
    expect(policy.decide(question(finding('sql.write')))).toMatchObject({ effect: 'allow', rule: 'Ask for writes' });
    expect(effectOf(policy, question(finding('sql.write', { locked: true })))).toBe('deny');
    expect(effectOf(policy, question(finding('sql.write'), finding('path.x')))).toBe('deny');
    expect(effectOf(policy, question())).toBe('allow');
  });

  it('deny nothing when they are only noted, and can be named all the same', () => {
    const noted = finding('sql.write', { noted: true });
    const ask = { name: 'Ask for writes', match: { finding: 'sql.write' }, action: 'require_approval' };
    expect(effectOf(load([allow]), question(noted))).toBe('allow');
    expect(effectOf(load([allow, ask]), question(noted))).toBe('require_approval');
    expect(effectOf(load([allow, { ...ask, action: 'deny' }]), question(noted))).toBe('deny');
    expect(effectOf(load([allow]), question(noted, finding('path.x')))).toBe('deny');
    expect(load([allow]).reachable(question(noted))).toEqual(['allow']);
    expect(load([allow]).explain(question(noted))).toMatchObject({
      findings: [{ code: 'sql.write', effect: 'noted, denies nothing by itself' }],
    });
  });

  it("leave the agent the operator's words where a rule denies as well", () => {
    const block = { name: 'Block', match: { tool: 't' }, action: 'deny', response: { error: 'Not here' } };
    expect(load([block]).decide(question(finding('path.x')))).toMatchObject({
      rule: '(finding path.x)',
      publicMessage: 'Not here',
    });
  });

  it('are not waived by a rule that denies, is in shadow, or does not match', () => {
    const naming = { name: 'Named', match: { finding: 'sql.write' } };
    for (const rule of [
      { ...naming, action: 'deny' },
      { ...naming, action: 'allow', mode: 'shadow' },
      { ...naming, action: 'allow', match: { finding: 'sql.write', server: 's' } },
    ]) {
      expect(load([allow, rule]).decide(question(finding('sql.write')))).toMatchObject({
        effect: 'deny',
        rule: '(finding sql.write)',
      });
    }
    expect(effectOf(load([{ ...naming, action: 'allow' }]), question(finding('sql.write')))).toBe('allow');
  });
});
