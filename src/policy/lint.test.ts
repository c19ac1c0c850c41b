import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { doubles } from '../../test/doubles/argument-types.ts';
import { lint } from './lint.ts';
import { loadPolicies } from './load.ts';

function warningsOf(policies: readonly object[], file: object = {}): string[] {
  const text = stringify({ ...file, policies: policies.map((rule, i) => ({ name: `rule ${i}`, ...rule })) });
  const loaded = loadPolicies([{ name: 'p.yaml', text }], { ...doubles, profile: 'production' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return lint(loaded.policy, loaded.files).map(({ kind, what }) => `${kind}: ${what}`);
}

const kinds = (policies: readonly object[], file: object = {}) =>
  warningsOf(policies, file).map((warning) => warning.split(':')[0]);

describe('lint', () => {
  it('finds nothing wrong with plain rules', () => {
    expect(
      warningsOf([
        { match: { tool: 'get_x' }, action: 'allow' },
        { match: { tool: 'delete_x' }, action: 'deny' },
      ]),
    ).toEqual([]);
  });

  const wide = { match: { tool: 'x_*' }, action: 'deny' };
  it.each([
    [
      'a stricter rule with a wider target',
      [{ match: { tool: 'x_a', arguments: { p: '^a$' } }, action: 'allow' }, wide],
      ['overridden'],
    ],
    [
      'the same rule twice',
      [
        { match: { tool: 't' }, action: 'deny' },
        { match: { tool: 't' }, action: 'deny' },
      ],
      ['overridden'],
    ],
    ['a narrower rule that is as strict', [{ match: { tool: 'x_a' }, action: 'deny' }, wide], ['overridden']],
    [
      'a wider target, but an exception',
      [
        { match: { tool: 'x_a' }, action: 'deny' },
        { ...wide, unless: { context: { env: 'a' } } },
      ],
      [],
    ],
    [
      'a stricter rule with one condition more',
      [
        { match: { tool: 'get_a' }, action: 'allow' },
        { match: { tool: 'get_a', server: 's' }, action: 'deny' },
      ],
      [],
    ],
    [
      'a laxer rule beside',
      [
        { match: { tool: 'x_a' }, action: 'deny' },
        { match: { tool: 'x_a' }, action: 'require_approval' },
      ],
      ['overridden'],
    ],
    [
      'two approvals, which add up',
      [
        { match: { tool: 'a' }, action: 'require_approval' },
        { match: { tool: '*' }, action: 'require_approval' },
      ],
      [],
    ],
    ['a rule in shadow', [{ match: { tool: 'x_a' }, action: 'deny', mode: 'shadow' }, wide], []],
  ])('%s', (_name, policies, expected) => {
    expect(kinds(policies)).toEqual(expected);
  });

  it('never calls a rule overridden that decides somewhere', () => {
    const policies = [
      { match: { tool: 'a', principal: { id: 'ann' } }, action: 'allow' },
      { match: { tool: 'a', principal: { id: 'bob' } }, action: 'deny' },
      { match: { tool: ['a', 'b'] }, action: 'require_approval' },
      { match: { tool: 'a', server: 's' }, action: 'require_approval' },
    ];
    expect(kinds(policies)).not.toContain('never-fires');
    expect(warningsOf(policies).filter((warning) => warning.includes('rule 1'))).toHaveLength(0);
  });

  it.each([
    ['default-allow', [], { default: 'allow' }],
    ['matches-all', [{ match: {}, action: 'deny' }], {}],
    ['never-fires', [{ match: { tool: 't' }, unless: {}, action: 'deny' }], {}],
    ['never-fires', [{ match: { principal: { groups_any: 'a', groups_none: ['a', 'b'] } }, action: 'deny' }], {}],
    ['allow-glob', [{ match: { tool: '*_file' }, action: 'allow' }], {}],
    ['allow-destructive', [{ match: { tool: 'delete_x' }, action: 'allow' }], {}],
    ['client-claim', [{ match: { tool: 'get_x', context: { client: 'a' } }, action: 'allow' }], {}],
    [
      'covers-all',
      [{ match: { tool: 't', arguments: { n: { type: 'number', min: 1, max: 5 } } }, action: 'deny' }],
      {},
    ],
    ['property-escape', [{ match: { tool: 't', arguments: { text: '^\\p{L}$' } }, action: 'allow' }], {}],
    ['unanchored', [{ match: { tool: 't', arguments: { text: 'abc' } }, action: 'allow' }], {}],
  ])('warns of %s', (kind, policies, file) => {
    expect(kinds(policies, file)).toContain(kind);
  });

  it('names a concrete spelling that slips past a raw pattern, and a mend', () => {
    const warnings = warningsOf([
      { match: { tool: 't', arguments: { command: { pattern: '^rm -rf', views: 'raw' } } }, action: 'deny' },
    ]);
    expect(warnings).toContain(
      'raw-view: `views: raw` looks at `command` only as sent: encodings and look-alikes slip past',
    );
    expect(warnings).toContain('slips-past: "rm -rf" is caught, but " rm -rf" (leading blank) slips past the pattern');
  });

  it('names what slips past a lookahead that keeps things out', () => {
    const warnings = warningsOf([{ match: { tool: 't', arguments: { text: '^(?!/etc|/root).*$' } }, action: 'allow' }]);
    expect(warnings).toContain('slips-past: "/etc" is kept out, but "//etc" (doubled slash) slips past the pattern');
  });

  it('says nothing of a labelled tool', () => {
    expect(
      kinds([{ match: { tool: 'delete_draft' }, action: 'allow' }], { classes: { write: 'delete_draft' } }),
    ).toEqual([]);
  });
});
