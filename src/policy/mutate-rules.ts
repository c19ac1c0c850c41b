import type { JsonValue } from '../core/json.ts';
import { loadPolicies, type PolicyEnvironment } from './load.ts';
import type { ParsedFile } from './parse.ts';
import type { PolicyDocument, RuleDocument } from './schema.ts';
import { runTests } from './run-tests.ts';
import type { Policy, Question } from './policy.ts';

/** A change of a rule that no test notices. */
export interface Unnoticed {
  readonly rule: string;
  readonly at: string;
  /** One clause: "without `match.arguments.path`". */
  readonly change: string;
}

export interface RuleMutation {
  readonly mutants: number;
  readonly unnoticed: readonly Unnoticed[];
}

/** Rules beyond which no more mutants are made: each is loaded and tested. */
const MUTANTS_MAX = 2_000;

interface Variant {
  readonly change: string;
  /** null: the rule is gone. */
  readonly rule: RuleDocument | null;
}

/**
 * Changes rules one at a time (gone, another action, a condition or an exception less) and runs the tests of the files
 * against each change: what no test notices, nobody would notice who made that mistake.
 */
export function mutateRules(
  files: readonly ParsedFile[],
  environment: PolicyEnvironment,
  observe: (question: Question, policy: Policy) => Question,
): RuleMutation {
  const unnoticed: Unnoticed[] = [];
  let mutants = 0;
  for (const [fileIndex, { source, document }] of files.entries()) {
    for (const [ruleIndex, rule] of document.policies.entries()) {
      if (rule.mode === 'shadow' || document.mode === 'shadow') continue;
      for (const variant of variantsOf(rule)) {
        if (mutants >= MUTANTS_MAX) return { mutants, unnoticed };
        const changed = files.map((file, i) =>
          i === fileIndex ? withRule(document, ruleIndex, variant) : file.document,
        );
        const failed = failures(changed, files, environment, observe);
        if (failed === null) continue;
        mutants++;
        if (failed > 0) continue;
        const at = `${source.file}:${source.lineOf(['policies', ruleIndex])}`;
        unnoticed.push({ rule: rule.name, at, change: variant.change });
      }
    }
  }
  return { mutants, unnoticed };
}

/** Failing tests of the changed documents; null when they do not load, which is no mutant. */
function failures(
  documents: readonly PolicyDocument[],
  files: readonly ParsedFile[],
  environment: PolicyEnvironment,
  observe: (question: Question, policy: Policy) => Question,
): number | null {
  const written = documents.map((document, i) => ({
    name: files[i]?.source.file ?? '',
    text: JSON.stringify(document),
  }));
  const loaded = loadPolicies(written, environment);
  if (!loaded.ok) return null;
  const { results } = runTests(loaded.policy, loaded.files, (question) => observe(question, loaded.policy));
  return results.filter((result) => !result.passed).length;
}

function withRule(document: PolicyDocument, index: number, { rule }: Variant): PolicyDocument {
  return { ...document, policies: document.policies.flatMap((each, i) => (i === index ? (rule ?? []) : each)) };
}

function variantsOf(rule: RuleDocument): Variant[] {
  const { unless, ...withoutUnless } = rule;
  const action = rule.action === 'deny' ? 'allow' : 'deny';
  const { approval: _a, response: _r, rate_limit: _l, concurrency: _c, redact: _d, ...bare } = rule;
  return [
    { change: 'gone', rule: null },
    { change: `with \`action: ${action}\``, rule: { ...bare, action } },
    ...(unless === undefined ? [] : [{ change: 'without `unless`', rule: withoutUnless }]),
    ...withoutConditions(rule),
  ];
}

/** The rule without each of its conditions; those of one group one by one. */
function withoutConditions(rule: RuleDocument): Variant[] {
  return Object.entries(rule.match).flatMap(([key, condition]): Variant[] => {
    const grouped = ['arguments', 'principal', 'context'].includes(key) && Object.keys(condition ?? {}).length > 1;
    if (!grouped) {
      const { [key as keyof typeof rule.match]: _gone, ...match } = rule.match;
      return [{ change: `without \`match.${key}\``, rule: { ...rule, match } }];
    }
    const group = condition as Readonly<Record<string, JsonValue>>; // one of the three mappings above
    return Object.keys(group).map((inner) => {
      const { [inner]: _gone, ...rest } = group;
      return { change: `without \`match.${key}.${inner}\``, rule: { ...rule, match: { ...rule.match, [key]: rest } } };
    });
  });
}
