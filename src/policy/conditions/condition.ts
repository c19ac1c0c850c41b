import { OperandRejected, type ArgumentType, type Condition, type Polarity } from '../../core/argument-type.ts';
import { own, type JsonObject, type JsonValue } from '../../core/json.ts';
import { reject, rejectKey, type Draft } from '../draft.ts';
import type { Facts } from '../facts.ts';
import { PatternRejected } from '../pattern/compile-pattern.ts';
import { nearest, oneOf } from '../problem.ts';
import type { ConditionDocument } from '../schema.ts';
import type { Path } from '../source.ts';
import { kindOfName, kindOfSchema, VIEW_KINDS, type ViewKind } from '../views.ts';
import { OWN_TYPES } from './own-types.ts';
import { textOf, type ValueTest } from './value-test.ts';

interface Compiled {
  readonly test: ValueTest;
  readonly views: readonly string[] | null;
}

/** A pattern, a literal, or a typed condition; null when it was rejected. */
export function compileCondition(
  condition: ConditionDocument,
  name: string,
  polarity: Polarity,
  path: Path,
  draft: Draft,
): Compiled | null {
  if (typeof condition === 'object') return compileTyped(condition as JsonObject, name, polarity, path, draft);
  const key = typeof condition === 'string' ? 'pattern' : 'values';
  const type = typeof condition === 'string' ? 'string' : 'enum';
  const operand = typeof condition === 'string' ? condition : [condition];
  const kind = kindOfName(name);
  const test = compileOwnKey(type, key, operand, polarity, kindChooser(name, null), path, draft);
  return test ? { test, views: draft.viewer.names(kind) } : null;
}

function compileTyped(
  condition: JsonObject,
  name: string,
  polarity: Polarity,
  path: Path,
  draft: Draft,
): Compiled | null {
  const typeName = condition['type'] ?? 'string';
  const known = [...Object.keys(OWN_TYPES), ...draft.argumentTypes.keys()];
  if (typeof typeName !== 'string' || !known.includes(typeName)) {
    const meant = typeof typeName === 'string' ? nearest(typeName, known) : null;
    reject(
      draft,
      [...path, 'type'],
      `the type \`${String(typeName)}\` is not known`,
      meant ? `write \`${meant}\`` : `use ${oneOf(known)}`,
    );
    return null;
  }
  const injected = draft.argumentTypes.get(typeName);
  if (injected) return compileInjected(injected, condition, polarity, path, draft);
  return compileOwn(typeName, condition, name, polarity, path, draft);
}

function compileOwn(
  type: string,
  condition: JsonObject,
  name: string,
  polarity: Polarity,
  path: Path,
  draft: Draft,
): Compiled | null {
  const keys = OWN_TYPES[type] ?? {};
  const kind = chosenKind(condition, path, draft);
  const entries = conditionEntries(condition, type, Object.keys(keys), ['views'], path, draft);
  const kindOf = kindChooser(name, kind);
  const tests = entries.flatMap(([key, operand]) => {
    const test = compileOwnKey(type, key, operand, polarity, kindOf, [...path, key], draft);
    return test ? [test] : [];
  });
  if (tests.length === 0 || tests.length < entries.length) return null;
  return {
    test: combine(tests, polarity),
    views: type === 'number' ? null : draft.viewer.names(kind ?? kindOfName(name)),
  };
}

function compileOwnKey(
  type: string,
  key: string,
  operand: JsonValue,
  polarity: Polarity,
  kindOf: (facts: Facts) => ViewKind,
  path: Path,
  draft: Draft,
): ValueTest | null {
  const compile = OWN_TYPES[type]?.[key];
  try {
    return compile?.({ operand, polarity, patterns: draft.patterns, kindOf }) ?? null;
  } catch (error) {
    if (error instanceof PatternRejected) reject(draft, path, error.message, error.mend);
    else if (error instanceof OperandRejected)
      reject(draft, path, `\`${key}\`: ${error.message}`, 'correct the operand');
    else throw error;
    return null;
  }
}

