import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { doubles } from '../../test/doubles/argument-types.ts';
import { EXPRESSIONS } from '../../test/doubles/naive-facts.ts';
import { interpret } from '../../test/doubles/policy-interpreter.ts';
import type { Decision } from '../core/decision.ts';
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
  fc.record(
    { type: fc.constant('number'), above: fc.constant(3), below: fc.constant(-3) },
    { requiredKeys: ['type', 'above'] },
  ),
  fc.record({ type: fc.constant('number'), equals: fc.integer({ min: -1, max: 5 }), integer: fc.constant(true) }),
  fc.record({ type: fc.constant('enum'), values: fc.constant(['x', 5, true, 'AAA']) }),
  fc.record({ type: fc.constant('enum'), not_values: fc.constant(['X', 5, 'null']) }),
  fc.record({ type: fc.constant('sql'), statements: fc.constant({ any_not_in: ['drop', 'x'] }) }),
);
const argumentPath = fc.constantFrom(
  'path',
  'query',
  'count',
  'path[*]',
  'query.a',
  '*',
  '**',
  '**.path',
  'path.**',
  'count.*',
);
const conditions = fc.dictionary(argumentPath, condition, { minKeys: 1, maxKeys: 2 });
const names = fc.constantFrom<string | string[]>('read_file', 'write_file', '*_file', '*', ['run', 'read_*']);
const code = fc.constantFrom('sql.write', 'path.traversal', 'sql.*');

/** At most `max` of the fields: rules that ask for everything would never match. */
function some(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>, max: number, min = 1): fc.Arbitrary<object> {
  return fc
    .subarray(Object.keys(fields), { minLength: min, maxLength: max })
    .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, fields[key] ?? fc.constant(null)]))));
}

const who = {
  id: fc.constantFrom<string | string[]>('p', ['q', 'r*']),
  kind: fc.constantFrom('user', 'agent'),
  groups_any: fc.constantFrom<string | string[]>('dev', ['dba', 'ops']),
  groups_all: fc.constantFrom<string | string[]>('d*', ['dba', 'dev']),
  groups_none: fc.constantFrom<string | string[]>('dba', ['ops']),
  roles_any: fc.constantFrom('reader', 'w*'),
  attributes: fc.record({ team: fc.constantFrom<string | string[]>('blue', ['red', 'green']) }),
};
const windowOfTime = fc.record(
  {
    from: fc.constantFrom('00:00', '09:30', '22:00'),
    until: fc.constantFrom('24:00', '17:00', '06:00', '09:30'),
    days: fc.subarray(['mon', 'sat', 'sun'] as const, { minLength: 1 }),
    timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/New_York'),
  },
  { requiredKeys: ['from'] },
);
const circumstances = some(
  {
    env: fc.constantFrom('staging', 'prod*'),
    labels: fc.record({ region: fc.constantFrom('eu', 'u?') }),
    gateway: fc.constantFrom('default', 'other'),
    key: fc.constantFrom('k*', 'nobody'),
    authenticated_by: fc.constantFrom('api-key', 'local'),
    client: fc.constantFrom('cur*', 'other'),
    transport: fc.constantFrom('sse', 'streamable-http'),
    revision: fc.constantFrom('2025-*', '2026-07-28'),
    address: fc.constantFrom<string | string[]>('10.0.0.0/8', ['192.0.2.7', '10.1.0.0/16']),
    pin_state: fc.constantFrom('pinned', 'changed'),
    time: windowOfTime,
    history: fc.record({
      tool: fc.constantFrom('run', '*_file'),
      calls_min: fc.integer({ min: 1, max: 3 }),
      window_seconds: fc.constant(60),
    }),
  },
  2,
);

