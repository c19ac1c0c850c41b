import type { Definition } from '../core/definition.ts';
import { prepareGuards, type PreparedGuards } from '../guards/prepare.ts';
import type { DeclaredType } from '../guards/typing.ts';
import type { Question } from '../policy/policy.ts';
import { areBelied, readDefinition } from './guarded.ts';
import { typeOfUri, typesOfRules, type Typing } from './ruled-types.ts';

/** Definitions whose guards are kept; beyond them everything is forgotten and prepared again. */
const PREPARED_MAX = 1_000;

/** Adds to a call what guards find in it. */
export type Observer = (question: Question, policy: Typing) => Question;

/**
 * What the gateway's guards would find in a call. Calls from files carry no pinned definition but a copy of it each, so
 * guards are prepared once for each text of one.
 */
export function observer(): Observer {
  const prepared = new WeakMap<Typing, Map<string, Prepared>>();
  return (question, policy) => {
    if (question.arguments === null) return question;
    const definition = readDefinition(question);
    const known = prepared.get(policy) ?? new Map<string, Prepared>();
    if (known.size >= PREPARED_MAX) known.clear();
    prepared.set(policy, known);
    const key = keyOf(question, definition);
    const ready = known.get(key) ?? prepareFor(question, definition, policy);
    known.set(key, ready);
    const { guards, hintsContradicted } = ready;
    const found = guards.inspect(question.arguments);
    if (found.length === 0 && !hintsContradicted) return question;
    return { ...question, hintsContradicted, findings: [...question.findings, ...found] };
  };
}

function keyOf({ server, target, roots }: Question, definition: Definition | null): string {
  return JSON.stringify([server, target, roots, definition?.body ?? null]);
}

interface Prepared {
  readonly guards: PreparedGuards;
  readonly hintsContradicted: boolean;
}

function prepareFor({ server, target, roots, definition: given }: Question, read: Definition | null, policy: Typing) {
  return {
    guards: prepareGuards(read, { roots, declared: declaredTypes() }),
    hintsContradicted: areBelied(given),
  };

  function declaredTypes(): DeclaredType[] {
    if (target.kind === 'resource') return [typeOfUri(target.uri, given !== null)];
    return target.kind === 'tool' ? typesOfRules(policy, server, target.name) : [];
  }
}
