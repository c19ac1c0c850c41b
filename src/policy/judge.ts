import type { Decision, Obligation, ShadowOutcome, Watching } from '../core/decision.ts';
import { coverageOf, type Coverage } from './coverage.ts';
import { declaredTypes, type RuledArgument } from './declared-types.ts';
import { explainQuestion } from './explain.ts';
import { Facts } from './facts.ts';
import { codeOf, defaultMessage, findingMessage, ruleMessage } from './message.ts';
import { defaultApproval } from './obligations.ts';
import { assess, combine, reachable, type Assessment, type Outcome } from './outcome.ts';
import type { Policy, Question } from './policy.ts';
import { RuleIndex } from './rule-index.ts';
import type { Rule } from './rule.ts';
import type { Effect } from './schema.ts';
import type { JsonObject } from '../core/json.ts';
import type { Viewer } from './views.ts';

/** Everything a loaded policy consists of. */
export interface Furniture {
  readonly hash: string;
  readonly rules: readonly Rule[];
  /** What happens when no rule matches. */
  readonly fallback: Effect;
  /** The whole gateway is in shadow: nothing but locked findings is enforced. */
  readonly shadow: boolean;
  readonly viewer: Viewer;
  readonly notes: readonly string[];
}

/** Names of the rules that are built in; they show in records and explanations. */
const BUILT_IN = {
  default: '(default)',
  finding: '(finding)',
  plain: '(method without effect)',
  shadow: '(shadow)',
} as const;

/** Methods that reach nothing: allowed unless a rule says otherwise. Tasks belong to a decided call. */
const WITHOUT_EFFECT = new Set([
  'ping',
  'initialize',
  'server/discover',
  'logging/setLevel',
  'completion/complete',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'tasks/get',
  'tasks/result',
  'tasks/list',
  'tasks/cancel',
  'tasks/update',
  'subscriptions/listen',
  'roots/list',
]);

/** The compiled policy: answers questions, knows nothing of the world (semantics 1–14 of the policy language). */
export class Judge implements Policy {
  readonly hash: string;
  readonly notes: readonly string[];
  readonly #furniture: Furniture;
  readonly #index: RuleIndex;
  readonly #watches: readonly Watching[];

  constructor(furniture: Furniture) {
    this.hash = furniture.hash;
    this.notes = furniture.notes;
    this.#furniture = furniture;
    this.#index = new RuleIndex(furniture.rules);
    this.#watches = watchesOf(furniture.rules);
  }

  /** The compiled rules, for tools that examine a policy. */
  get rules(): readonly Rule[] {
    return this.#furniture.rules;
  }

