import { isObject, type JsonValue } from '../core/json.ts';
import { Classifier } from './classify.ts';
import { isGlob } from './glob.ts';
import type { Judge } from './judge.ts';
import { overriddenBy } from './lint-overrides.ts';
import { slipsPast } from './lint-patterns.ts';
import type { ParsedFile } from './parse.ts';
import type { RuleDocument } from './schema.ts';
import type { Path } from './source.ts';

/** Something in a policy that loads but probably is not meant. */
export interface Warning {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly rule: string | null;
  /** Stable: `overridden`, `slips-past`, `allow-destructive` … */
  readonly kind: string;
  readonly what: string;
  readonly mend: string;
}

type Report = (path: Path, kind: string, what: string, mend: string) => void;

/** Examines a loaded policy for rules that never matter, and for spellings that defeat its patterns. */
export function lint(policy: Judge, files: readonly ParsedFile[]): Warning[] {
  const warnings: Warning[] = [];
  const classifier = new Classifier(files.flatMap(({ document: { classes } }) => (classes ? [classes] : [])));
  for (const { source, document } of files) {
    const reportFor =
      (rule: string | null): Report =>
      (path, kind, what, mend) => {
        const { file, line, column } = source.problem(path, what, mend);
        warnings.push({ file, line, column, rule, kind, what, mend });
      };
    if (document.default === 'allow') {
      reportFor(null)(
        ['default'],
        'default-allow',
        '`default: allow` lets every call pass that no rule names',
        'write `deny` or `require_approval`',
      );
    }
    document.policies.forEach((rule, i) => lintRule(rule, ['policies', i], reportFor(rule.name), policy, classifier));
  }
  return warnings;
}

function lintRule(rule: RuleDocument, path: Path, report: Report, policy: Judge, classifier: Classifier): void {
  const compiled = policy.rules.find(({ name }) => name === rule.name);
  if (!compiled) return;
  const over = overriddenBy(compiled, policy.rules);
  if (over)
    report(
      [...path, 'name'],
      'overridden',
      `the rule \`${rule.name}\` never decides: \`${over.name}\` matches whenever it does, and is as strict`,
      'remove one of them, or narrow the other with `unless`',
    );
  lintEmptiness(rule, path, report);
  if (rule.action === 'allow') lintAllow(rule, path, report, classifier);
  else lintRestriction(rule, path, report);
  for (const [name, condition] of Object.entries(rule.match.arguments ?? {})) {
    const at = [...path, 'match', 'arguments', name];
    const pattern = typeof condition === 'string' ? condition : isObject(condition) ? condition['pattern'] : undefined;
    if (typeof condition === 'object' && condition['views'] === 'raw') {
      report(
        [...at, 'views'],
        'raw-view',
        `\`views: raw\` looks at \`${name}\` only as sent: encodings and look-alikes slip past`,
        'remove it, or choose `path`, `sql`, `shell` or `url`',
      );
    }
    if (typeof pattern === 'string') {
      lintPattern(pattern, rule, at, report);
      for (const slip of slipsPast(policy, compiled, name, pattern)) report(at, 'slips-past', slip.what, slip.mend);
    }
  }
}

function lintEmptiness(rule: RuleDocument, path: Path, report: Report): void {
  if (Object.keys(rule.match).length === 0) {
    report(
      [...path, 'match'],
      'matches-all',
      `the rule \`${rule.name}\` matches every call`,
      rule.action === 'allow' ? 'name tools, servers or principals' : 'keep it if that is meant',
    );
  }
  const entries = rule.unless === undefined ? [] : [rule.unless].flat();
  if (entries.some((entry) => Object.keys(entry).length === 0)) {
    report(
      [...path, 'unless'],
      'never-fires',
      `the rule \`${rule.name}\` never applies: its \`unless\` holds for every call`,
      'fill in `unless` or remove it',
    );
  }
  const { groups_any: any, groups_none: none } = rule.match.principal ?? {};
  const barred = none === undefined ? [] : [none].flat();
  if (any !== undefined && [any].flat().every((group) => barred.includes(group))) {
    report(
      [...path, 'match', 'principal'],
      'never-fires',
      `the rule \`${rule.name}\` never applies: it wants and bars the same groups`,
      'correct `groups_any` or `groups_none`',
    );
  }
}

function lintAllow(rule: RuleDocument, path: Path, report: Report, classifier: Classifier): void {
  const { match } = rule;
  for (const tool of match.tool === undefined ? [] : [match.tool].flat()) {
    const narrowed = match.class !== undefined || match.arguments || match.when;
    if (isGlob(tool) && !narrowed) {
      report(
        [...path, 'match', 'tool'],
        'allow-glob',
        `\`${tool}\` also allows tools that a server adds later, whatever they do`,
        'add `class: read`, or name the tools',
      );
    } else if (!isGlob(tool) && !match.arguments && classifier.classify(tool, null).class === 'destructive') {
      report(
        [...path, 'match', 'tool'],
        'allow-destructive',
        `the tool \`${tool}\` is destructive by its name, and is allowed with any arguments`,
        'ask a person, restrict its arguments, or label it under `classes:`',
      );
    }
  }
  for (const key of ['client', 'client_version'] as const) {
    if (match.context?.[key] !== undefined) {
      report(
        [...path, 'match', 'context', key],
        'client-claim',
        `\`${key}\` is the client's own claim, and here it lets calls pass`,
        'use `key` or `principal` instead',
      );
    }
  }
}

function lintRestriction(rule: RuleDocument, path: Path, report: Report): void {
  for (const [name, condition] of Object.entries(rule.match.arguments ?? {})) {
    if (typeof condition !== 'object' || condition.type !== 'number') continue;
    const { min, max } = condition as { min?: JsonValue; max?: JsonValue }; // a loose object by schema
    if (typeof min === 'number' && typeof max === 'number' && min <= max) {
      report(
        [...path, 'match', 'arguments', name],
        'covers-all',
        `\`min: ${min}\` or \`max: ${max}\` covers every number: where a rule restricts, keys are alternatives`,
        'write two rules, or state what lies outside: `below` and `above`',
      );
    }
  }
}

function lintPattern(pattern: string, rule: RuleDocument, at: Path, report: Report): void {
  if (/\\[pP]\{/.test(pattern)) {
    report(
      at,
      'property-escape',
      'without the flag `u`, `\\p{…}` means the letter p',
      'write the characters out as a class',
    );
  }
  if (rule.action === 'allow' && !/^(?:\(\?<?[!=]|\^|\(\?:\^|\(\^)/.test(pattern)) {
    report(
      at,
      'unanchored',
      `the pattern \`${pattern}\` is searched anywhere: text before it is not looked at`,
      'begin it with `^` and end it with `$`',
    );
  }
}
