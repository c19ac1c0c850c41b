import type { Definition } from '../core/definition.ts';
import { prepareGuards, type PreparedGuards } from '../guards/prepare.ts';
import { standIn } from '../guards/stand-in.ts';
import type { Question } from '../policy/policy.ts';
import { typesOfRules, type Typing } from './ruled-types.ts';

/** Definitions whose guards are kept; beyond them everything is forgotten and prepared again. */
const PREPARED_MAX = 1_000;

/** Adds to a call what guards find in it. */
export type Observer = (question: Question, policy: Typing) => Question;

/**
 * What the gateway's guards would find in a call. Calls from files carry no pinned definition but a copy of it each, so
 * guards are prepared once for each text of one.
 */
export function observer(): Observer {
  const prepared = new WeakMap<Typing, Map<string, PreparedGuards>>();
  return (question, policy) => {
    if (question.arguments === null) return question;
    const definition = definitionOf(question);
    const known = prepared.get(policy) ?? new Map<string, PreparedGuards>();
    if (known.size >= PREPARED_MAX) known.clear();
    prepared.set(policy, known);
    const key = keyOf(question, definition);
    const guards = known.get(key) ?? prepareFor(question, definition, policy);
    known.set(key, guards);
    const found = guards.inspect(question.arguments);
    return found.length === 0 ? question : { ...question, findings: [...question.findings, ...found] };
  };
}

function definitionOf({ definition, target, arguments: args }: Question): Definition | null {
  return definition ?? (target.kind === 'tool' && args !== null ? standIn(target.name, args) : null);
}

function keyOf({ server, target, roots }: Question, definition: Definition | null): string {
  return JSON.stringify([server, target, roots, definition?.body ?? null]);
}

function prepareFor(
  { server, target, roots }: Question,
  definition: Definition | null,
  policy: Typing,
): PreparedGuards {
  const declared = target.kind === 'tool' ? typesOfRules(policy, server, target.name) : [];
  return prepareGuards(definition, { roots, declared });
}
