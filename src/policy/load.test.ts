import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { doubles } from '../../test/doubles/argument-types.ts';
import type { JsonObject } from '../core/json.ts';
import { loadPolicies, type PolicyEnvironment } from './load.ts';
import { questionOf } from './question-of.ts';

const founding = readFileSync(new URL('../../examples/policies/founding-page.yaml', import.meta.url), 'utf8');

function load(text: string, more: Partial<PolicyEnvironment> = {}) {
  const loaded = loadPolicies([{ name: 'policies.yaml', text }], { ...doubles, profile: 'development', ...more });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.policy;
}

function effectOf(policy: ReturnType<typeof load>, tool: string, args: JsonObject): string {
  const decision = policy.decide(questionOf({ tool, arguments: args as never }, { nowMs: 0 }));
  if (decision.effect === 'deny') return 'deny';
  return decision.obligations.some((obligation) => obligation.kind === 'approve') ? 'require_approval' : 'allow';
}

describe("the founding page's policy, unchanged", () => {
  const policy = load(founding);

  it('allows a read outside the sensitive paths', () => {
    expect(effectOf(policy, 'read_file', { path: '/data/report.csv' })).toBe('allow');
  });

  it.each([
    '/data/../etc/passwd',
    '//etc/passwd',
    '/./etc/passwd',
    'etc/passwd',
    'file:///etc/passwd',
    ' /etc/passwd',
    '/%65tc/passwd',
    '/%2565tc/passwd',
    '/ｅtc/passwd',
    '/data/%2e%2e/etc/passwd',
    '\u200b/etc/passwd',
    '/root',
    '/ETC/passwd',
    '/Root/x',
  ])('does not let %j pass without a person', (path) => {
    expect(effectOf(policy, 'read_file', { path })).toBe('require_approval');
  });

  it.each([[{ path: ['/data/a'] }], [{ path: 5 }], [{}], [{ path: { a: '/data/a' } }]])(
    'does not match a path that is no text: %j',
    (args) => {
      expect(effectOf(policy, 'read_file', args)).toBe('require_approval');
    },
  );

  it.each([
    'INSERT INTO t',
    'delete from u',
    ' DELETE',
    '\nDELETE',
    '/**/DELETE FROM u',
    'SELECT 1; DELETE FROM u',
    'UPDATE u\nSET a = 1',
  ])('asks about %j by the rule on writes', (query) => {
    const decision = policy.decide(questionOf({ tool: 'execute_query', arguments: { query } }, { nowMs: 0 }));
    expect(decision).toMatchObject({
      effect: 'allow',
      rule: 'Approve database writes',
      obligations: [{ kind: 'approve', channels: ['slack', 'email'], timeoutMs: 1_800_000 }],
    });
  });

  it.each(['rm -rf /', 'RM -RF /', ' rm -rf /', 'rm -rf /\n:', 'truncate -s 0 x', 'drop x'])('denies %j', (command) => {
    expect(effectOf(policy, 'run_command', { command })).toBe('deny');
  });

  it("tells the agent the operator's words and nothing of the rule", () => {
    const decision = policy.decide(
      questionOf({ tool: 'run_command', arguments: { command: 'rm -rf /' } }, { nowMs: 0 }),
    );
    expect(decision).toMatchObject({
      effect: 'deny',
      code: 'POLICY_DENIED',
      publicMessage: 'Destructive operations are not permitted',
    });
  });

  it('denies a command hidden in a list', () => {
    expect(effectOf(policy, 'run_command', { command: ['ls', 'rm -rf /'] })).toBe('deny');
  });

  it('limits what it allows', () => {
    expect(policy.decide(questionOf({ tool: 'http_request', arguments: {} }, { nowMs: 0 }))).toEqual({
      effect: 'allow',
      rule: 'Rate limit external APIs',
      obligations: [
        {
          kind: 'limit',
          rule: 'Rate limit external APIs',
          callsMax: 100,
          windowMs: 60_000,
          per: ['gateway', 'principal', 'tool'],
          countAttempts: false,
        },
      ],
    });
  });

  it('asks about unknown tools, and denies them in production', () => {
    expect(effectOf(policy, 'unheard_of', {})).toBe('require_approval');
    expect(effectOf(load(founding, { profile: 'production' }), 'unheard_of', {})).toBe('deny');
  });
});
