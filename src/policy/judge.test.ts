import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { doubles } from '../../test/doubles/argument-types.ts';
import type { Finding } from '../core/decision.ts';
import { effectOf, evaluateCall } from './evaluate.ts';
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
const finding = (code: string, more: Partial<Finding> = {}): Finding => ({
  code,
  by: 'guard',
  at: 'q',
  why: `it is ${code}`,
  locked: false,
  ...more,
});
const allow = { name: 'Let', match: { tool: 't' }, action: 'allow' };
const approve = { name: 'Ask', match: { tool: 't' }, action: 'require_approval' };
const deny = { name: 'Bar', match: { tool: 't' }, action: 'deny' };

describe('combining', () => {
  it('the strictest wins, and obligations of every matching rule add up', () => {
    const limit = { max_calls: 3, window_seconds: 10, per: ['tool', 'key', 'key'], count: 'attempts' };
    const policy = load([
      { ...allow, rate_limit: limit, concurrency: { max_calls: 2 }, redact: ['pii'], alert: { channels: ['mail'] } },
      {
        ...approve,
        approval: {
          timeout_minutes: 5,
          channels: ['slack'],
          approvers: ['group:dba'],
          min_approvals: 2,
          self_approval: true,
          allow_edit: true,
        },
      },
      { ...approve, name: 'Ask again' },
    ]);
    const plain = {
      kind: 'approve',
      channels: [],
      timeoutMs: 1_800_000,
      approvers: [],
      approvalsMin: 1,
      selfApproval: false,
      allowEdit: false,
    };
    expect(policy.decide(ask())).toEqual({
      effect: 'allow',
      rule: 'Ask',
      obligations: [
        {
          kind: 'approve',
          rule: 'Ask',
          channels: ['slack'],
          timeoutMs: 300_000,
          approvers: ['group:dba'],
          approvalsMin: 2,
          selfApproval: true,
          allowEdit: true,
        },
        { ...plain, rule: 'Ask again' },
        { kind: 'limit', rule: 'Let', callsMax: 3, windowMs: 10_000, per: ['key', 'tool'], countAttempts: true },
        { kind: 'concurrency', rule: 'Let', callsMax: 2, per: ['gateway', 'principal', 'tool'] },
        { kind: 'redact', rule: 'Let', classes: ['pii'] },
        { kind: 'alert', rule: 'Let', channels: ['mail'] },
      ],
    });
  });

  it('a sum becomes a limit on an argument', () => {
    const policy = load([
      { ...allow, rate_limit: [{ sum: 'arguments.amount', max_sum: 99.5, window_seconds: 60, per: 'principal' }] },
    ]);
    expect(policy.decide(ask())).toMatchObject({
      obligations: [{ kind: 'limit', callsMax: 99.5, sum: 'arguments.amount', per: ['principal'] }],
    });
  });

  it('a denial carries the alerts of every matching rule', () => {
    const policy = load([
      { ...allow, alert: { channels: ['a'] } },
      { ...deny, alert: { channels: ['b'] } },
    ]);
    expect(policy.decide(ask())).toMatchObject({
      effect: 'deny',
      rule: 'Bar',
      alerts: [
        { rule: 'Bar', channels: ['b'] },
        { rule: 'Let', channels: ['a'] },
      ],
    });
    expect(load([deny]).decide(ask())).not.toHaveProperty('alerts');
  });

  it('the default decides where nothing matches', () => {
    const effects = (policy: Judge) => effectOf(policy, ask({ tool: 'other' }));
    expect(effects(load([allow]))).toBe('require_approval');
    expect(effects(load([allow], {}, { profile: 'production' }))).toBe('deny');
    expect(effects(load([allow], { default: 'allow' }, { profile: 'production' }))).toBe('allow');
    expect(load([]).decide(ask())).toMatchObject({
      rule: '(default)',
      obligations: [{ kind: 'approve', rule: '(default)', timeoutMs: 1_800_000 }],
    });
    expect(load([], { default: 'deny' }).decide(ask())).toMatchObject({
      effect: 'deny',
      code: 'POLICY_DENIED',
      rule: '(default)',
      reason: 'no rule matched, and the default denies',
    });
  });

  it('methods that reach nothing pass unless a rule says otherwise', () => {
    const policy = load([{ name: 'No logs', match: { method: 'logging/*' }, action: 'deny' }], { default: 'deny' });
    const none = { target: { kind: 'none' } as const };
    expect(policy.decide(ask({ method: 'ping' }, none))).toEqual({
      effect: 'allow',
      rule: '(method without effect)',
      obligations: [],
    });
    expect(policy.decide(ask({ method: 'tasks/get' }, { target: { kind: 'task', tool: '', id: '1' } })).effect).toBe(
      'allow',
    );
    expect(policy.decide(ask({ method: 'logging/setLevel' }, none)).effect).toBe('deny');
    expect(policy.decide(ask({ method: 'something/new' }, none)).effect).toBe('deny');
    expect(policy.decide(ask({ method: 'ping' })).effect).toBe('deny');
  });
});