function compileInjected(
  type: ArgumentType,
  condition: JsonObject,
  polarity: Polarity,
  path: Path,
  draft: Draft,
): Compiled | null {
  const tuning: Record<string, JsonValue> = {};
  for (const key of type.tuningKeys) {
    const operand = own(condition, key);
    if (operand !== undefined) tuning[key] = operand;
  }
  const entries = conditionEntries(condition, type.name, type.conditionKeys, type.tuningKeys, path, draft);
  const tests: ValueTest[] = [];
  for (const [key, operand] of entries) {
    try {
      tests.push(injectedTest(type.compile(key, operand, tuning, polarity), polarity));
    } catch (error) {
      if (!(error instanceof OperandRejected)) throw error;
      reject(draft, [...path, key], `\`${key}\`: ${error.message}`, 'correct the operand');
    }
  }
  return tests.length === entries.length && tests.length > 0
    ? { test: combine(tests, polarity), views: [type.name] }
    : null;
}

/** Guards read texts; a permit takes nothing else, a restriction reads everything as a text. */
function injectedTest(condition: Condition, polarity: Polarity): ValueTest {
  return (value, facts, note) => {
    if (polarity === 'permit' && typeof value !== 'string') return false;
    const answer = condition(polarity === 'restrict' ? textOf(value) : value, facts.settings);
    if (note) note.why = answer.why;
    return answer.holds;
  };
}

/** The keys that state what matches; everything unknown is rejected. */
function conditionEntries(
  condition: JsonObject,
  type: string,
  known: readonly string[],
  tuning: readonly string[],
  path: Path,
  draft: Draft,
): [string, JsonValue][] {
  const entries: [string, JsonValue][] = [];
  let unknown = 0;
  for (const [key, operand] of Object.entries(condition)) {
    if (key === 'type' || tuning.includes(key) || operand === undefined) continue;
    if (known.includes(key)) entries.push([key, operand]);
    else {
      unknown++;
      const meant = nearest(key, [...known, ...tuning]);
      rejectKey(
        draft,
        path,
        key,
        `unknown key \`${key}\` for the type \`${type}\``,
        meant ? `write \`${meant}\`` : `use ${oneOf(known)}`,
      );
    }
  }
  if (entries.length === 0 && unknown === 0)
    reject(draft, path, `the condition of type \`${type}\` states nothing`, `add one of ${oneOf(known)}`);
  return entries;
}

function chosenKind(condition: JsonObject, path: Path, draft: Draft): ViewKind | null {
  const views = own(condition, 'views');
  if (views === undefined) return null;
  const kind = VIEW_KINDS.find((known) => known === views);
  if (!kind) reject(draft, [...path, 'views'], `\`views\` is \`${String(views)}\``, `write ${oneOf(VIEW_KINDS)}`);
  return kind ?? null;
}

/** Chosen in the rule, else said by the name, else by the schema of the tool at hand. */
function kindChooser(name: string, chosen: ViewKind | null): (facts: Facts) => ViewKind {
  const kind = chosen ?? kindOfName(name);
  if (chosen !== null || kind !== 'text') return () => kind;
  return (facts) => (facts.question.definition ? kindOfSchema(facts.question.definition, name) : 'text');
}

/** Several keys in one condition: all of them to permit, any of them to restrict; there an error counts as met. */
function combine(tests: readonly ValueTest[], polarity: Polarity): ValueTest {
  const [only] = tests;
  if (tests.length === 1 && only) return only;
  if (polarity === 'permit') return (value, facts, note) => tests.every((test) => test(value, facts, note));
  return (value, facts, note) => {
    let failed: Error | null = null;
    for (const test of tests) {
      try {
        if (test(value, facts, note)) return true;
      } catch (error) {
        failed ??= error instanceof Error ? error : new Error(String(error));
      }
    }
    if (failed) throw failed;
    return false;
  };
}
