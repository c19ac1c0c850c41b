import { effectOf } from './evaluate.ts';
import { STRICTNESS } from './outcome.ts';
import type { Policy, Question } from './policy.ts';
import type { Effect } from './schema.ts';

/** A recorded call on which two policies disagree. */
export interface Change {
  /** Place in the recording, counted from 1. */
  readonly call: number;
  readonly principal: string;
  readonly target: string;
  readonly before: Effect;
  readonly beforeRule: string;
  readonly after: Effect;
  readonly afterRule: string;
  readonly direction: 'looser' | 'stricter';
}

/** What a candidate changes on a recording. */
export interface Replay {
  readonly calls: number;
  readonly changes: readonly Change[];
  /** Changes for each principal: who is affected. */
  readonly byPrincipal: Readonly<Record<string, number>>;
}

/** What a candidate would change on recorded calls: which decisions, for whom. */
export function replay(before: Policy, after: Policy, questions: readonly Question[]): Replay {
  const changes: Change[] = [];
  questions.forEach((question, i) => {
    const was = effectOf(before, question);
    const is = effectOf(after, question);
    if (was === is) return;
    changes.push({
      call: i + 1,
      principal: question.caller.principal.id,
      target: targetName(question),
      before: was,
      beforeRule: before.decide(question).rule,
      after: is,
      afterRule: after.decide(question).rule,
      direction: STRICTNESS[is] < STRICTNESS[was] ? 'looser' : 'stricter',
    });
  });
  const byPrincipal: Record<string, number> = {};
  for (const { principal } of changes) byPrincipal[principal] = (byPrincipal[principal] ?? 0) + 1;
  return { calls: questions.length, changes, byPrincipal };
}

function targetName({ target, method }: Question): string {
  return 'name' in target ? target.name : 'uri' in target ? target.uri : method;
}