  /** A question as conditions read it, for tools that examine a policy. */
  factsOf(question: Question): Facts {
    return new Facts(question, this.#furniture.viewer);
  }

  declaredTypes(server: string | null, tool: string): readonly RuledArgument[] {
    return declaredTypes(this.#furniture.rules, server, tool);
  }

  decide(question: Question): Decision {
    const facts = new Facts(question, this.#furniture.viewer);
    const rules = this.#index.rulesFor(question);
    const assessment = assess(rules, facts);
    const shadow = this.#shadowOf(assessment, question);
    if (this.#furniture.shadow) return this.#unenforced(question, assessment, facts, rules);
    const outcome = combine(assessment.matched, question.findings, this.#fallbackFor(question));
    const decision = this.#toDecision(outcome, question, facts, rules);
    return shadow ? { ...decision, shadow } : decision;
  }

  listing(question: Question): 'deny' | 'maybe' {
    if (this.#furniture.shadow) return question.findings.some((finding) => finding.locked) ? 'deny' : 'maybe';
    const effects = this.reachable(question);
    return effects.length === 1 && effects[0] === 'deny' ? 'deny' : 'maybe';
  }

  /** The effects that some arguments could have; with arguments given, the one they have. */
  reachable(question: Question): readonly Effect[] {
    const facts = new Facts(question, this.#furniture.viewer);
    const assessment = assess(this.#index.rulesFor(question), facts);
    return [...reachable(assessment, question.findings, this.#fallbackFor(question))];
  }

  /** Which rules and conditions a set of questions sees both ways. */
  coverage(questions: readonly Question[]): readonly Coverage[] {
    return coverageOf(this.#furniture.rules, questions, this.#furniture.viewer);
  }

  explain(question: Question, decided?: Decision): JsonObject {
    const { hash, viewer } = this.#furniture;
    const rules = this.#index.rulesFor(question);
    const facts = new Facts(question, viewer);
    const fallback = this.#fallbackFor(question);
    const decision = question.arguments === null ? null : (decided ?? this.decide(question));
    const reachable = decision === null ? this.reachable(question) : [];
    return explainQuestion({ question, facts, rules, fallback, hash, decision, reachable });
  }

  #fallbackFor(question: Question): Effect {
    return question.target.kind === 'none' || question.target.kind === 'task'
      ? WITHOUT_EFFECT.has(question.method)
        ? 'allow'
        : this.#furniture.fallback
      : this.#furniture.fallback;
  }

  #toDecision(outcome: Outcome, question: Question, facts: Facts, rules: readonly Rule[]): Decision {
    const { effect, rule, finding, matched } = outcome;
    if (effect !== 'deny') {
      const name =
        rule?.name ?? (effect === 'allow' && this.#furniture.fallback !== 'allow' ? BUILT_IN.plain : BUILT_IN.default);
      return { effect: 'allow', rule: name, obligations: this.#counted(obligationsOf(outcome, name), question) };
    }
    const more = besides(matched);
    if (finding) {
      return {
        effect: 'deny',
        code: codeOf(finding),
        rule: `${BUILT_IN.finding.slice(0, -1)} ${finding.code})`,
        reason: finding.why,
        publicMessage: findingMessage(finding, question, matched),
        ...more,
      };
    }
    if (rule) {
      return {
        effect: 'deny',
        code: 'POLICY_DENIED',
        rule: rule.name,
        reason: `denied by the rule \`${rule.name}\``,
        publicMessage: ruleMessage(rule, facts),
        ...more,
      };
    }
    return {
      effect: 'deny',
      code: 'POLICY_DENIED',
      rule: BUILT_IN.default,
      reason: 'no rule matched, and the default denies',
      publicMessage: defaultMessage(rules, facts),
    };
  }

  /** Adds what has to be remembered of a call that passes, because some rule asks about it later. */
  #counted(obligations: readonly Obligation[], { target, server }: Question): readonly Obligation[] {
    if (this.#watches.length === 0 || target.kind !== 'tool') return obligations;
    const watches = this.#watches.filter((watch) => watch.covers(server, target.name));
    const counts = watches.map(({ covers: _covers, ...watch }) => ({ kind: 'count', watch }) as const);
    return [...obligations, ...counts];
  }

  #shadowOf(assessment: Assessment, question: Question): ShadowOutcome | null {
    if (assessment.shadowMatched.length === 0) return null;
    const all = [...assessment.matched, ...assessment.shadowMatched];
    const { effect } = combine(all, question.findings, this.#fallbackFor(question));
    return { effect, rules: assessment.shadowMatched.map((rule) => rule.name) };
  }

  /** A gateway in shadow: what would have been is recorded beside an allow. */
  #unenforced(question: Question, assessment: Assessment, facts: Facts, rules: readonly Rule[]): Decision {
    const all = [...assessment.matched, ...assessment.shadowMatched].sort((a, b) => (a.name < b.name ? -1 : 1));
    const would = combine(all, question.findings, this.#fallbackFor(question));
    const shadow = { effect: would.effect, rules: all.map((rule) => rule.name) };
    const locked = question.findings.filter((finding) => finding.locked);
    if (locked.length === 0)
      return { effect: 'allow', rule: BUILT_IN.shadow, obligations: this.#counted([], question), shadow };
    return { ...this.#toDecision(combine([], locked, 'deny'), question, facts, rules), shadow };
  }
}

function obligationsOf({ effect, rule, matched }: Outcome, name: string): readonly Obligation[] {
  if (!rule) return effect === 'require_approval' ? [defaultApproval(name)] : [];
  const [only] = matched;
  return matched.length === 1 && only ? only.obligations : matched.flatMap((each) => each.obligations);
}

/** What matching rules want though the call goes nowhere: alerts, and limits that count attempts. */
function besides(matched: readonly Rule[]): Pick<Extract<Decision, { effect: 'deny' }>, 'alerts' | 'attempts'> {
  const owed = matched.flatMap((rule) => rule.obligations);
  const alerts = owed.filter((one) => one.kind === 'alert');
  const attempts = owed.filter((one) => one.kind === 'limit' && one.countAttempts);
  return { ...(alerts.length > 0 ? { alerts } : {}), ...(attempts.length > 0 ? { attempts } : {}) };
}

/** Each once, in an order that has nothing to do with that of the rules. */
function watchesOf(rules: readonly Rule[]): Watching[] {
  const leaves = rules.flatMap((rule) => [rule.match, ...rule.unless].flat());
  const watches = leaves.flatMap(({ watch }): [string, Watching][] =>
    watch ? [[JSON.stringify([watch.id, watch.per]), watch]] : [],
  );
  return [...new Map(watches)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, watch]) => watch);
}
