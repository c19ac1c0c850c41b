import { describe, expect, it } from 'vitest';
import { doubles } from '../../test/doubles/argument-types.ts';
import type { Obligation } from '../core/decision.ts';
import { loadPolicies } from './load.ts';
import type { Judge } from './judge.ts';
import type { Question } from './policy.ts';
import { questionOf } from './question-of.ts';

function load(rules: string, mode: 'enforce' | 'shadow' = 'enforce'): Judge {
  const text = `default: allow\npolicies: [${rules}]`;
  const loaded = loadPolicies([{ name: 'p.yaml', text }], { ...doubles, profile: 'development', mode });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.policy;
}

const HISTORY = '{ tool: [read_secret, "get_*"], server: vault, calls_min: 2, window_seconds: 60, per: session }';
const AFTER = `{ name: after secrets, match: { tool: send, context: { history: ${HISTORY} } }, action: deny }`;

const ask = (tool: string, history: Record<string, number> = {}, more: Partial<Question> = {}): Question => ({
  ...questionOf({ tool, server: 'vault', context: { history } }, { nowMs: 0 }),
  ...more,
});
const counts = (obligations: readonly Obligation[]) =>
  obligations.flatMap((one) => (one.kind === 'count' ? one.watch : []));

describe('context.history', () => {
  it('holds when enough calls passed before', () => {
    const policy = load(AFTER);
    const effect = (history: Record<string, number>, more: Partial<Question> = {}) =>
      policy.decide(ask('send', history, more)).effect;
    expect(effect({})).toBe('allow');
    expect(effect({ read_secret: 1 })).toBe('allow');
    expect(effect({ read_secret: 1, get_key: 1 })).toBe('deny');
    expect(effect({ read_secret: 5 })).toBe('deny');
    expect(effect({ other: 9 })).toBe('allow');
    expect(effect({ read_secret: 5 }, { server: 'elsewhere' })).toBe('deny');
  });

  it('counts calls that pass and that a rule asks about, and no others', () => {
    const policy = load(`${AFTER}, ${AFTER.replace('after secrets', 'again')}`);
    const obligations = (tool: string, more: Partial<Question> = {}) => {
      const decision = policy.decide(ask(tool, {}, more));
      return decision.effect === 'allow' ? counts(decision.obligations) : [];
    };
    expect(obligations('get_key')).toMatchObject([{ per: ['session'], windowMs: 60_000, callsMax: 2 }]);
    expect(obligations('send')).toEqual([]);
    expect(obligations('get_key', { server: 'elsewhere' })).toEqual([]);
    expect(obligations('x', { target: { kind: 'prompt', name: 'get_key' }, method: 'prompts/get' })).toEqual([]);
    expect(JSON.stringify(policy.explain(ask('get_key'))['outcome'])).not.toContain('count');
  });

  it('tells calls whose results were not to be trusted apart', () => {
    const policy = load(AFTER.replace('{ tool: [', '{ untrusted: true, tool: ['));
    const told = (history: Record<string, number>, untrusted: Record<string, number>) =>
      policy.decide(questionOf({ tool: 'send', server: 'vault', context: { history, untrusted } }, { nowMs: 0 }))
        .effect;
    expect([told({ read_secret: 9 }, {}), told({}, { read_secret: 2 })]).toEqual(['allow', 'deny']);
    const any = load(
      '{ name: r, match: { tool: x, context: { history: { untrusted: true, window_seconds: 9 } } }, action: deny }',
    );
    const watched = any.decide(ask('x', {}, { target: { kind: 'resource', uri: 'a://b' }, method: 'resources/read' }));
    expect(watched.effect === 'allow' && counts(watched.obligations)).toMatchObject([{ untrusted: true }]);
  });

  it('goes on counting while the gateway is in shadow', () => {
    const decision = load(AFTER, 'shadow').decide(ask('get_key'));
    expect(decision.effect === 'allow' && counts(decision.obligations)).toHaveLength(1);
  });

  it('is unknown while listing, and falls to the stricter side where nobody knows it', () => {
    const policy = load(AFTER);
    expect(policy.listing(ask('send', { read_secret: 5 }, { arguments: null }))).toBe('maybe');
    const { history: _history, ...unknown } = ask('send');
    expect(policy.decide(unknown).effect).toBe('deny');
    const allowed = load(AFTER.replace('deny', 'allow')).decide(unknown);
    expect(allowed).toMatchObject({ effect: 'allow', rule: '(default)' });
  });

  it('takes a list, whose entries must all hold, and counts from one call by default', () => {
    const both = '[{ tool: a, window_seconds: 1 }, { tool: b, window_seconds: 1 }]';
    const policy = load(`{ name: r, match: { tool: c, context: { history: ${both} } }, action: deny }`);
    const effect = (history: Record<string, number>) => policy.decide(ask('c', history)).effect;
    expect([effect({ a: 1 }), effect({ b: 1 }), effect({ a: 1, b: 1 })]).toEqual(['allow', 'allow', 'deny']);
    const explained = JSON.stringify(policy.explain(ask('c', { a: 1 })));
    expect(explained).toContain('"why":"1 such call before"');
    expect(explained).toContain('"why":"0 such calls before"');
  });

  it('is the same watch after a reload, and another one when it asks something else', () => {
    const idOf = (rules: string) => {
      const decision = load(rules).decide(ask('get_key'));
      return decision.effect === 'allow' ? counts(decision.obligations).map(({ id }) => id) : [];
    };
    expect(idOf(AFTER)).toEqual(idOf(AFTER.replace('after secrets', 'renamed')));
    expect(idOf(AFTER)).not.toEqual(idOf(AFTER.replace('60', '61')));
  });
});

describe('limits that count attempts', () => {
  it('are told of a denial, other limits are not', () => {
    const limit = (more: string) => `{ max_calls: 1, window_seconds: 1${more} }`;
    const open = `{ name: open, match: { tool: t }, action: allow, rate_limit: [${limit('')}, ${limit(', count: attempts')}] }`;
    const policy = load(`${open}, { name: closed, match: { tool: t }, action: deny }`);
    expect(policy.decide(ask('t'))).toMatchObject({
      effect: 'deny',
      attempts: [{ kind: 'limit', rule: 'open', countAttempts: true }],
    });
    expect(load('{ name: closed, match: { tool: t }, action: deny }').decide(ask('t'))).not.toHaveProperty('attempts');
  });
});
