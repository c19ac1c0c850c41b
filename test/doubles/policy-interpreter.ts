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
import { canonicalPath, pathDouble, sqlDouble, sqlViewDouble } from './argument-types.ts';
import { contextHolds, EXPRESSIONS, follow, hintsHold, leaves, named, principalHolds } from './naive-facts.ts';

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
  if (question.findings.some((finding) => finding.noted !== true && !waived(finding))) return 'deny';
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
  if (match.method !== undefined && !named(match.method, question.method)) return false;
  if (match.principal && !principalHolds(match.principal, caller.principal)) return false;
  if (match.context && !contextHolds(match.context, question)) return false;
  if (match.annotations && !(target.kind === 'tool' && hintsHold(match.annotations, question))) return false;
  if (match.when !== undefined && !expression(match.when, question, side)) return false;
  const finding = match.finding;
  if (finding !== undefined && !question.findings.some(({ code }) => named(finding, code))) return false;
  return Object.entries(match.arguments ?? {}).every(([key, condition]) => argument(key, condition, question, side));
}

function expression(when: string, question: Question, side: Side): boolean {
  try {
    const means = EXPRESSIONS[when];
    if (!means) throw new Error('not in the interpreted part of the language');
    return means(question);
  } catch {
    return side === 'restrict';
  }
}

function argument(path: string, condition: ConditionDocument, question: Question, side: Side): boolean {
  const { values, mismatched, missing } = follow(question.arguments ?? {}, path);
  const key = namedLast(path);
  if (side === 'restrict')
    return [...values, ...mismatched].flatMap(leaves).some((leaf) => met(key, condition, leaf, side));
  if (missing || mismatched.length > 0 || values.length === 0) return false;
  return values.every((value) => value !== null && typeof value !== 'object' && met(key, condition, value, side));
}

/** The name that says how a value is read: the last one in its path, so that `path.**` reads paths below `path`. */
function namedLast(path: string): string {
  const names = path.split('.').map((part) => part.replace('[*]', ''));
  return names.findLast((part) => !part.startsWith('*')) ?? '';
}

function met(key: string, condition: ConditionDocument, value: JsonValue, side: Side): boolean {
  try {
    if (typeof condition === 'string') return pattern(key, condition, value, side);
    if (isObject(condition)) return typed(key, condition as JsonObject, value, side);
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

function typed(argumentName: string, condition: JsonObject, value: JsonValue, side: Side): boolean {
  const keys = Object.entries(condition).filter(([key]) => key !== 'type');
  const test = ([key, operand]: [string, JsonValue | undefined]): boolean => {
    if (condition['type'] === 'number') return numeric(key, operand as number, value);
    if (condition['type'] === 'enum') return listed(key, operand as JsonValue[], argumentName, value, side);
    if (typeof value !== 'string' && side === 'permit') return false;
    return (condition['type'] === 'sql' ? sqlDouble : pathDouble).compile(
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

/** Lists permit what is in them as it is under every view; they restrict under any, whatever the letter case. */
function listed(key: string, list: JsonValue[], argumentName: string, value: JsonValue, side: Side): boolean {
  const negated = key === 'not_values';
  const folded = (side === 'restrict') !== negated;
  const fold = (one: JsonValue): string => {
    const text = typeof one === 'string' ? one : JSON.stringify(one);
    return folded ? text.toLowerCase() : text;
  };
  const test = (one: JsonValue): boolean => list.map(fold).includes(fold(one)) !== negated;
  if (typeof value !== 'string') return (side === 'restrict' || value !== null) && test(value);
  if (side === 'permit') return views(argumentName, value).every(test);
  return views('', value).some(test) || views(argumentName, value).some(test);
}

function numeric(key: string, bound: number, value: JsonValue): boolean {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (Number.isNaN(number)) throw new Error('not a number');
  const meets: Readonly<Record<string, boolean>> = {
    min: number >= bound,
    max: number <= bound,
    above: number > bound,
    below: number < bound,
    equals: number === bound,
  };
  return meets[key] ?? Number.isInteger(number);
}
