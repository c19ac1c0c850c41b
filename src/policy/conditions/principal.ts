import type { Polarity } from '../../core/argument-type.ts';
import type { JsonValue } from '../../core/json.ts';
import type { Principal } from '../../core/principal.ts';
import { compileNames } from '../glob.ts';
import { plainLeaf, type Leaf } from '../leaf.ts';
import type { PrincipalDocument } from '../schema.ts';

type PrincipalTest = (principal: Principal) => boolean;

/** Compiles `match.principal`: one leaf for each key. Principals are authenticated, so nothing here can be spoofed. */
export function compilePrincipal(conditions: PrincipalDocument, polarity: Polarity, at: string): Leaf[] {
  const { on_behalf_of: behalf, ...own } = conditions;
  const leaves = testsOf(own).map(([key, written, test]) =>
    plainLeaf(`${at}.${key}`, written, polarity, (facts) => test(facts.question.caller.principal)),
  );
  if (typeof behalf === 'boolean') {
    leaves.push(
      plainLeaf(
        `${at}.on_behalf_of`,
        behalf,
        polarity,
        (facts) => (facts.question.caller.principal.onBehalfOf !== undefined) === behalf,
      ),
    );
  } else if (behalf) {
    for (const [key, written, test] of testsOf(behalf)) {
      leaves.push(
        plainLeaf(`${at}.on_behalf_of.${key}`, written, polarity, (facts) => {
          const other = facts.question.caller.principal.onBehalfOf;
          return other !== undefined && test(other);
        }),
      );
    }
  }
  return leaves;
}

function testsOf(
  conditions: Omit<PrincipalDocument, 'on_behalf_of'>,
): [key: string, written: JsonValue, test: PrincipalTest][] {
  const tests: [string, JsonValue, PrincipalTest][] = [];
  const { id, kind, attributes } = conditions;
  if (id !== undefined) {
    const names = compileNames(id);
    tests.push(['id', id, (principal) => names.test(principal.id)]);
  }
  if (kind !== undefined) tests.push(['kind', kind, (principal) => principal.kind === kind]);
  for (const key of ['groups_any', 'groups_all', 'groups_none', 'roles_any', 'roles_all', 'roles_none'] as const) {
    const names = conditions[key];
    if (names !== undefined) tests.push([key, names, membership(key, typeof names === 'string' ? [names] : names)]);
  }
  for (const [name, wanted] of Object.entries(attributes ?? {})) {
    tests.push([
      `attributes.${name}`,
      wanted,
      (principal) => hasAttribute(principal, name, Array.isArray(wanted) ? wanted : [wanted]),
    ]);
  }
  return tests;
}

function membership(key: string, names: readonly string[]): PrincipalTest {
  const of = (principal: Principal): readonly string[] =>
    key.startsWith('groups') ? principal.groups : principal.roles;
  const matchers = names.map((name) => compileNames(name));
  if (key.endsWith('_all'))
    return (principal) => matchers.every((matcher) => of(principal).some((name) => matcher.test(name)));
  const any: PrincipalTest = (principal) =>
    of(principal).some((name) => matchers.some((matcher) => matcher.test(name)));
  return key.endsWith('_none') ? (principal) => !any(principal) : any;
}

/** An attribute that is a list has a value when one of its entries is it. */
function hasAttribute(principal: Principal, name: string, wanted: readonly JsonValue[]): boolean {
  const value = Object.hasOwn(principal.attributes, name) ? principal.attributes[name] : undefined;
  return (Array.isArray(value) ? value : [value]).some((entry) => wanted.some((one) => one === entry));
}