describe('what the agent reads', () => {
  const message = (policy: Judge, call: CallDocument) => {
    const decision = policy.decide(ask(call));
    return decision.effect === 'deny' ? decision.publicMessage : null;
  };

  it('names the argument, never the rule or its pattern', () => {
    const policy = load([{ ...deny, name: 'Internal name', match: { tool: 't', arguments: { 'a.b': 'sec.et' } } }]);
    const text = message(policy, { arguments: { a: { b: ['x', 'secret'] } } });
    expect(text).toBe('`t` was refused because of the argument `a.b[1]`; change that argument, or ask the operator');
  });

  it('gives the reason of a typed condition', () => {
    const policy = load([
      { ...deny, match: { tool: 't', arguments: { path: { type: 'path', not_under: ['/data'] } } } },
    ]);
    expect(message(policy, { arguments: { path: '/etc/x' } })).toBe(
      '`t` was refused because of the argument `path`: `/etc/x` is not under `/data`; change that argument, or ask the operator',
    );
  });

  it('says where another argument might pass, and where nothing does', () => {
    const policy = load([{ ...allow, match: { tool: 't', arguments: { path: '^/data' } } }], { default: 'deny' });
    expect(message(policy, { arguments: { path: '/etc' } })).toBe(
      '`t` was refused because of the argument `path`; other values of it may be allowed',
    );
    expect(message(policy, { tool: 'u' })).toBe(
      '`u` was refused: nothing in the policy allows it; ask the operator for access',
    );
    expect(message(load([deny]), {})).toBe(
      '`t` was refused: the policy does not allow this call; another call of it would be refused too',
    );
    expect(
      message(
        load([{ ...allow, match: { tool: 't', server: 's', arguments: { path: 'x' } } }], { default: 'deny' }),
        {},
      ),
    ).toContain('nothing in the policy allows it');
  });

  it('addresses resources by URI', () => {
    const decision = load([{ name: 'R', match: { resource: 'a://*' }, action: 'deny' }]).decide(
      questionOf({ resource: 'a://b' }, { nowMs: 0 }),
    );
    expect(decision).toMatchObject({
      publicMessage: expect.stringContaining('the resource `a://b` was refused') as string,
    });
  });
});

