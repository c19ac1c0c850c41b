import { canonicalJson } from '../core/canonical-json.ts';
import type { JsonValue } from '../core/json.ts';
import { compileNames, isGlob } from './glob.ts';
import type { Leaf } from './leaf.ts';
import { STRICTNESS } from './outcome.ts';
import type { Rule } from './rule.ts';

/**
 * A rule that matches whenever `rule` does and is at least as strict, so that `rule` can never decide. Proven, not
 * guessed: its target covers the other's, and each of its conditions stands in the other, word for word. (The same
 * words hold for more calls in a rule that restricts than in one that allows, never for fewer.)
 */
export function overriddenBy(rule: Rule, rules: readonly Rule[]): Rule | null {
  return rules.find((other) => other !== rule && overrides(other, rule)) ?? null;
}

function overrides(over: Rule, rule: Rule): boolean {
  if (over.shadow || rule.shadow || over.unless.length > 0 || rule.findings || over.findings) return false;
  if (rule.obligations.some((obligation) => obligation.kind !== 'approve') && over.action !== 'deny') return false;
  const stricter = STRICTNESS[over.action] - STRICTNESS[rule.action];
  if (stricter < 0 || !covers(over, rule)) return false;
  if (stricter > 0) return true;
  // Approvals add up. Of two rules that cover each other only the later one is reported.
  return over.action !== 'require_approval' && (over.name < rule.name || !covers(rule, over) || rule.unless.length > 0);
}

function covers(over: Rule, rule: Rule): boolean {
  return coversTarget(over, rule) && over.match.every((leaf) => rule.match.some((one) => sameLeaf(leaf, one)));
}

function sameLeaf(a: Leaf, b: Leaf): boolean {
  return a.at === b.at && canonicalJson(a.written) === canonicalJson(b.written);
}

function coversTarget(over: Rule, rule: Rule): boolean {
  if (over.target.kind !== null && over.target.kind !== rule.target.kind) return false;
  return Object.entries(over.target.written).every(([key, wide]) => {
    const narrow = rule.target.written[key];
    return narrow !== undefined && coversNames(wide, narrow);
  });
}

function coversNames(wide: JsonValue, narrow: JsonValue): boolean {
  const wideNames = [wide].flat() as string[]; // names by schema
  const narrowNames = [narrow].flat() as string[];
  const matcher = compileNames(wideNames);
  return narrowNames.every(
    (name) => wideNames.includes(name) || wideNames.includes('*') || (!isGlob(name) && matcher.test(name)),
  );
}
