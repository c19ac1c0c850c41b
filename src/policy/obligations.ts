import type { Obligation } from '../core/decision.ts';
import { reject, rejectKey, type Draft } from './draft.ts';
import type { LimitDocument, RuleDocument } from './schema.ts';
import type { Path } from './source.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
/** How long a person has when the rule does not say. */
const APPROVAL_MINUTES = 30;
const LIMIT_SCOPE: readonly string[] = ['gateway', 'principal', 'tool'];

/** What an approval asks for when nothing is said: the default outcome and rules without `approval`. */
export function defaultApproval(rule: string): Obligation {
  return {
    kind: 'approve',
    rule,
    channels: [],
    timeoutMs: APPROVAL_MINUTES * MINUTE_MS,
    approvers: [],
    approvalsMin: 1,
    selfApproval: false,
    allowEdit: false,
  };
}

/** Everything a rule demands besides its action. */
export function compileObligations(document: RuleDocument, path: Path, draft: Draft): Obligation[] {
  const obligations: Obligation[] = [];
  const { name: rule } = document;
  if (document.action === 'require_approval') obligations.push(approval(document, path, draft));
  const limits = document.rate_limit === undefined ? [] : [document.rate_limit].flat();
  limits.forEach((limit, i) => {
    const at = Array.isArray(document.rate_limit) ? [...path, 'rate_limit', i] : [...path, 'rate_limit'];
    const obligation = rateLimit(limit, rule, at, draft);
    if (obligation) obligations.push(obligation);
  });
  if (document.concurrency) {
    obligations.push({
      kind: 'concurrency',
      rule,
      callsMax: document.concurrency.max_calls,
      per: scopeOf(document.concurrency.per),
    });
  }
  if (document.redact) obligations.push({ kind: 'redact', rule, classes: document.redact });
  if (document.alert) obligations.push({ kind: 'alert', rule, channels: document.alert.channels });
  return obligations;
}

function approval(document: RuleDocument, path: Path, draft: Draft): Obligation {
  const written = document.approval ?? {};
  const approvers = written.approvers ?? [];
  approvers.forEach((approver, i) => {
    if (!/^(?:user|group|role):.+/.test(approver)) {
      reject(
        draft,
        [...path, 'approval', 'approvers', i],
        `the approver \`${approver}\` does not say what it is`,
        `write \`user:${approver}\`, \`group:${approver}\` or \`role:${approver}\``,
      );
    }
  });
  return {
    kind: 'approve',
    rule: document.name,
    channels: written.channels ?? [],
    timeoutMs: (written.timeout_minutes ?? APPROVAL_MINUTES) * MINUTE_MS,
    approvers,
    approvalsMin: written.min_approvals ?? 1,
    selfApproval: written.self_approval ?? false,
    allowEdit: written.allow_edit ?? false,
  };
}

function rateLimit(limit: LimitDocument, rule: string, path: Path, draft: Draft): Obligation | null {
  const max = limit.sum === undefined ? limit.max_calls : limit.max_sum;
  if (limit.sum === undefined && limit.max_sum !== undefined) {
    rejectKey(draft, path, 'max_sum', '`max_sum` does not say what is added up', 'add `sum: arguments.NAME`');
  } else if (limit.sum !== undefined && limit.max_calls !== undefined) {
    rejectKey(
      draft,
      path,
      'max_calls',
      '`max_calls` counts calls, and this limit adds up an argument',
      'write `max_sum`, or make two limits of it',
    );
  } else if (max === undefined) {
    reject(draft, path, 'the limit has no maximum', limit.sum === undefined ? 'add `max_calls`' : 'add `max_sum`');
  }
  if (max === undefined) return null;
  return {
    kind: 'limit',
    rule,
    callsMax: max,
    windowMs: limit.window_seconds * SECOND_MS,
    per: scopeOf(limit.per),
    countAttempts: limit.count === 'attempts',
    ...(limit.sum === undefined ? {} : { sum: limit.sum }),
  };
}

/** In one order and without repeats, so that equal scopes make equal keys. */
function scopeOf(per: LimitDocument['per']): readonly string[] {
  return per === undefined ? LIMIT_SCOPE : [...new Set([per].flat())].sort();
}
