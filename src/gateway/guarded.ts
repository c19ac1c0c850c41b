import { GUARDS } from '../guards/guards.ts';
import { prepareGuards } from '../guards/prepare.ts';
import type { PolicyEnvironment } from '../policy/load.ts';
import type { Question } from '../policy/policy.ts';

/** Guards and policy do not know each other; here they meet: the types and views that every policy is loaded with. */
export const GUARDED: Pick<PolicyEnvironment, 'argumentTypes' | 'views'> = {
  argumentTypes: GUARDS.map((guard) => guard.type),
  views: GUARDS.flatMap((guard) => (guard.view ? [guard.view] : [])),
};

/** A hand-written call with what the guards find in its arguments, as a gateway without `guards:` would. */
export function observeCall(question: Question): Question {
  if (question.arguments === null) return question;
  const guards = prepareGuards(question.definition, { roots: question.roots, declared: [] });
  return { ...question, findings: [...question.findings, ...guards.inspect(question.arguments)] };
}
