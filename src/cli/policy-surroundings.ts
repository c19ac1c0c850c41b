import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Definition } from '../core/definition.ts';
import { GUARDED } from '../gateway/guarded.ts';
import { typesOfRules, type Typing } from '../gateway/ruled-types.ts';
import { warmGuards } from '../guards/guards.ts';
import { prepareGuards, type PreparedGuards } from '../guards/prepare.ts';
import { standIn } from '../guards/stand-in.ts';
import type { Question } from '../policy/policy.ts';
import type { Io } from './io.ts';
import { printable } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

/**
 * The world of the policy commands, out of the world of every command. Texts are made safe for terminals. The guards
 * are ready when it is: SQL that is read before its parsers are loaded would be a finding.
 */
export async function policyIoOf(io: Io): Promise<PolicyIo> {
  await warmGuards();
  return {
    out: (text) => io.out(`${text.split('\n').map(printable).join('\n')}\n`),
    err: (text) => io.err(`${text.split('\n').map(printable).join('\n')}\n`),
    readFile: (path) => readFileSync(resolve(io.folder, path)),
    nowMs: () => io.clock.nowMs(),
    environment: { ...GUARDED, profile: 'development' },
    observe: observer(),
  };
}

/** Definitions whose guards are kept; beyond them everything is forgotten and prepared again. */
const PREPARED_MAX = 1_000;

/**
 * What the gateway's guards would find in a call. Calls from files carry no pinned definition but a copy of it each, so
 * guards are prepared once for each text of one.
 */
function observer(): PolicyIo['observe'] {
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
