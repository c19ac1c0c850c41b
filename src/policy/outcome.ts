import type { Finding } from '../core/decision.ts';
import type { Facts } from './facts.ts';
import { NO, UNKNOWN, YES } from './leaf.ts';
import { evaluate, type Rule } from './rule.ts';
import type { Effect } from './schema.ts';

/** How strict an effect is; the strictest matching rule wins (semantics 4). */
export const STRICTNESS: Readonly<Record<Effect, number>> = { allow: 0, require_approval: 1, deny: 2 };

/** What the rules say of a question, before it becomes a decision. */
export interface Outcome {
  readonly effect: Effect;
  /** The rule that decides; null when it was a finding or nothing matched. */
  readonly rule: Rule | null;
  /** The finding that decides. */
  readonly finding: Finding | null;
  /** Every rule that matched, whether it decides or not: their obligations add up. */
  readonly matched: readonly Rule[];
}

/** Rules sorted by what came of them for one question. */
export interface Assessment {
  readonly matched: Rule[];
  readonly unknown: Rule[];
  readonly shadowMatched: Rule[];
}

export function assess(rules: readonly Rule[], facts: Facts): Assessment {
  const assessment: Assessment = { matched: [], unknown: [], shadowMatched: [] };
  for (const rule of rules) {
    const verdict = evaluate(rule, facts);
    if (verdict === NO) continue;
    if (rule.shadow) {
      if (verdict === YES) assessment.shadowMatched.push(rule);
    } else if (verdict === UNKNOWN) assessment.unknown.push(rule);
    else assessment.matched.push(rule);
  }
  return assessment;
}

/** The strictest of the matching rules, after findings that no rule steps in for, else the default. */
export function combine(matched: readonly Rule[], findings: readonly Finding[], fallback: Effect): Outcome {
  let decisive: Rule | null = null;
  for (const rule of matched) {
    if (!decisive || STRICTNESS[rule.action] > STRICTNESS[decisive.action]) decisive = rule;
  }
  const finding = standing(findings, matched);
  if (finding) return { effect: 'deny', rule: null, finding, matched };
  return { effect: decisive?.action ?? fallback, rule: decisive, finding: null, matched };
}

/** The finding that denies: locked ones first, then by code, so that the order of guards has no meaning. */
function standing(findings: readonly Finding[], matched: readonly Rule[]): Finding | null {
  let first: Finding | null = null;
  for (const finding of findings) {
    if (finding.noted === true || isWaived(finding, matched)) continue;
    if (!first || rank(finding) < rank(first)) first = finding;
  }
  return first;
}

function rank(finding: Finding): string {
  return `${finding.locked ? 0 : 1} ${finding.code} ${finding.at}`;
}

/** A rule that names a finding steps in its place, unless it is locked (semantics 13). */
export function isWaived(finding: Finding, rules: readonly Rule[]): boolean {
  return !finding.locked && rules.some((rule) => rule.action !== 'deny' && rule.findings?.test(finding.code) === true);
}

/** Every effect that some arguments could still have (semantics 10). */
export function reachable(assessment: Assessment, all: readonly Finding[], fallback: Effect): ReadonlySet<Effect> {
  const { matched, unknown } = assessment;
  const findings = all.filter((finding) => finding.noted !== true);
  if (findings.some((finding) => !isWaived(finding, matched) && !isWaived(finding, unknown))) return new Set(['deny']);
  const definite = combine(matched, [], fallback);
  const effects = new Set<Effect>([definite.effect]);
  for (const rule of unknown) {
    if (!definite.rule || STRICTNESS[rule.action] > STRICTNESS[definite.effect]) effects.add(rule.action);
  }
  if (findings.length > 0) effects.add('deny');
  return effects;
}