describe('shadow', () => {
  it('of a rule or a file is recorded beside the decision', () => {
    const shadowed = { ...deny, mode: 'shadow' };
    expect(load([allow, shadowed]).decide(ask())).toEqual({
      effect: 'allow',
      rule: 'Let',
      obligations: [],
      shadow: { effect: 'deny', rules: ['Bar'] },
    });
    expect(load([allow, { ...shadowed, match: { tool: 'x' } }]).decide(ask())).not.toHaveProperty('shadow');
    expect(load([deny], { mode: 'shadow', default: 'allow' }).decide(ask())).toMatchObject({
      effect: 'allow',
      shadow: { effect: 'deny', rules: ['Bar'] },
    });
  });

  it('of a gateway lets everything pass but locked findings', () => {
    const policy = load([deny], {}, { mode: 'shadow' });
    expect(policy.decide(ask())).toEqual({
      effect: 'allow',
      rule: '(shadow)',
      obligations: [],
      shadow: { effect: 'deny', rules: ['Bar'] },
    });
    expect(policy.decide(ask({}, { findings: [finding('sql.write')] })).effect).toBe('allow');
    expect(policy.decide(ask({}, { findings: [finding('sql.write', { locked: true })] }))).toMatchObject({
      effect: 'deny',
      rule: '(finding sql.write)',
    });
    expect(policy.listing(ask({}, { arguments: null }))).toBe('maybe');
    expect(policy.listing(ask({}, { arguments: null, findings: [finding('tool.drift', { locked: true })] }))).toBe(
      'deny',
    );
  });
});

describe('lists', () => {
  const listed = (policies: readonly object[], more: Partial<Question> = {}) =>
    load(policies, { default: 'deny' }).listing(ask({}, { arguments: null, ...more }));
  const reading = { arguments: { path: '^/data' } };

  it.each([
    ['nothing allows it', [], 'deny'],
    ['a rule allows it', [allow], 'maybe'],
    ['some arguments are allowed', [{ ...allow, match: { tool: 't', ...reading } }], 'maybe'],
    ['some arguments are denied', [allow, { ...deny, match: { tool: 't', ...reading } }], 'maybe'],
    ['everything is denied', [allow, deny], 'deny'],
    ['a person is asked', [approve], 'maybe'],
    ['denied unless an argument says so', [allow, { ...deny, unless: reading }], 'maybe'],
    ['denied unless somebody else calls', [allow, { ...deny, unless: { principal: { id: 'x' }, ...reading } }], 'deny'],
    ['an expression reads arguments', [{ ...allow, match: { tool: 't', when: 'arguments.a == 1' } }], 'maybe'],
    ['an expression reads no arguments', [{ ...allow, match: { tool: 't', when: 'principal.id == "x"' } }], 'deny'],
    ['the only way is a finding', [{ ...allow, match: { tool: 't', finding: 'a.b' } }], 'maybe'],
  ])('%s', (_name, policies, expected) => {
    expect(listed(policies)).toBe(expected);
  });

  it('a known finding hides, unless a rule might step in for it', () => {
    const findings = [finding('tool.drift')];
    expect(listed([allow], { findings })).toBe('deny');
    expect(listed([allow, { ...approve, match: { finding: 'tool.drift', ...reading } }], { findings })).toBe('maybe');
  });

  it('tells the reachable outcomes', () => {
    const policy = load([
      allow,
      { ...approve, match: { tool: 't', ...reading } },
      { ...deny, name: 'B2', match: { tool: 't', arguments: { q: 'x' } } },
    ]);
    expect([...policy.reachable(ask({}, { arguments: null }))].sort()).toEqual(['allow', 'deny', 'require_approval']);
    expect(policy.reachable(ask({ arguments: { q: 'x' } }))).toEqual(['deny']);
  });
});

