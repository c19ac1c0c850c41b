import type { Definition } from '../core/definition.ts';
import { GUARDS } from '../guards/guards.ts';
import { prepareGuards } from '../guards/prepare.ts';
import { standIn } from '../guards/stand-in.ts';
import { judgedHints } from '../integrity/judged-hints.ts';
import type { PolicyEnvironment } from '../policy/load.ts';
import type { Question } from '../policy/policy.ts';
import { typeOfUri } from './ruled-types.ts';

/** Guards and policy do not know each other; here they meet: the types and views that every policy is loaded with. */
export const GUARDED: Pick<PolicyEnvironment, 'argumentTypes' | 'views'> = {
  argumentTypes: GUARDS.map((guard) => guard.type),
  views: GUARDS.flatMap((guard) => (guard.view ? [guard.view] : [])),
};

/** Whether name or text of a definition belie its hints, so that the worst is assumed of it. */
export function areBelied(definition: Definition | null): boolean {
  return definition !== null && judgedHints(definition.kind, definition.name, definition.body).contradicted;
}

/** What the arguments of a call are read by: its definition, or for a hand-written one a stand-in. */
export function readDefinition({ definition, target, arguments: args }: Question): Definition | null {
  return definition ?? (target.kind === 'tool' && args !== null ? standIn(target.name, args) : null);
}

/** A hand-written call with what the guards find in its arguments, as a gateway without `guards:` would. */
export function observeCall(question: Question): Question {
  if (question.arguments === null) return question;
  const { target, definition } = question;
  const declared = target.kind === 'resource' ? [typeOfUri(target.uri, definition !== null)] : [];
  const guards = prepareGuards(readDefinition(question), { roots: question.roots, declared });
  const hintsContradicted = areBelied(question.definition);
  return { ...question, hintsContradicted, findings: [...question.findings, ...guards.inspect(question.arguments)] };
}
