import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { doubles } from '../../test/doubles/argument-types.ts';
import type { JsonValue } from '../core/json.ts';
import type { Judge } from './judge.ts';
import { loadPolicies, type PolicyEnvironment } from './load.ts';
import type { Question } from './policy.ts';
import { questionOf } from './question-of.ts';
import type { CallDocument } from './call-schema.ts';

function load(policies: readonly object[], more: Partial<PolicyEnvironment> & { file?: object } = {}): Judge {
  const { file, ...environment } = more;
  const text = stringify({
    default: 'deny',
    ...file,
    policies: policies.map((rule, i) => ({ name: `rule ${i}`, ...rule })),
  });
  const loaded = loadPolicies([{ name: 'p.yaml', text }], { ...doubles, profile: 'development', ...environment });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.policy;
}

const ask = (call: CallDocument, more: Partial<Question> = {}): Question => ({
  ...questionOf({ tool: 't', ...call }, { nowMs: Date.UTC(2026, 10, 23, 11, 30) }),
  ...more,
});

/** Whether an allow rule, and a deny rule, with this match applies to a call. */
function applies(
  match: object,
  call: CallDocument,
  more: Partial<Question> = {},
): { permit: boolean; restrict: boolean } {
  const permit = load([{ match, action: 'allow' }]).decide(ask(call, more)).effect === 'allow';
  const restrict =
    load([{ match, action: 'deny' }], { file: { default: 'allow' } }).decide(ask(call, more)).effect === 'deny';
  return { permit, restrict };
}

const both = { permit: true, restrict: true };
const none = { permit: false, restrict: false };
const onlyRestrict = { permit: false, restrict: true };

