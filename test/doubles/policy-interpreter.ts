import type { Finding } from '../../src/core/decision.ts';
import { isObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import type { Question } from '../../src/policy/policy.ts';
import type {
  ConditionDocument,
  Effect,
  MatchDocument,
  PolicyDocument,
  RuleDocument,
} from '../../src/policy/schema.ts';
import { canonicalPath, pathDouble, sqlViewDouble } from './argument-types.ts';

/**
 * The policy language read from its specification in the plainest way: no index, no compilation, native patterns, every
 * view made for every test. An oracle for the compiled form; slow and short on purpose.
 */
type Side = 'permit' | 'restrict';
const RANK = { allow: 0, require_approval: 1, deny: 2 } as const;

export function interpret(document: PolicyDocument, question: Question): Effect {
  const rules = document.policies.filter(
    (rule) => rule.mode !== 'shadow' && document.mode !== 'shadow' && applies(rule, question),
  );
  const waived = (finding: Finding) =>
    !finding.locked &&
    rules.some(
      (rule) => rule.action !== 'deny' && rule.match.finding !== undefined && named(rule.match.finding, finding.code),
    );
  if (question.findings.some((finding) => !waived(finding))) return 'deny';
  if (rules.length === 0) return document.default ?? 'require_approval';
  return rules.map((rule) => rule.action).reduce((a, b) => (RANK[b] > RANK[a] ? b : a));
}

function applies(rule: RuleDocument, question: Question): boolean {
  const side: Side = rule.action === 'allow' ? 'permit' : 'restrict';
  const other: Side = side === 'permit' ? 'restrict' : 'permit';
  if (!holds(rule.match, question, side)) return false;
  return ![rule.unless ?? []].flat().some((entry) => holds(entry, question, other));
}

function holds(match: MatchDocument, question: Question, side: Side): boolean {
  const { target, caller } = question;
  const name = 'name' in target ? target.name : '';
  if (match.tool !== undefined && !(target.kind === 'tool' && named(match.tool, name))) return false;
  if (match.server !== undefined && !(question.server !== null && named(match.server, question.server))) return false;
  if (match.principal?.id !== undefined && !named(match.principal.id, caller.principal.id)) return false;
  if (match.principal?.groups_any !== undefined) {
    const wanted = match.principal.groups_any;
    if (!caller.principal.groups.some((group) => named(wanted, group))) return false;
  }
  const env = question.environment['env'];
  if (match.context?.env !== undefined && !(env !== undefined && named(match.context.env, env))) return false;
  const finding = match.finding;
  if (finding !== undefined && !question.findings.some(({ code }) => named(finding, code))) return false;
  return Object.entries(match.arguments ?? {}).every(([key, condition]) => argument(key, condition, question, side));
}

function named(names: string | string[], name: string): boolean {
  return [names].flat().some((one) =>
    new RegExp(
      `^${one
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
      's',
    ).test(name),
  );
}

/** Only top-level arguments: paths have tests of their own. */
function argument(key: string, condition: ConditionDocument, question: Question, side: Side): boolean {
  const args = question.arguments ?? {};
  if (!Object.hasOwn(args, key)) return false;
  const value = args[key] as JsonValue; // own, so not undefined
  if (side === 'permit') return value !== null && typeof value !== 'object' && met(key, condition, value, side);
  return leaves(value).some((leaf) => met(key, condition, leaf, side));
}

function leaves(value: JsonValue): JsonValue[] {
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap((child) => leaves(child as JsonValue))
    : [value];
}

function met(key: string, condition: ConditionDocument, value: JsonValue, side: Side): boolean {
  try {
    if (typeof condition === 'string') return pattern(key, condition, value, side);
    if (isObject(condition)) return typed(condition as JsonObject, value, side);
    throw new Error('not in the interpreted part of the language');
  } catch {
    return side === 'restrict';
  }
}

function pattern(key: string, source: string, value: JsonValue, side: Side): boolean {
  const exact = new RegExp(source);
  const folded = /\(\?<?!/.test(source) ? new RegExp(source, 'i') : exact;
  if (side === 'permit') {
    return typeof value === 'string' && views(key, value).every((view) => exact.test(view) && folded.test(view));
  }
  const wide = new RegExp(source, 'is');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const basic = [text, text.trim(), text.normalize('NFC'), text.normalize('NFKC')];
  return (
    basic.some((view) => wide.test(view) || exact.test(view)) ||
    views(key, text).some((view) => wide.test(view) || exact.test(view))
  );
}

function views(key: string, text: string): string[] {
  const found = [text, text.trim(), text.normalize('NFC'), text.normalize('NFKC'), text.normalize('NFKC').trim()];
  let decoded = text;
  for (let i = 0; i < 3; i++) {
    decoded = decoded.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString());
    found.push(decoded, decoded.normalize('NFKC').trim());
  }
  const guarded = [text, text.normalize('NFKC'), text.normalize('NFKC').trim()];
  if (key === 'path') found.push(...guarded.map(canonicalPath));
  if (key === 'query') found.push(...guarded.flatMap((form) => sqlViewDouble.derive(form)));
  return found;
}

function typed(condition: JsonObject, value: JsonValue, side: Side): boolean {
  const keys = Object.entries(condition).filter(([key]) => key !== 'type');
  const test = ([key, operand]: [string, JsonValue | undefined]): boolean => {
    if (condition['type'] === 'number') return numeric(key, operand as number, value);
    if (typeof value !== 'string' && side === 'permit') return false;
    return pathDouble.compile(
      key,
      operand as JsonValue,
      {},
      side,
    )(typeof value === 'string' ? value : JSON.stringify(value), { roots: [] }).holds;
  };
  if (side === 'permit') return keys.every(test);
  return keys.some((key) => {
    try {
      return test(key);
    } catch {
      return true;
    }
  });
}

function numeric(key: string, bound: number, value: JsonValue): boolean {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (Number.isNaN(number)) throw new Error('not a number');
  return key === 'min' ? number >= bound : number <= bound;
}
