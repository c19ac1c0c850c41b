import { isObject, type JsonObject, type JsonValue } from '../core/json.ts';
import { effectOf } from './evaluate.ts';
import { STRICTNESS } from './outcome.ts';
import type { Policy, Question } from './policy.ts';
import { SPELLINGS } from './spelling-table.ts';
import type { Effect } from './schema.ts';

/** A call spelt differently, and what came of it. */
export interface Mutant {
  /** Name of the trick, such as `letter case`. */
  readonly trick: string;
  /** Argument that was rewritten; empty for an added one. */
  readonly at: string;
  readonly arguments: JsonObject;
  readonly before: Effect;
  readonly after: Effect;
  /** The respelt call is let further than the original. */
  readonly loosened: boolean;
}

/** Calls beyond which no more mutants are made of one call. */
const MUTANTS_MAX = 2000;

/** Rewrites every text of a call in every known way, and says which spellings change the outcome. */
export function mutateCall(policy: Policy, question: Question): Mutant[] {
  const before = effectOf(policy, question);
  const changed: Mutant[] = [];
  for (const { trick, at, args } of mutations(question.arguments ?? {})) {
    const after = effectOf(policy, { ...question, arguments: args });
    if (after !== before)
      changed.push({ trick, at, arguments: args, before, after, loosened: STRICTNESS[after] < STRICTNESS[before] });
  }
  return changed;
}

function mutations(args: JsonObject): { trick: string; at: string; args: JsonObject }[] {
  const found: { trick: string; at: string; args: JsonObject }[] = [];
  for (const { at, text } of textsOf(args, '')) {
    for (const { trick, respell } of SPELLINGS) {
      for (const respelt of respell(text)) {
        if (respelt !== text && found.length < MUTANTS_MAX)
          found.push({ trick, at, args: replaced(args, at, respelt) });
      }
    }
    found.push({ trick: 'text in a list', at, args: replaced(args, at, [text]) });
  }
  found.push({ trick: 'extra key', at: '', args: { ...args, extra_key: 'x' } });
  return found;
}

function textsOf(value: JsonValue, at: string): { at: string; text: string }[] {
  if (typeof value === 'string') return [{ at, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, i) => textsOf(item, `${at}/${i}`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    child === undefined ? [] : textsOf(child, at === '' ? key : `${at}/${key}`),
  );
}

function replaced(args: JsonObject, at: string, by: JsonValue): JsonObject {
  const copy = structuredClone(args);
  const steps = at.split('/');
  let holder: JsonValue = copy;
  for (const step of steps.slice(0, -1)) holder = (holder as JsonObject)[step] ?? {}; // a way just walked by textsOf
  (holder as JsonObject)[steps.at(-1) ?? ''] = by;
  return copy;
}
