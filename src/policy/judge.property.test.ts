import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { doubles } from '../../test/doubles/argument-types.ts';
import { interpret } from '../../test/doubles/policy-interpreter.ts';
import type { JsonObject } from '../core/json.ts';
import type { Judge } from './judge.ts';
import { loadPolicies } from './load.ts';
import type { Question } from './policy.ts';
import { questionOf } from './question-of.ts';
import { policyFileSchema, type Effect, type RuleDocument } from './schema.ts';
import { type CallDocument } from './call-schema.ts';

const RANK: Readonly<Record<Effect, number>> = { allow: 0, require_approval: 1, deny: 2 };

const tool = fc.constantFrom('read_file', 'write_file', 'run');
const patterns = fc.constantFrom(
  '^/data',
  '^(?!/etc|/root).*$',
  'etc',
  '^[^x]*$',
  'DROP',
  '\\W',
  '^a*$',
  '5',
  '(?<!/)etc',
);
const text = fc.oneof(
  fc.constantFrom(
    '/data/a',
    '/etc/passwd',
    '/data/../etc',
    ' /etc',
    '%2Fetc',
    '/ETC',
    'ＤＲＯＰ',
    'drop\n',
    'aaa',
    'x',
    '',
    '/data/%zz',
    '5',
    'a\0b',
  ),
  fc.string({ maxLength: 6 }),
);
const leaf = fc.oneof(text, fc.integer({ min: -10, max: 10 }), fc.boolean(), fc.constant(null));
const value = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', 'b'), leaf, { maxKeys: 2 }),
);
const args = fc.dictionary(fc.constantFrom('path', 'query', 'count'), value, {
  maxKeys: 3,
}) as fc.Arbitrary<JsonObject>;

const condition = fc.oneof(
  patterns,
  fc.record({ type: fc.constant('path'), under: fc.constant(['/data']) }),
  fc.record({ type: fc.constant('path'), not_under: fc.constant(['/data']), names: fc.constant(['passwd']) }),
  fc.record({ type: fc.constant('number'), min: fc.integer({ min: -5, max: 5 }) }),
);
const conditions = fc.dictionary(fc.constantFrom('path', 'query', 'count'), condition, { minKeys: 1, maxKeys: 2 });
const names = fc.constantFrom<string | string[]>('read_file', 'write_file', '*_file', '*', ['run', 'read_*']);
const code = fc.constantFrom('sql.write', 'path.traversal', 'sql.*');

const match = fc.record(
  {
    tool: names,
    server: fc.constantFrom('a', 'b', '*'),
    arguments: conditions,
    principal: fc.record({ groups_any: fc.constantFrom<string | string[]>('dev', ['dba', 'ops']) }),
    context: fc.record({ env: fc.constantFrom('staging', 'prod*') }),
  },
  { requiredKeys: [] },
);
const matchWithFinding = fc
  .tuple(match, fc.option(code, { nil: undefined, freq: 5 }))
  .map(([m, finding]) => (finding ? { ...m, finding } : m));

type Draft = Omit<RuleDocument, 'name'>;
const rule = fc.record(
  {
    match: matchWithFinding,
    unless: fc.oneof(match, fc.array(match, { minLength: 1, maxLength: 2 })),
    action: fc.constantFrom<Effect>('allow', 'deny', 'require_approval'),
  },
  { requiredKeys: ['match', 'action'] },
) as fc.Arbitrary<Draft>;
const rules = fc
  .array(rule, { maxLength: 6 })
  .map((drafts) => drafts.map((draft, i) => ({ ...draft, name: `rule ${i}` })));
const fallback = fc.constantFrom<Effect | undefined>('allow', 'deny', 'require_approval', undefined);

const call = fc
  .record({
    tool,
    server: fc.constantFrom('a', 'b'),
    arguments: args,
    groups: fc.subarray(['dev', 'dba']),
    env: fc.constantFrom('staging', 'production'),
    findings: fc.array(fc.record({ code: fc.constantFrom('sql.write', 'path.traversal'), locked: fc.boolean() }), {
      maxLength: 2,
    }),
  })
  .map(({ groups, env, arguments: given, ...rest }): Question => {
    const document = {
      ...rest,
      arguments: given as CallDocument['arguments'],
      principal: { id: 'p', groups },
      context: { env },
    };
    return questionOf(document, { nowMs: 0 });
  });

