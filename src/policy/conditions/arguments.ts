import type { Polarity } from '../../core/argument-type.ts';
import { own, type JsonObject, type JsonValue } from '../../core/json.ts';
import {
  leavesOf,
  parseArgumentPath,
  PathRejected,
  select,
  type ArgumentPath,
  type Selection,
} from '../argument-path.ts';
import { reject, rejectKey, type Draft, keysOf } from '../draft.ts';
import { guarded, NO, UNKNOWN, YES, type Leaf } from '../leaf.ts';
import type { ConditionDocument } from '../schema.ts';
import type { Path } from '../source.ts';
import { type ValueTest } from './value-test.ts';
import { compileCondition } from './condition.ts';

/** Compiles `match.arguments`: one leaf for each argument path. */
export function compileArguments(
  conditions: Readonly<Record<string, ConditionDocument>>,
  polarity: Polarity,
  path: Path,
  draft: Draft,
): Leaf[] {
  const entries = Object.entries(conditions);
  if (entries.length === 0) reject(draft, path, '`arguments` names no argument', 'name one or remove it');
  return entries.flatMap(([name, condition]) => {
    const leaf = compileArgument(name, condition, polarity, [...path, name], draft);
    return leaf ? [leaf] : [];
  });
}

function compileArgument(
  name: string,
  condition: ConditionDocument,
  polarity: Polarity,
  path: Path,
  draft: Draft,
): Leaf | null {
  const steps = readPath(name, path, draft);
  const lastKey = steps?.findLast((step) => step.kind === 'key');
  const compiled = compileCondition(condition, lastKey?.kind === 'key' ? lastKey.key : '', polarity, path, draft);
  if (!steps || !compiled) return null;
  const test = polarity === 'permit' ? permits(steps, compiled.test) : restricts(steps, compiled.test);
  return {
    at: keysOf(path),
    written: condition as JsonValue,
    argument: name,
    views: compiled.views,
    test: guarded(polarity, test),
  };
}

function readPath(name: string, path: Path, draft: Draft): ArgumentPath | null {
  try {
    return parseArgumentPath(name);
  } catch (error) {
    if (!(error instanceof PathRejected)) throw error;
    rejectKey(draft, path.slice(0, -1), name, error.message, 'write it as `a.b`, `a[*].b`, `*` or `**`');
    return null;
  }
}

/** Every selected value must meet the condition, none may be missing or of another form. */
function permits(path: ArgumentPath, test: ValueTest): Leaf['test'] {
  return (facts, note) => {
    const args = facts.question.arguments;
    if (args === null) return UNKNOWN;
    const only = oneKey(path, args);
    if (only !== undefined) return test(only, facts, note) ? YES : NO;
    const { values, mismatched, missing } = select(args, path);
    if (missing || mismatched.length > 0 || values.length === 0) {
      if (note) note.why = mismatched.length > 0 ? 'the argument has another form' : 'the argument is absent';
      return NO;
    }
    for (const { at, value } of values) {
      if (test(value, facts, note)) continue;
      if (note) note.within = at;
      return NO;
    }
    return YES;
  };
}

/** Any leaf of any selected value may meet the condition; an error in one does not hide another. */
function restricts(path: ArgumentPath, test: ValueTest): Leaf['test'] {
  return (facts, note) => {
    const args = facts.question.arguments;
    if (args === null) return UNKNOWN;
    const only = oneKey(path, args);
    if (only !== undefined && typeof only !== 'object') return test(only, facts, note) ? YES : NO;
    const { values, mismatched }: Selection = select(args, path);
    for (const { at, value } of [...values, ...mismatched].flatMap((found) => leavesOf(found.value, found.at))) {
      if (!test(value, facts, note)) continue;
      if (note) note.within = at;
      return YES;
    }
    return NO;
  };
}

/** The common case, a top-level argument that is there. */
function oneKey(path: ArgumentPath, args: JsonObject): JsonValue | undefined {
  const [first] = path;
  return path.length === 1 && first?.kind === 'key' ? own(args, first.key) : undefined;
}