describe('argument conditions', () => {
  const cases: readonly [condition: unknown, value: JsonValue, expected: object][] = [
    ['^a', 'abc', both],
    ['^a', 'Abc', onlyRestrict],
    [{ type: 'string', in: ['ab'] }, 'ab', both],
    [{ type: 'string', in: ['ab'] }, 'AB', onlyRestrict],
    [{ type: 'string', in: ['AB'] }, 'ab', onlyRestrict],
    [{ type: 'string', in: ['ab'] }, 'abc', none],
    [{ type: 'string', in: [7] }, 7, onlyRestrict],
    [{ type: 'string', length_max: 0 }, '', both],
    [{ type: 'string', length_min: 0 }, '', both],
    [{ type: 'number', equals: 3 }, 3, both],
    [{ type: 'number', equals: 3 }, ' 3 ', both],
    [{ type: 'number', equals: 3 }, 4, none],
    [{ type: 'number', equals: 0 }, ' ', onlyRestrict],
    [{ type: 'number', equals: 0 }, '', onlyRestrict],
    [{ type: 'enum', values: ['ab', 3, true] }, ' ab', onlyRestrict],
    [{ type: 'enum', values: ['ab', 3, true] }, 3, both],
    [{ type: 'enum', values: ['ab', 3, true] }, true, both],
    [{ type: 'enum', values: ['ab', 3, true] }, 'true', both],
    [{ type: 'enum', values: ['ab', 3, true] }, null, none],
    [{ type: 'enum', values: ['null'] }, null, onlyRestrict],
    [{ type: 'enum', not_values: ['ab'] }, null, onlyRestrict],
    ['^a', ' abc', onlyRestrict],
    ['^a.c$', 'a\nc', onlyRestrict],
    ['^a', '%61bc', onlyRestrict],
    ['^a', '%2561bc', onlyRestrict],
    ['^a', '%252561bc', onlyRestrict],
    ['^a', '%25252561bc', none],
    ['^a', 'ａbc', onlyRestrict],
    ['^(?!b)', 'B', onlyRestrict],
    ['^(?!B)', 'b', onlyRestrict],
    ['^(?!b)', 'C', both],
    ['(?<!B)c', 'bc', onlyRestrict],
    ['^7$', 7, onlyRestrict],
    ['^true$', true, onlyRestrict],
    ['^null$', null, onlyRestrict],
    ['^a', ['x', 'ab'], onlyRestrict],
    ['^a', { k: { l: 'ab' } }, onlyRestrict],
    ['^a', { a: 'x' }, none],
    [{ pattern: '^a', views: 'raw' }, ' abc', none],
    [{ not_pattern: 'b' }, 'abc', none],
    [{ not_pattern: 'b' }, 'aBc', onlyRestrict],
    [{ not_pattern: 'b' }, 'xyz', both],
    [{ equals: 'on' }, 'on', both],
    [{ equals: 'on' }, 'ON', onlyRestrict],
    [{ not_equals: 'on' }, 'ON', onlyRestrict],
    [{ not_equals: 'on' }, 'on', none],
    [{ not_equals: 'on' }, 'off', both],
    [{ in: ['a', 'b'] }, 'b', both],
    [{ in: ['a', 'b'] }, 'c', none],
    [{ not_in: ['a', 'b'] }, 'B', onlyRestrict],
    [{ length_max: 3 }, 'abc', both],
    [{ length_max: 3 }, 'abcd', none],
    [{ length_min: 3 }, 'ab', none],
    [{ length_min: 3 }, 'abc', both],
    [{ length_min: 3 }, 1234, onlyRestrict],
    [{ charset: 'digits' }, '123', both],
    [{ charset: 'digits' }, '12x', none],
    [{ not_charset: 'ascii' }, 'é', both],
    [{ not_charset: 'ascii' }, 'e', none],
    [{ type: 'number', min: 5 }, 5, both],
    [{ type: 'number', min: 5 }, 4.9, none],
    [{ type: 'number', max: 5 }, '5', both],
    [{ type: 'number', max: 5 }, '1e3', none],
    [{ type: 'number', above: 5 }, 5, none],
    [{ type: 'number', below: 5 }, 5, none],
    [{ type: 'number', below: 5 }, 4, both],
    [{ type: 'number', equals: 5 }, '0x5', both],
    [{ type: 'number', integer: true }, 5.5, none],
    [{ type: 'number', integer: false }, 5.5, both],
    [{ type: 'number', max: 5 }, 'many', onlyRestrict],
    [{ type: 'number', max: 5 }, '', onlyRestrict],
    [{ type: 'number', max: 5 }, true, onlyRestrict],
    [{ type: 'number', max: 5 }, null, onlyRestrict],
    [{ type: 'number', max: 5 }, [9, 3], onlyRestrict],
    [{ type: 'number', min: 3, max: 5 }, 9, onlyRestrict],
    [{ type: 'number', min: 3, max: 5 }, 4, both],
    [{ type: 'enum', values: ['a', 3] }, 3, both],
    [{ type: 'enum', values: ['a', 3] }, '3', both],
    [{ type: 'enum', values: ['a', 3] }, 'A', onlyRestrict],
    [{ type: 'enum', not_values: ['a'] }, 'b', both],
    [{ type: 'enum', not_values: ['a'] }, 'A', onlyRestrict],
    [5, 5, both],
    [true, true, both],
    [true, 'true', both],
    [true, false, none],
    [{ type: 'path', under: ['/data'] }, '/data/x', both],
    [{ type: 'path', under: ['/data'] }, '/data/../x', none],
    [{ type: 'path', under: ['/data'] }, '/data/%zz', onlyRestrict],
    [{ type: 'path', under: ['/data'] }, ['/data/x'], onlyRestrict],
    [{ type: 'path', under: ['/data'], names: ['x'] }, '/data/y', onlyRestrict],
    [{ type: 'path', under: ['/data'], names: ['x'] }, '/data/x', both],
  ];

  it.each(cases)('%j on %j: %j', (condition, value, expected) => {
    expect(applies({ arguments: { arg: condition } }, { arguments: { arg: value as never } })).toEqual(expected);
  });

  it.each([['^a'], [{ type: 'number', max: 5 }], [{ not_in: ['x'] }]])(
    '%j does not apply to an argument that is absent',
    (condition) => {
      expect(applies({ arguments: { arg: condition } }, { arguments: {} })).toEqual(none);
      expect(applies({ arguments: { constructor: condition } }, { arguments: {} })).toEqual(none);
    },
  );

  const paths: readonly [path: string, args: object, expected: object][] = [
    ['a.b', { a: { b: 'yes' } }, both],
    ['a.b', { a: { c: 'yes' } }, none],
    ['a.b', { a: 'yes' }, onlyRestrict],
    ['a.b', { a: [{ b: 'yes' }] }, onlyRestrict],
    ['a[*].b', { a: [{ b: 'yes' }, { b: 'yes' }] }, both],
    ['a[*].b', { a: [{ b: 'yes' }, { b: 'no' }] }, onlyRestrict],
    ['a[*].b', { a: [{ b: 'yes' }, {}] }, onlyRestrict],
    ['a[*].b', { a: [] }, none],
    ['a[*].b', { a: { b: 'yes' } }, onlyRestrict],
    ['a[*]', { a: 'yes' }, onlyRestrict],
    ['a[1]', { a: ['no', 'yes'] }, both],
    ['*', { a: 'yes', b: 'yes' }, both],
    ['*', { a: 'yes', b: 'no' }, onlyRestrict],
    ['**', { a: { b: ['yes'] } }, both],
    ['**', { a: { b: ['yes', 3] } }, onlyRestrict],
    ['**.b', { a: { b: 'yes' }, b: 'no' }, onlyRestrict],
    ['**.b', { a: { b: 'yes' }, b: 'yes' }, both],
    ['a', { a: { b: { c: [['yes']] } } }, onlyRestrict],
  ];

  it.each(paths)('the path %s in %j: %j', (path, args, expected) => {
    expect(applies({ arguments: { [path]: '^yes$' } }, { arguments: args as never })).toEqual(expected);
  });

  it('asks for every argument that is named', () => {
    const match = { arguments: { a: '^1', b: '^2' } };
    expect(applies(match, { arguments: { a: '1', b: '2' } })).toEqual(both);
    expect(applies(match, { arguments: { a: '1', b: '3' } })).toEqual(none);
  });

  it('takes the kind of an argument from its name, else from the schema', () => {
    const seen = (name: string) =>
      JSON.stringify(
        load([{ match: { arguments: { [name]: 'x' } }, action: 'deny' }]).explain(ask({ arguments: { [name]: 'x' } }))[
          'rules'
        ],
      );
    expect(seen('filePath')).toContain('"path"');
    expect(seen('sql_query')).toContain('"sql"');
    expect(seen('title')).not.toContain('"path"');
  });
});

