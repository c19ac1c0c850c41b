import type { Decision } from '../core/decision.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import type { Policy, Question } from '../policy/policy.ts';

/** How the policy names the rule when none matched. */
const DEFAULT_RULE = '(default)';

/**
 * What the policy says of a call, tasks and completions included: neither may be a way around what it says of the
 * calls that they belong to.
 */
export function decide(policy: Policy, asked: Question): Decision {
  if (asked.target.kind === 'task') return followTask(policy, asked, asked.target.tool);
  const decision = policy.decide(asked);
  if (asked.method !== 'completion/complete' || decision.effect === 'deny') return decision;
  const use = policy.decide(completedUse(asked));
  return objects(use) ? use : decision;
}

/**
 * A task is the rest of a call that was decided: it may be followed as long as its tool is not closed altogether, and
 * what is sent to it meanwhile is decided by what was found in it.
 */
function followTask(policy: Policy, asked: Question, tool: string): Decision {
  const call: Question = { ...asked, method: 'tools/call', target: { kind: 'tool', name: tool }, arguments: null };
  if (policy.listing({ ...call, findings: [] }) !== 'deny') {
    if (asked.findings.length > 0) return policy.decide(asked);
    return { effect: 'allow', rule: '(task of an allowed call)', obligations: [] };
  }
  return {
    effect: 'deny',
    code: 'POLICY_DENIED',
    rule: '(task)',
    reason: `the tool \`${tool}\` of this task is closed to the caller`,
    publicMessage: 'this task may no longer be used',
  };
}

/** Asking for values of an argument, as the use that it prepares: `arguments.x` means the same in both. */
function completedUse(asked: Question): Question {
  const { argument, context } = asked.arguments ?? {};
  const known: JsonObject = isObject(context) && isObject(context.arguments) ? { ...context.arguments } : {};
  if (isObject(argument) && typeof argument.name === 'string') known[argument.name] = argument.value ?? '';
  return { ...asked, method: asked.target.kind === 'prompt' ? 'prompts/get' : 'resources/read', arguments: known };
}

/** Whether a rule speaks against it; that no rule spoke for it yet is no objection, as arguments are incomplete. */
function objects(use: Decision): boolean {
  if (use.effect === 'deny') return use.rule !== DEFAULT_RULE;
  return use.obligations.some((owed) => owed.kind === 'approve' && owed.rule !== DEFAULT_RULE);
}

/** Whether lists would not show the target to this caller: then it must look like one that does not exist. */
export function isHidden(policy: Policy, asked: Question): boolean {
  if (asked.target.kind === 'task' || asked.target.kind === 'none') return false;
  return policy.listing({ ...asked, arguments: null, findings: [] }) === 'deny';
}