describe('outcomes that are reachable', () => {
  const some = { arguments: { p: 'x' } };
  const reach = (policies: readonly object[], findings: readonly Finding[] = []) =>
    [...load(policies, { default: 'deny' }).reachable(ask({}, { arguments: null, findings }))].sort();

  it('are what is certain, and what is stricter and possible', () => {
    expect(reach([])).toEqual(['deny']);
    expect(reach([allow])).toEqual(['allow']);
    expect(reach([approve, { ...allow, match: { tool: 't', ...some } }])).toEqual(['require_approval']);
    expect(reach([allow, { ...approve, match: { tool: 't', ...some } }])).toEqual(['allow', 'require_approval']);
    expect(reach([{ ...allow, match: { tool: 't', ...some } }])).toEqual(['allow', 'deny']);
    expect(reach([allow, { ...deny, mode: 'shadow', match: { tool: 't', ...some } }])).toEqual(['allow']);
  });

  it('include a denial where a rule may or may not step in for a finding', () => {
    const stepsIn = { ...approve, match: { tool: 't', finding: 'a.b' } };
    expect(reach([allow, stepsIn], [finding('a.b')])).toEqual(['deny', 'require_approval']);
    expect(reach([allow, stepsIn], [finding('a.c')])).toEqual(['deny']);
    expect(reach([allow, stepsIn], [finding('a.b', { locked: true })])).toEqual(['deny']);
  });
});

describe('explain', () => {
  const policy = load([
    { ...allow, match: { tool: 't', arguments: { path: '^/' } } },
    { ...deny, match: { arguments: { path: 'etc' } }, unless: { principal: { id: 'root' } } },
  ]);

  it('tells conditions, views, exceptions and the counterfactual', () => {
    expect(policy.explain(ask({ arguments: { path: '/%65tc' } }))).toMatchObject({
      policy_hash: policy.hash,
      phase: 'call',
      target: { gateway: 'default', method: 'tools/call', server: null, kind: 'tool', name: 't' },
      outcome: { effect: 'deny', code: 'POLICY_DENIED', rule: 'Bar' },
      default: 'require_approval',
      rules: [
        {
          name: 'Bar',
          verdict: 'matched',
          at: 'p.yaml:8',
          match: [
            {
              at: 'match.arguments.path',
              verdict: 'true',
              view: 'decoded',
              why: '`/etc` matches, as view decoded reads `/%65tc`',
            },
          ],
          unless: [[{ at: 'unless.principal.id', verdict: 'false', written: 'root' }]],
        },
        { name: 'Let', verdict: 'matched', mode: 'enforce' },
      ],
      counterfactual: { without: 'Bar', effect: 'allow' },
    });
  });

  it('tells unknowns while listing, errors, and findings', () => {
    expect(policy.explain(ask({}, { arguments: null }))).toMatchObject({
      phase: 'listing',
      rules: [{ verdict: 'unknown', match: [{ verdict: 'unknown' }] }, { verdict: 'unknown' }],
    });
    expect(JSON.stringify(policy.explain(ask({ arguments: { path: '/%zz' } })))).toContain(
      '"error":"view path: the encoding is broken"',
    );
    const explained = policy.explain(
      ask({ arguments: { path: '/x' } }, { findings: [finding('a.b'), finding('c.d', { locked: true })] }),
    );
    expect(explained).toMatchObject({
      findings: [
        { code: 'a.b', effect: 'denies' },
        { code: 'c.d', effect: 'denies, locked' },
      ],
      counterfactual: { without: '(finding c.d)', effect: 'deny' },
    });
  });

  it('names the view that failed, for rules that allow and rules that restrict', () => {
    const leaves = (action: string) =>
      JSON.stringify(
        load([{ ...allow, action, match: { arguments: { path: '^x' } } }]).explain(
          ask({ arguments: { path: '/%zz' } }),
        )['rules'],
      );
    expect(leaves('allow')).toContain('"verdict":"false"');
    expect(leaves('allow')).toContain('"error":"view path: the encoding is broken"');
    expect(leaves('deny')).toContain('"error":"view path: the encoding is broken"');
  });

  it('names conditions by the keys that lead to them', () => {
    const unless = [
      { tool: 'x', arguments: { 'a.5': 'y' } },
      { when: 'arguments.z == 1', resource: 'r://' },
    ];
    const explained = load([{ ...deny, match: { when: 'true' }, unless }]).explain(ask({}));
    expect(explained['rules']).toMatchObject([
      {
        match: [{ at: 'match.when' }],
        unless: [
          [{ at: 'unless.target' }, { at: 'unless.arguments.a.5' }],
          [{ at: 'unless.resource' }, { at: 'unless.when' }],
        ],
      },
    ]);
    expect(() => load([{ ...deny, unless: [{ tool: 'x' }, { when: 'nothing' }] }])).toThrow(
      '"line":8,"column":15,"words":"nothing"',
    );
  });

  it('quotes texts, shortened to eighty characters', () => {
    const why = (text: string) =>
      JSON.stringify(
        load([{ ...allow, match: { arguments: { a: '^x' } } }]).explain(ask({ arguments: { a: text } }))['rules'],
      );
    expect(why('y'.repeat(80))).toContain(`"why":"\`${'y'.repeat(80)}\` does not match"`);
    expect(why('y'.repeat(81))).toContain(`"why":"\`${'y'.repeat(79)}…\` does not match"`);
  });

  it('is part of every evaluation', () => {
    expect(evaluateCall(policy, ask({ arguments: { path: '/x' } }))).toMatchObject({
      decision: 'allow',
      code: null,
      rule: 'Let',
      reason: 'the rule `Let` allows it',
      explanation: { phase: 'call' },
    });
    expect(evaluateCall(policy, ask())).toMatchObject({
      decision: 'require_approval',
      code: 'APPROVAL_REQUIRED',
      rule: '(default)',
      reason: 'no rule matched',
    });
    expect(evaluateCall(load([approve]), ask())).toMatchObject({ reason: 'the rule `Ask` asks a person' });
    const denied = evaluateCall(
      policy,
      ask({ arguments: { path: '/x' } }, { findings: [finding('a.b', { span: [1, 2] })] }),
    );
    expect(denied).toMatchObject({
      decision: 'deny',
      code: 'ARGUMENT_UNSAFE',
      findings: [{ code: 'a.b', guard: 'guard', path: 'q', span: [1, 2], why: 'it is a.b' }],
    });
  });
});

