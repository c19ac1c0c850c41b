import { beforeAll, describe, expect, it } from 'vitest';
import type { Resolved } from '../core/call.ts';
import type { JsonObject } from '../core/json.ts';
import { GUARDS, warmGuards } from '../guards/guards.ts';
import { guardsSection } from '../guards/section.ts';
import type { ServedDefinition } from '../integrity/offer.ts';
import { loadPolicies } from '../policy/load.ts';
import { Inspection } from './inspection.ts';

beforeAll(warmGuards);

const ROOTS: readonly string[] = [];

function policyOf(rule: string) {
  const text = Buffer.from(`policies:\n  - { name: a, action: deny, match: ${rule} }\n`);
  const loaded = loadPolicies([{ name: 'p.yaml', text }], {
    argumentTypes: GUARDS.map((guard) => guard.type),
    views: [],
    profile: 'production',
  });
  if (!loaded.ok) throw new Error('the policy does not load');
  return loaded.policy;
}

const body = { name: 'job', inputSchema: { type: 'object', properties: { step: { type: 'string' } } } };
const served = { definition: { kind: 'tool', name: 'job', body } } as unknown as ServedDefinition; // all that is read
const call = (args: JsonObject): Resolved =>
  ({
    upstream: 'ci',
    upstreamTarget: { kind: 'tool', name: 'job' },
    arguments: args,
  }) as unknown as Resolved; // all that is read

describe('the types of rules', () => {
  const codes = (inspection: Inspection, rule: string, step: string): readonly string[] =>
    inspection.inspectCall(call({ step }), served, null, ROOTS, policyOf(rule)).map(({ code }) => code);

  it('reach the guards of the tools they are about', () => {
    const inspection = new Inspection(guardsSection.parse({}));
    const typed = '{ tool: job, arguments: { step: { type: shell, network: true } } }';
    expect(codes(inspection, typed, 'rm -rf /srv')).toContain('shell.recursive_delete');
    expect(
      codes(inspection, '{ tool: other, arguments: { step: { type: shell, network: true } } }', 'rm -rf /'),
    ).toEqual([]);
    expect(
      codes(inspection, '{ tool: job, server: x, arguments: { step: { type: shell, network: true } } }', 'rm -rf /'),
    ).toEqual([]);
  });

  it('carry their tuning', () => {
    const inspection = new Inspection(guardsSection.parse({}));
    const query = (dialect: string): string =>
      `{ tool: job, arguments: { step: { type: sql, dialect: ${dialect}, statements_max: 9 } } }`;
    expect(codes(inspection, query('mysql'), 'SELECT `a` FROM `b`')).toEqual([]);
    expect(codes(inspection, query('postgres'), 'SELECT `a` FROM `b`')).toContain('sql.unparsed');
  });

  it('do not take an argument from its guard by a pattern', () => {
    expect(
      policyOf('{ tool: job, arguments: { step: { type: string, pattern: x }, "**": y } }').declaredTypes('ci', 'job'),
    ).toEqual([]);
  });

  it('are corrected by the configuration', () => {
    const types = [{ tool: 'job', argument: 'step', type: 'string' }];
    const inspection = new Inspection(guardsSection.parse({ types }));
    expect(codes(inspection, '{ tool: job, arguments: { step: { type: shell, network: true } } }', 'rm -rf /')).toEqual(
      [],
    );
  });
});

describe('what a server says while a call runs', () => {
  const card = 'paid with 4111 1111 1111 1111';
  const noticed = (mode: string, params: JsonObject): JsonObject | null =>
    new Inspection(guardsSection.parse({ pii: { results: mode, classes: ['payment-card'] } })).inspectNotice(params);

  it('is redacted, withheld or passed as results are', () => {
    const log = { level: 'info', data: { text: card, n: 1 } };
    expect(noticed('off', log)).toBe(log);
    expect(noticed('record', log)).toBe(log);
    expect(noticed('block', log)).toBeNull();
    expect(noticed('redact', log)).toEqual({
      level: 'info',
      data: { text: 'paid with [redacted: payment card]', n: 1 },
    });
    expect(noticed('redact', { progressToken: 1, progress: 0.5, message: card })).toMatchObject({
      progressToken: 1,
      progress: 0.5,
      message: 'paid with [redacted: payment card]',
    });
  });
});