function load(policies: readonly unknown[], fallbackEffect?: Effect): Judge {
  const loaded = loadPolicies(
    [{ name: 'p.yaml', text: stringify({ ...(fallbackEffect ? { default: fallbackEffect } : {}), policies }) }],
    { ...doubles, profile: 'development' },
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.policy;
}

function effectOf(policy: Judge, question: Question): Effect {
  const decision = policy.decide(question);
  if (decision.effect === 'deny') return 'deny';
  return decision.obligations.some((obligation) => obligation.kind === 'approve') ? 'require_approval' : 'allow';
}

const runs = { numRuns: Number(process.env['POLICY_RUNS'] ?? 60) };

describe('properties of every policy', { timeout: 600_000 }, () => {
  it('compiled and interpreted agree', () => {
    fc.assert(
      fc.property(rules, fallback, call, (policies, fallbackEffect, question) => {
        const document = policyFileSchema.parse({ ...(fallbackEffect ? { default: fallbackEffect } : {}), policies });
        expect(effectOf(load(policies, fallbackEffect), question)).toBe(interpret(document, question));
      }),
      runs,
    );
  });

  it('the order of rules never matters', () => {
    fc.assert(
      fc.property(rules, call, fc.infiniteStream(fc.nat()), (policies, question, shuffle) => {
        const keyed = policies.map((one) => ({ one, key: shuffle.next().value as number }));
        const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ one }) => one);
        expect(load(shuffled).decide(question)).toEqual(load(policies).decide(question));
        expect(load(shuffled).explain(question)['outcome']).toEqual(load(policies).explain(question)['outcome']);
      }),
      runs,
    );
  });

  it('adding a rule that denies never permits more', () => {
    fc.assert(
      fc.property(rules, rule, fallback, call, (policies, extra, fallbackEffect, question) => {
        const stricter = [...policies, { ...extra, action: 'deny', name: 'extra' }];
        expect(RANK[effectOf(load(stricter, fallbackEffect), question)]).toBeGreaterThanOrEqual(
          RANK[effectOf(load(policies, fallbackEffect), question)],
        );
      }),
      runs,
    );
  });

  it('adding a rule that asks a person and names no finding never permits more, but where nothing matched and the default denies', () => {
    fc.assert(
      fc.property(rules, rule, fallback, call, (policies, extra, fallbackEffect, question) => {
        const { finding: _finding, ...withoutFinding } = extra.match;
        const before = load(policies, fallbackEffect);
        const after = load(
          [...policies, { ...extra, match: withoutFinding, action: 'require_approval', name: 'extra' }],
          fallbackEffect,
        );
        const decision = before.decide(question);
        if (decision.effect === 'deny' && decision.rule === '(default)') return;
        expect(RANK[effectOf(after, question)]).toBeGreaterThanOrEqual(RANK[effectOf(before, question)]);
      }),
      runs,
    );
  });

  it('adding a rule that allows never forbids, but where nothing matched and the default allows', () => {
    fc.assert(
      fc.property(rules, rule, fallback, call, (policies, extra, fallbackEffect, question) => {
        const after = load([...policies, { ...extra, action: 'allow', name: 'extra' }], fallbackEffect);
        expect(RANK[effectOf(after, question)]).toBeLessThanOrEqual(
          RANK[effectOf(load(policies, fallbackEffect), question)],
        );
      }),
      runs,
    );
  });

  it('a hidden target can never be called, and what some arguments would allow is listed', () => {
    fc.assert(
      fc.property(rules, fallback, call, (policies, fallbackEffect, question) => {
        const policy = load(policies, fallbackEffect);
        const listing: Question = { ...question, arguments: null, findings: [] };
        const effect = effectOf(policy, question);
        if (policy.listing(listing) === 'deny') expect(effect).toBe('deny');
        if (question.findings.length === 0) expect(policy.reachable(listing)).toContain(effect);
      }),
      runs,
    );
  });

  it('a hidden target has only denials among its reachable outcomes, known findings included', () => {
    fc.assert(
      fc.property(rules, fallback, call, (policies, fallbackEffect, question) => {
        const policy = load(policies, fallbackEffect);
        if (policy.listing({ ...question, arguments: null }) === 'deny')
          expect(effectOf(policy, question)).toBe('deny');
      }),
      runs,
    );
  });

  it('shadow never changes an outcome', () => {
    fc.assert(
      fc.property(rules, rules, call, (policies, extra, question) => {
        const shadows = extra.map((one) => ({ ...one, name: `shadow of ${one.name}`, mode: 'shadow' }));
        const { shadow: _shadow, ...decision } = load([...policies, ...shadows]).decide(question);
        expect(decision).toEqual(load(policies).decide(question));
      }),
      runs,
    );
  });

  it('an error never permits: what a failing view lets pass would pass without it', () => {
    const failing = [...doubles.views, { name: 'path-broken', derive: fail }, { name: 'sql-broken', derive: fail }];
    fc.assert(
      fc.property(rules, fallback, call, (policies, fallbackEffect, question) => {
        const text = stringify({ ...(fallbackEffect ? { default: fallbackEffect } : {}), policies });
        const broken = loadPolicies([{ name: 'p.yaml', text }], { ...doubles, views: failing, profile: 'development' });
        if (!broken.ok) throw new Error(JSON.stringify(broken.problems));
        if (effectOf(broken.policy, question) === 'allow')
          expect(effectOf(load(policies, fallbackEffect), question)).toBe('allow');
      }),
      runs,
    );
  });
});

function fail(): never {
  throw new Error('the view is broken');
}
