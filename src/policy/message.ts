import type { Finding } from '../core/decision.ts';
import { REFUSALS, type RefusalCode } from '../core/refusal.ts';
import type { Facts } from './facts.ts';
import { NO, YES, type Leaf, type Note } from './leaf.ts';
import type { Question } from './policy.ts';
import type { Rule } from './rule.ts';

/** What a refused agent reads: what, which argument, what would be legal. Never a rule's name or its pattern. */

export function codeOf(finding: Finding): RefusalCode {
  return finding.by === 'integrity' || finding.code.startsWith('tool.') ? 'TOOL_DRIFTED' : 'ARGUMENT_UNSAFE';
}

/** Where a rule that matched denies as well, its own words are what the operator wants the agent to read. */
export function findingMessage(finding: Finding, question: Question, matched: readonly Rule[]): string {
  const own = matched.find((rule) => rule.action === 'deny' && rule.error !== null);
  if (own?.error) return own.error;
  const code = codeOf(finding);
  if (code === 'TOOL_DRIFTED') return `${subject(question)} was refused: ${REFUSALS[code].sentence}`;
  const where = finding.at === '' ? 'its arguments are' : `the argument \`${finding.at}\` is`;
  const legal = finding.legal ? `; allowed: ${finding.legal}` : '';
  return `${subject(question)} was refused: ${where} not safe to pass on: ${finding.why}${legal}`;
}

/** The operator's own words when there are any; else the argument that decided, with a guard's reason for it. */
export function ruleMessage(rule: Rule, facts: Facts): string {
  if (rule.error !== null) return rule.error;
  const decided = decidingLeaf(rule, facts);
  const name = subject(facts.question);
  if (!decided)
    return `${name} was refused: the policy does not allow this call; another call of it would be refused too`;
  const { leaf, note } = decided;
  const why = leaf.views?.length === 1 && note.why ? `: ${note.why}` : '';
  const place = note.within ?? leaf.argument ?? '';
  return `${name} was refused because of the argument \`${place}\`${why}; change that argument, or ask the operator`;
}

function decidingLeaf(rule: Rule, facts: Facts): { leaf: Leaf; note: Note } | null {
  for (const leaf of rule.match) {
    const note: Note = {};
    if (leaf.argument !== null && leaf.test(facts, note) === YES) return { leaf, note };
  }
  return null;
}

/** Nothing allowed it. Where a rule would have but for an argument, that argument is named. */
export function defaultMessage(rules: readonly Rule[], facts: Facts): string {
  const name = subject(facts.question);
  for (const rule of rules) {
    if (rule.action === 'deny' || rule.shadow) continue;
    const failed = rule.match.filter((leaf) => leaf.test(facts, null) === NO);
    const [only] = failed;
    if (only && failed.every((leaf) => leaf.argument !== null)) {
      const argument = only.argument ?? '';
      return `${name} was refused because of the argument \`${argument}\`; other values of it may be allowed`;
    }
  }
  return `${name} was refused: nothing in the policy allows it; ask the operator for access`;
}

function subject({ target, method }: Question): string {
  if (target.kind === 'resource') return `the resource \`${target.uri}\``;
  return 'name' in target ? `\`${target.name}\`` : `\`${method}\``;
}
