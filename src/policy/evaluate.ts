import type { Decision } from '../core/decision.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { Policy, Question } from './policy.ts';
import type { Effect } from './schema.ts';

/** The answer to one call decided without forwarding: a line of `veto evaluate`, the body of `…/evaluate`. */
export interface Evaluation {
  readonly decision: Effect;
  readonly code: string | null;
  readonly rule: string;
  readonly reason: string;
  readonly findings: readonly JsonValue[];
  readonly explanation: JsonObject;
}

/**
 * Decides one call, findings of the guards included in the question.
 * @param decision what was decided already
 */
export function evaluateCall(
  policy: Policy,
  question: Question,
  decision: Decision = policy.decide(question),
): Evaluation {
  const findings = question.findings.map(({ code, by, at, span, why }): JsonObject => ({
    code,
    guard: by,
    path: at,
    ...(span ? { span: [...span] } : {}),
    why,
  }));
  const explanation = policy.explain(question, decision);
  if (decision.effect === 'deny') {
    return {
      decision: 'deny',
      code: decision.code,
      rule: decision.rule,
      reason: decision.reason,
      findings,
      explanation,
    };
  }
  const asks = decision.obligations.some((obligation) => obligation.kind === 'approve');
  const reason = decision.rule.startsWith('(')
    ? 'no rule matched'
    : `the rule \`${decision.rule}\` ${asks ? 'asks a person' : 'allows it'}`;
  return {
    decision: asks ? 'require_approval' : 'allow',
    code: asks ? 'APPROVAL_REQUIRED' : null,
    rule: decision.rule,
    reason,
    findings,
    explanation,
  };
}

/** What comes of a question, in one word. */
export function effectOf(policy: Policy, question: Question): Effect {
  return effectIn(policy.decide(question));
}

/** What a decision makes of a call, in one word. */
export function effectIn(decision: Decision): Effect {
  if (decision.effect === 'deny') return 'deny';
  return decision.obligations.some((obligation) => obligation.kind === 'approve') ? 'require_approval' : 'allow';
}