describe('other conditions', () => {
  const cases: readonly [match: object, call: CallDocument, applies: boolean][] = [
    [{ tool: 't' }, {}, true],
    [{ tool: 'T' }, {}, false],
    [{ tool: ['a', 't*'] }, {}, true],
    [{ tool: '?' }, {}, true],
    [{ tool: '??' }, {}, false],
    [{ server: 's' }, { server: 's' }, true],
    [{ server: '*' }, {}, false],
    [{ method: 'tools/*' }, {}, true],
    [{ method: 'prompts/get' }, {}, false],
    [{ prompt: 't' }, {}, false],
    [{ class: 'write' }, {}, true],
    [{ class: ['read', 'destructive'] }, {}, false],
    [{ principal: { id: 'a*' } }, { principal: { id: 'ann' } }, true],
    [{ principal: { kind: 'user' } }, { principal: { id: 'ann' } }, false],
    [{ principal: { groups_any: ['x', 'dev'] } }, { principal: { groups: ['dev'] } }, true],
    [{ principal: { groups_all: ['ops', 'dev'] } }, { principal: { groups: ['dev'] } }, false],
    [{ principal: { groups_all: ['ops', 'dev'] } }, { principal: { groups: ['dev', 'ops'] } }, true],
    [{ principal: { groups_none: ['ops'] } }, { principal: { groups: ['dev'] } }, true],
    [{ principal: { groups_none: ['ops'] } }, { principal: { groups: ['ops'] } }, false],
    [{ principal: { roles_any: ['r'] } }, { principal: { groups: ['r'], roles: [] } }, false],
    [{ principal: { attributes: { level: 3 } } }, { principal: { attributes: { level: 3 } } }, true],
    [{ principal: { attributes: { level: 3 } } }, { principal: { attributes: { level: '3' } } }, false],
    [{ principal: { attributes: { team: ['a', 'b'] } } }, { principal: { attributes: { team: ['c', 'b'] } } }, true],
    [{ principal: { attributes: { constructor: 'x' } } }, {}, false],
    [{ principal: { on_behalf_of: true } }, {}, false],
    [{ principal: { on_behalf_of: false } }, {}, true],
    [{ principal: { on_behalf_of: { id: 'ann' } } }, { principal: { on_behalf_of: { id: 'ann' } } }, true],
    [{ context: { env: 'staging' } }, { context: { env: 'staging' } }, true],
    [{ context: { env: '*' } }, {}, false],
    [{ context: { labels: { region: 'eu-*' } } }, { context: { labels: { region: 'eu-1' } } }, true],
    [{ context: { gateway: 'default' } }, {}, true],
    [{ context: { key: 'k1' } }, { context: { key: 'k1' } }, true],
    [{ context: { key: '*' } }, {}, false],
    [{ context: { authenticated_by: 'local' } }, {}, true],
    [{ context: { client: 'cursor*' } }, { context: { client: 'cursor-vscode' } }, true],
    [{ context: { transport: 'stdio' } }, {}, false],
    [{ context: { revision: '2025-*' } }, { context: { revision: '2025-11-25' } }, true],
    [{ context: { pin_state: ['new', 'pinned'] } }, {}, true],
    [{ context: { address: 'local' } }, {}, true],
    [{ context: { address: '10.0.0.0/8' } }, {}, false],
    [{ context: { address: ['local', '10.0.0.0/8'] } }, { context: { address: '10.9.8.7' } }, true],
    [{ context: { address: '10.0.0.0/8' } }, { context: { address: '::ffff:10.0.0.1' } }, true],
    [{ context: { address: '2001:db8::/32' } }, { context: { address: '2001:db8::7' } }, true],
    [{ context: { address: '2001:db8::/32' } }, { context: { address: '32.1.13.184' } }, false],
    [{ context: { time: { from: '11:00', until: '12:00' } } }, {}, true],
    [{ context: { time: { from: '11:30', until: '11:31' } } }, {}, true],
    [{ context: { time: { from: '09:00', until: '11:30' } } }, {}, false],
    [{ context: { time: { days: ['mon'] } } }, {}, true],
    [{ context: { time: { days: ['tue'] } } }, {}, false],
    [{ context: { time: { from: '19:00', until: '21:00', timezone: 'Asia/Tokyo' } } }, {}, true],
    [
      { context: { time: { from: '22:00', until: '06:00', days: ['sun'] } } },
      { context: { at: '2026-11-23T05:59:00Z' } },
      true,
    ],
    [
      { context: { time: { from: '22:00', until: '06:00', days: ['sun'] } } },
      { context: { at: '2026-11-23T22:30:00Z' } },
      false,
    ],
    [{ when: 'context.time.hour == 11 && context.time.day == "mon"' }, {}, true],
    [{ when: 'principal.id == "ann" || "ops" in principal.groups' }, { principal: { groups: ['ops'] } }, true],
    [{ when: 'arguments.a > 5' }, { arguments: { a: 6 } }, true],
    [{ when: 'has(arguments.a)' }, { arguments: {} }, false],
    [{ when: 'arguments.list.exists(x, x == "b")' }, { arguments: { list: ['a', 'b'] } }, true],
    [{ when: 'arguments.q.matches("^(?!/etc)")' }, { arguments: { q: '/data' } }, true],
    [{ when: 'arguments.q.matches("^(?!/etc)")' }, { arguments: { q: '/etc' } }, false],
    [{ finding: 'sql.*' }, {}, false],
  ];

  it.each(cases)('%j on %j: %j', (match, call, expected) => {
    expect(applies(match, call)).toEqual(expected ? both : none);
  });

  it.each([['arguments.absent == 1'], ['arguments.a + 1 > 0'], ['arguments.a'], ['arguments.a.matches("z")']])(
    'the failing expression %s falls to the stricter side',
    (when) => {
      expect(applies({ when }, { arguments: { a: 'text', b: 1 } })).toEqual(
        when.includes('matches') ? none : onlyRestrict,
      );
      expect(applies({ when }, { arguments: {} })).toEqual(onlyRestrict);
    },
  );

  it('an address that is none falls to the stricter side', () => {
    expect(applies({ context: { address: '10.0.0.0/8' } }, { context: { address: 'nonsense' } })).toEqual(onlyRestrict);
  });

  it('bounds loops over large arguments', () => {
    const list = Array.from({ length: 3000 }, (_, i) => i);
    const match = { when: 'arguments.l.all(x, arguments.l.exists(y, y == x))' };
    expect(applies(match, { arguments: { l: list } })).toEqual(onlyRestrict);
    expect(applies(match, { arguments: { l: [1, 2] } })).toEqual(both);
  });

  it.each([
    ['docs://a/*', 'docs://a/b', both],
    ['docs://a/*', 'docs://%61/b', onlyRestrict],
    [['x://y', 'docs://a/b'], 'docs://a/b', both],
    [{ pattern: '^docs:' }, 'docs://a', both],
    [{ pattern: '^docs:' }, 'DOCS://a', onlyRestrict],
  ])('resource %j on %s', (resource, uri, expected) => {
    const permit =
      load([{ match: { resource }, action: 'allow' }]).decide(questionOf({ resource: uri }, { nowMs: 0 })).effect ===
      'allow';
    const restrict =
      load([{ match: { resource }, action: 'deny' }], { file: { default: 'allow' } }).decide(
        questionOf({ resource: uri }, { nowMs: 0 }),
      ).effect === 'deny';
    expect({ permit, restrict }).toEqual(expected);
    expect(applies({ resource }, {})).toEqual(none);
  });

  it('reads hints with the defaults of MCP', () => {
    const denied = (hint: object, definition: CallDocument['definition']) =>
      load([{ match: { annotations: hint }, action: 'deny' }], { file: { default: 'allow' } }).decide(
        ask({ ...(definition ? { definition } : {}) }),
      ).effect === 'deny';
    expect(denied({ destructiveHint: true }, undefined)).toBe(true);
    expect(denied({ destructiveHint: true }, { annotations: { destructiveHint: false } })).toBe(false);
    expect(denied({ destructiveHint: true }, { annotations: { destructiveHint: 'no' } })).toBe(true);
    expect(denied({ readOnlyHint: false }, {})).toBe(true);
    expect(denied({ openWorldHint: false }, {})).toBe(false);
  });
});

