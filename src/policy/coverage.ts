import { Facts } from './facts.ts';
import { NO, YES } from './leaf.ts';
import type { Question } from './policy.ts';
import { evaluate, type Rule } from './rule.ts';
import type { Viewer } from './views.ts';

/** Which rules and conditions the tests have seen both ways. */
export interface Coverage {
  readonly rule: string;
  readonly matched: boolean;
  readonly unmatched: boolean;
  /** Conditions that were never true, or never false. */
  readonly leaves: readonly { readonly at: string; readonly seen: 'only true' | 'only false' | 'never' }[];
}

/** Which rules and conditions a set of questions has seen both ways. */
export function coverageOf(rules: readonly Rule[], questions: readonly Question[], viewer: Viewer): Coverage[] {
  return rules.map((rule) => {
    const relevant = questions
      .filter((question) => rule.target.test(question))
      .map((question) => new Facts(question, viewer));
    const verdicts = relevant.map((facts) => evaluate(rule, facts));
    const leaves = [...rule.match, ...rule.unless.flat()].flatMap((leaf) => {
      const seen = new Set(relevant.map((facts) => leaf.test(facts, null)));
      if (seen.has(YES) && seen.has(NO)) return [];
      return [
        {
          at: leaf.at,
          seen: seen.has(YES) ? ('only true' as const) : seen.has(NO) ? ('only false' as const) : ('never' as const),
        },
      ];
    });
    const elsewhere = relevant.length < questions.length;
    return { rule: rule.name, matched: verdicts.includes(YES), unmatched: verdicts.includes(NO) || elsewhere, leaves };
  });
}