describe('the index', () => {
  it('finds rules by name, glob, server and method alike', () => {
    const policy = load([
      { name: 'a', match: { tool: ['t', 'u'], server: 's*' }, action: 'deny' },
      { name: 'b', match: { tool: 't*' }, action: 'require_approval' },
      { name: 'c', match: { server: 'r' }, action: 'allow' },
    ]);
    const effect = (call: CallDocument) => effectOf(policy, ask(call));
    expect(effect({ tool: 't', server: 's1' })).toBe('deny');
    expect(effect({ tool: 't', server: 'r' })).toBe('require_approval');
    expect(effect({ tool: 'u', server: 'r' })).toBe('allow');
    expect(effect({ tool: 't', server: 's1' })).toBe('deny');
    expect(effect({ tool: 'u' })).toBe('require_approval');
  });

  it('forgets targets beyond its limit and still answers right', () => {
    const policy = load([{ name: 'a', match: { tool: 'x*' }, action: 'deny' }], { default: 'allow' });
    for (let i = 0; i < 10_050; i++) policy.decide(ask({ tool: `y${i}` }));
    expect(effectOf(policy, ask({ tool: 'x1' }))).toBe('deny');
    expect(effectOf(policy, ask({ tool: 'y1' }))).toBe('allow');
  });

  it('covers a set of questions: which rules and conditions were seen both ways', () => {
    const never = { ...deny, match: { tool: 'never' } };
    const policy = load([{ ...allow, match: { tool: 't', arguments: { a: '1' } } }, never]);
    expect(policy.coverage([ask({ arguments: { a: '1' } }), ask({ tool: 'u' })])).toEqual([
      { rule: 'Let', matched: true, unmatched: true, leaves: [{ at: 'match.arguments.a', seen: 'only true' }] },
      { rule: 'Bar', matched: false, unmatched: true, leaves: [] },
    ]);
  });
});
