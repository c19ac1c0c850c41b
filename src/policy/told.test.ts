import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { doubles } from '../../test/doubles/argument-types.ts';
import type { Judge } from './judge.ts';
import { loadPolicies, type PolicyEnvironment } from './load.ts';
import type { Question } from './policy.ts';
import { questionOf } from './question-of.ts';
import type { CallDocument } from './call-schema.ts';

function load(policies: readonly object[], file: object = {}, more: Partial<PolicyEnvironment> = {}): Judge {
  const loaded = loadPolicies([{ name: 'p.yaml', text: stringify({ ...file, policies }) }], {
    ...doubles,
    profile: 'development',
    ...more,
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.policy;
}

const ask = (call: CallDocument = {}, more: Partial<Question> = {}): Question => ({
  ...questionOf({ tool: 't', ...call }, { nowMs: 0 }),
  ...more,
});
const allow = { name: 'Let', match: { tool: 't' }, action: 'allow' };
const approve = { name: 'Ask', match: { tool: 't' }, action: 'require_approval' };
const deny = { name: 'Bar', match: { tool: 't' }, action: 'deny' };

describe('what a decision says of itself', () => {
  it('names the built-in rule when none matched', () => {
    const ruleOf = (file: object, more: Partial<Question> = {}) => load([], file).decide(ask({}, more)).rule;
    const ping = { target: { kind: 'none' }, method: 'ping' } as const;
    expect(ruleOf({ default: 'allow' })).toBe('(default)');
    expect(ruleOf({ default: 'deny' })).toBe('(default)');
    expect(ruleOf({})).toBe('(default)');
    expect(ruleOf({ default: 'deny' }, ping)).toBe('(method without effect)');
    expect(ruleOf({ default: 'allow' }, ping)).toBe('(default)');
    expect(ruleOf({ default: 'deny' }, { ...ping, method: 'made/up' })).toBe('(default)');
  });

  it('says why in words for the record, and tells alerts and nothing else of a denial', () => {
    const alert = { alert: { channels: ['mail'] } };
    const limited = { ...allow, ...alert, rate_limit: { max_calls: 1, window_seconds: 1 } };
    const decision = load([limited, { ...deny, alert: { channels: ['pager'] } }]).decide(ask());
    expect(decision).toMatchObject({ effect: 'deny', reason: 'denied by the rule `Bar`' });
    expect(decision.effect === 'deny' && decision.alerts).toEqual([
      { kind: 'alert', rule: 'Bar', channels: ['pager'] },
      { kind: 'alert', rule: 'Let', channels: ['mail'] },
    ]);
  });

  it('tells which types its rules give to arguments', () => {
    const policy = load([{ ...deny, match: { tool: 't', arguments: { p: { type: 'path', under: ['/x'] } } } }]);
    expect(policy.declaredTypes('s', 't')).toEqual([
      { argument: 'p', type: 'path', condition: { type: 'path', under: ['/x'] } },
    ]);
    expect(policy.declaredTypes('s', 'u')).toEqual([]);
  });

  it('sorts the rules that a gateway in shadow names', () => {
    const rules = [deny, { ...approve, mode: 'shadow' }, { ...allow, name: 'Aaa' }];
    expect(load(rules, {}, { mode: 'shadow' }).decide(ask()).shadow).toEqual({
      effect: 'deny',
      rules: ['Aaa', 'Ask', 'Bar'],
    });
  });

  it('explains the outcome of a call, and the outcomes of a listing', () => {
    const policy = load([{ ...deny, match: { tool: 't', arguments: { a: '^x' } } }], { default: 'allow' });
    const outcome = (more: Partial<Question>) => policy.explain(ask({}, more))['outcome'];
    expect(outcome({ arguments: { a: 'x' } })).toMatchObject({ effect: 'deny', rule: 'Bar' });
    expect(outcome({ arguments: null })).toEqual({ reachable: ['allow', 'deny'] });
    const decided = load([], { default: 'deny' }).decide(ask());
    expect(policy.explain(ask({ arguments: { a: 'y' } }), decided)['outcome']).toMatchObject({ effect: 'deny' });
  });

  it('explains where in an argument it was decided, and why not', () => {
    const leafOf = (action: string, written: object, args: CallDocument['arguments']) => {
      const policy = load([{ name: 'r', match: { tool: 't', arguments: written }, action }]);
      const { rules } = policy.explain(ask({ arguments: args })) as { rules: { match: object[] }[] };
      return rules[0]?.match[0];
    };
    const paths = { 'files[*]': '^/data/' };
    expect(leafOf('allow', paths, { files: ['/data/a', '/etc/b'] })).toMatchObject({
      verdict: 'false',
      within: 'files[1]',
      why: '`/etc/b` does not match',
    });
    expect(leafOf('deny', paths, { files: ['/etc/b', '/data/a'] })).toMatchObject({
      verdict: 'true',
      within: 'files[1]',
    });
    expect(leafOf('deny', paths, { files: ['/etc/b'] })).not.toHaveProperty('within');
    expect(leafOf('allow', paths, {})).toMatchObject({ verdict: 'false', why: 'the argument is absent' });
    expect(leafOf('allow', paths, { files: 'x' })).toMatchObject({ why: 'the argument has another form' });
    expect(leafOf('allow', paths, { files: ['/data/a'] })).toMatchObject({ verdict: 'true' });
    expect(leafOf('allow', { n: { type: 'number', min: 3 } }, { n: '4' })).toMatchObject({ why: '`4` is read as 4' });
    expect(leafOf('allow', { n: { type: 'number', min: 3 } }, { n: 'x' })).toMatchObject({
      verdict: 'false',
      error: '`x` is not a number',
    });
  });
});