const match = some(
  {
    tool: names,
    server: fc.constantFrom('a', 'b', '*'),
    arguments: conditions,
    method: fc.constantFrom('tools/call', 'tools/*'),
    principal: some({ ...who, on_behalf_of: fc.oneof(fc.boolean(), some(who, 1)) }, 2),
    context: circumstances,
    when: fc.constantFrom(...Object.keys(EXPRESSIONS)),
  },
  2,
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
    mode: fc.constantFrom('enforce', 'enforce', 'shadow'),
  },
  { requiredKeys: ['match', 'action'] },
) as fc.Arbitrary<Draft>;
const rules = fc
  .array(rule, { maxLength: 6 })
  .map((drafts) => drafts.map((draft, i) => ({ ...draft, name: `rule ${i}` })));
/** More of them, so that one is likely to match. */
const manyRules = fc
  .array(rule, { minLength: 4, maxLength: 8 })
  .map((drafts) => drafts.map((draft, i) => ({ ...draft, name: `rule ${i}` })));
const fallback = fc.constantFrom<Effect | undefined>('allow', 'deny', 'require_approval', undefined);

const call = fc
  .record({
    tool,
    server: fc.constantFrom('a', 'b'),
    arguments: args,
    principal: fc.record({
      id: fc.constantFrom('p', 'q', 'rex'),
      kind: fc.constantFrom('user' as const, 'agent' as const),
      groups: fc.subarray(['dev', 'dba']),
      roles: fc.subarray(['reader', 'writer']),
      attributes: fc.constantFrom<JsonObject>({}, { team: 'blue' }, { team: ['red', 'blue'] }),
      on_behalf_of: fc.constantFrom(undefined, { id: 'q', groups: ['dba'] }),
    }),
    context: fc.record({
      env: fc.constantFrom('staging', 'production'),
      labels: fc.constantFrom({}, { region: 'eu' }, { region: 'us' }),
      key: fc.constantFrom(undefined, 'k1'),
      client: fc.constantFrom(undefined, 'curl', 'other'),
      transport: fc.constantFrom('sse' as const, 'streamable-http' as const),
      revision: fc.constantFrom('2025-06-18', '2026-07-28'),
      address: fc.constantFrom('10.1.2.3', '192.0.2.7', '203.0.113.9'),
      pin_state: fc.constantFrom('pinned' as const, 'changed' as const),
      history: fc.dictionary(tool, fc.integer({ min: 0, max: 2 })),
      atMs: fc.integer({ min: Date.UTC(2026, 2, 20), max: Date.UTC(2026, 10, 10) }),
    }),
    findings: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      fc.array(
        fc.record({
          code: fc.constantFrom('sql.write', 'path.traversal'),
          locked: fc.boolean(),
          noted: fc.boolean(),
        }),
        { maxLength: 2 },
      ),
    ),
  })
  .map(({ context: { atMs, ...context }, arguments: given, ...rest }): Question => {
    const document = { ...rest, arguments: given, context } as CallDocument;
    return questionOf(document, { nowMs: atMs });
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
    let decidedByRule = 0;
    let asked = 0;
    fc.assert(
      fc.property(manyRules, fallback, call, (policies, fallbackEffect, question) => {
        const document = policyFileSchema.parse({ ...(fallbackEffect ? { default: fallbackEffect } : {}), policies });
        const policy = load(policies, fallbackEffect);
        expect(effectOf(policy, question)).toBe(interpret(document, question));
        asked++;
        if (!policy.decide(question).rule.startsWith('(')) decidedByRule++;
      }),
      runs,
    );
    expect(decidedByRule).toBeGreaterThan(asked / 10);
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
        const decision = load([...policies, ...shadows]).decide(question);
        expect(enforced(decision)).toEqual(enforced(load(policies).decide(question)));
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

/** What is remembered for later questions is no outcome: rules in shadow ask them too. */
function enforced({ shadow: _shadow, ...decision }: Decision): Decision {
  if (decision.effect === 'deny') return decision;
  return { ...decision, obligations: decision.obligations.filter(({ kind }) => kind !== 'count') };
}

function fail(): never {
  throw new Error('the view is broken');
}
