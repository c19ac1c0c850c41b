import type { Polarity } from '../core/argument-type.ts';
import type { Obligation } from '../core/decision.ts';
import type { Classifier } from './classify.ts';
import { compileMatch, targetLeaf } from './conditions/match.ts';
import { rejectKey, type Draft, keysOf } from './draft.ts';
import type { Facts } from './facts.ts';
import { compileNames, type NameMatcher } from './glob.ts';
import { NO, opposite, UNKNOWN, YES, type Leaf, type Verdict } from './leaf.ts';
import { compileObligations } from './obligations.ts';
import type { Effect, RuleDocument } from './schema.ts';
import type { Path } from './source.ts';
import { compileTarget, type TargetTest } from './target.ts';

/** A rule, compiled once. */
export interface Rule {
  readonly name: string;
  readonly action: Effect;
  /** Evaluated and recorded, never enforced. */
  readonly shadow: boolean;
  readonly target: TargetTest;
  readonly match: readonly Leaf[];
  /** Alternatives, each a conjunction; the rule does not apply where one holds. */
  readonly unless: readonly (readonly Leaf[])[];
  /** Codes of findings in whose place the rule steps; null when it names none. */
  readonly findings: NameMatcher | null;
  readonly obligations: readonly Obligation[];
  /** What the operator wants a refused agent to be told. */
  readonly error: string | null;
  readonly file: string;
  readonly line: number;
}

/** Which way doubt falls for the `match` of a rule; for its `unless` the other way. */
export function polarityOf(action: Effect): Polarity {
  return action === 'allow' ? 'permit' : 'restrict';
}

export function compileRule(
  document: RuleDocument,
  path: Path,
  draft: Draft,
  classifier: Classifier,
  fileIsShadow: boolean,
): Rule {
  checkRule(document, path, draft);
  const polarity = polarityOf(document.action);
  const { match, unless } = document;
  return {
    name: document.name,
    action: document.action,
    shadow: fileIsShadow || document.mode === 'shadow',
    target: compileTarget(match),
    match: relativeTo(path, compileMatch(match, polarity, [...path, 'match'], draft, classifier)),
    unless: (unless === undefined ? [] : [unless].flat()).map((entry, i) => {
      const at = Array.isArray(unless) ? [...path, 'unless', i] : [...path, 'unless'];
      const target = targetLeaf(entry, opposite(polarity), 'unless');
      return [
        ...(target ? [target] : []),
        ...relativeTo(path, compileMatch(entry, opposite(polarity), at, draft, classifier)),
      ];
    }),
    findings: match.finding === undefined ? null : compileNames(match.finding),
    obligations: compileObligations(document, path, draft),
    error: document.response?.error ?? null,
    file: draft.source.file,
    line: draft.source.lineOf(path),
  };
}

/** Leaves name their place within the rule: the way to the rule is the same for all. */
function relativeTo(path: Path, leaves: readonly Leaf[]): Leaf[] {
  const prefix = `${keysOf(path)}.`;
  return leaves.map((leaf) => ({ ...leaf, at: leaf.at.slice(prefix.length) }));
}

const MISPLACED: readonly (readonly [
  key: keyof RuleDocument,
  actions: readonly Effect[],
  why: string,
  mend: string,
])[] = [
  ['approval', ['allow', 'deny'], 'nobody is asked', 'write `action: require_approval` or remove `approval`'],
  ['response', ['allow'], 'nothing is refused', 'remove `response`, or write `action: deny`'],
  ['rate_limit', ['deny'], 'no call passes that could be counted', 'remove `rate_limit`, or write `action: allow`'],
  ['concurrency', ['deny'], 'no call passes that could be counted', 'remove `concurrency`, or write `action: allow`'],
  ['redact', ['deny'], 'there is no result', 'remove `redact`'],
];

function checkRule(document: RuleDocument, path: Path, draft: Draft): void {
  for (const [key, actions, why, mend] of MISPLACED) {
    if (document[key] !== undefined && actions.includes(document.action)) {
      rejectKey(draft, path, key, `\`${key}\` means nothing with \`action: ${document.action}\`: ${why}`, mend);
    }
  }
  if (document.name.startsWith('(')) {
    rejectKey(
      draft,
      path,
      'name',
      `the name \`${document.name}\` begins with a bracket, as built-in rules do`,
      'choose another name',
    );
  }
}

/** Whether a rule whose target fits applies: its `match` and no alternative of its `unless`, in Kleene's logic. */
export function evaluate(rule: Rule, facts: Facts): Verdict {
  const matched = conjunction(rule.match, facts);
  if (matched === NO) return NO;
  let verdict: Verdict = matched;
  for (const alternative of rule.unless) {
    const excepted = conjunction(alternative, facts);
    if (excepted === YES) return NO;
    if (excepted === UNKNOWN) verdict = UNKNOWN;
  }
  return verdict;
}

function conjunction(leaves: readonly Leaf[], facts: Facts): Verdict {
  let verdict: Verdict = YES;
  for (const leaf of leaves) {
    const one = leaf.test(facts, null);
    if (one === NO) return NO;
    if (one === UNKNOWN) verdict = UNKNOWN;
  }
  return verdict;
}