describe('unless', () => {
  it('is polarised the other way round', () => {
    const denyUnless = load([{ match: {}, unless: { arguments: { a: '^ok$' } }, action: 'deny' }], {
      file: { default: 'allow' },
    });
    expect(denyUnless.decide(ask({ arguments: { a: 'ok' } })).effect).toBe('allow');
    for (const a of ['OK', ' ok', 'ok\n', ['ok'], 5, null])
      expect(denyUnless.decide(ask({ arguments: { a } })).effect).toBe('deny');
    const allowUnless = load([{ match: {}, unless: { arguments: { a: '^bad' } }, action: 'allow' }]);
    expect(allowUnless.decide(ask({ arguments: { a: 'fine' } })).effect).toBe('allow');
    for (const a of ['bad', 'BAD', ' bad', ['bad'], '%62ad'])
      expect(allowUnless.decide(ask({ arguments: { a } })).effect).toBe('deny');
  });

  it('holds where any of its entries holds, targets included', () => {
    const policy = load(
      [{ match: {}, unless: [{ tool: 'x*', server: 's' }, { principal: { id: 'ann' } }], action: 'deny' }],
      { file: { default: 'allow' } },
    );
    const effect = (call: CallDocument) => policy.decide(ask(call)).effect;
    expect([
      effect({}),
      effect({ tool: 'xy', server: 's' }),
      effect({ tool: 'xy' }),
      effect({ principal: { id: 'ann' } }),
    ]).toEqual(['deny', 'allow', 'deny', 'allow']);
  });
});
