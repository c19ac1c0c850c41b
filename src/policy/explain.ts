import type { Decision, Finding, Obligation } from '../core/decision.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { Facts } from './facts.ts';
import { NO, UNKNOWN, type Leaf, type Note, type Verdict } from './leaf.ts';
import { combine, isWaived } from './outcome.ts';
import type { Question } from './policy.ts';
import { evaluate, type Rule } from './rule.ts';
import type { Effect } from './schema.ts';

export interface Explained {
  readonly question: Question;
  readonly facts: Facts;
  readonly rules: readonly Rule[];
  readonly fallback: Effect;
  readonly hash: string;
  /** null while listing; only then are the reachable effects asked for. */
  readonly decision: Decision | null;
  readonly reachable: readonly Effect[];
}

/** The whole reasoning as one JSON tree: for the CLI, the record and the approval card. */
export function explainQuestion({
  question,
  facts,
  rules,
  fallback,
  hash,
  decision,
  reachable,
}: Explained): JsonObject {
  const verdicts = rules.map((rule) => evaluate(rule, facts));
  const matched = rules.filter((rule, i) => !rule.shadow && verdicts[i] !== NO && question.arguments !== null);
  return {
    policy_hash: hash,
    target: targetOf(question),
    phase: question.arguments === null ? 'listing' : 'call',
    outcome: outcomeOf(decision, reachable),
    default: fallback,
    rules: rules.map((rule, i) => explainRule(rule, verdicts[i] ?? NO, facts)),
    findings: question.findings.map((finding) => ({
      code: finding.code,
      at: finding.at,
      by: finding.by,
      why: finding.why,
      effect: effectOf(finding, matched),
    })),
    counterfactual: counterfactual(matched, question, fallback),
  };
}

function effectOf(finding: Finding, matched: readonly Rule[]): string {
  if (isWaived(finding, matched)) return 'left to a rule that names it';
  if (finding.noted === true) return 'noted, denies nothing by itself';
  return finding.locked ? 'denies, locked' : 'denies';
}

function outcomeOf(decision: Decision | null, reachable: readonly Effect[]): JsonObject {
  if (!decision) return { reachable: [...reachable] };
  const shadow: JsonObject = decision.shadow
    ? { shadow: { effect: decision.shadow.effect, rules: [...decision.shadow.rules] } }
    : {};
  if (decision.effect === 'deny') {
    const { code, rule, reason, publicMessage } = decision;
    return { effect: 'deny', code, rule, reason, message: publicMessage, ...shadow };
  }
  const effect = decision.obligations.some((obligation) => obligation.kind === 'approve')
    ? 'require_approval'
    : 'allow';
  return {
    effect,
    rule: decision.rule,
    obligations: decision.obligations.flatMap((one) => (one.kind === 'count' ? [] : [toJson(one)])),
    ...shadow,
  };
}

function toJson(obligation: Exclude<Obligation, { kind: 'count' }>): JsonObject {
  const entries: [string, string | number | boolean | readonly string[]][] = Object.entries(obligation);
  return Object.fromEntries(
    entries.map(([key, value]): [string, JsonValue] => [key, typeof value === 'object' ? [...value] : value]),
  );
}

function explainRule(rule: Rule, verdict: Verdict, facts: Facts): JsonObject {
  return {
    name: rule.name,
    action: rule.action,
    mode: rule.shadow ? 'shadow' : 'enforce',
    at: `${rule.file}:${rule.line}`,
    verdict: word(verdict, 'matched', 'not matched'),
    target: { ...rule.target.written },
    match: rule.match.map((leaf) => explainLeaf(leaf, facts)),
    ...(rule.unless.length > 0
      ? { unless: rule.unless.map((leaves) => leaves.map((leaf) => explainLeaf(leaf, facts))) }
      : {}),
  };
}

function explainLeaf(leaf: Leaf, facts: Facts): JsonObject {
  const note: Note = {};
  const verdict = leaf.test(facts, note);
  return {
    at: leaf.at,
    written: leaf.written,
    verdict: word(verdict, 'true', 'false'),
    ...(leaf.views ? { views: [...leaf.views] } : {}),
    ...(note.view === undefined ? {} : { view: note.view }),
    ...(note.within === undefined ? {} : { within: note.within }),
    ...(note.why === undefined ? {} : { why: note.why }),
    ...(note.error === undefined ? {} : { error: note.error }),
  };
}

function word(verdict: Verdict, yes: string, no: string): string {
  return verdict === UNKNOWN ? 'unknown' : verdict === NO ? no : yes;
}

/** What would come out but for the deciding rule: "would be allow but for `Confine reads`". */
function counterfactual(matched: readonly Rule[], question: Question, fallback: Effect): JsonObject | null {
  const outcome = combine(matched, question.findings, fallback);
  if (outcome.finding) {
    const without = question.findings.filter((finding) => finding !== outcome.finding);
    return { without: `(finding ${outcome.finding.code})`, effect: combine(matched, without, fallback).effect };
  }
  if (!outcome.rule) return null;
  return {
    without: outcome.rule.name,
    effect: combine(
      matched.filter((rule) => rule !== outcome.rule),
      question.findings,
      fallback,
    ).effect,
  };
}

function targetOf({ target, method, server, gateway }: Question): JsonObject {
  return {
    gateway,
    method,
    server,
    ...('name' in target
      ? { kind: target.kind, name: target.name }
      : 'uri' in target
        ? { kind: 'resource', uri: target.uri }
        : { kind: target.kind }),
  };
}
