import type { ArgumentType, View } from '../core/argument-type.ts';
import { digest } from '../core/canonical-json.ts';
import type { JsonValue } from '../core/json.ts';
import { Classifier } from './classify.ts';
import { isTimezone } from './conditions/time.ts';
import { reject, type Draft } from './draft.ts';
import { Judge } from './judge.ts';
import { parsePolicyFile, type ParsedFile } from './parse.ts';
import { PatternPool } from './pattern/pattern-pool.ts';
import type { Problem } from './problem.ts';
import { compileRule, type Rule } from './rule.ts';
import type { Effect } from './schema.ts';
import type { PolicyFile } from './source.ts';
import { isTestFile } from './test-file.ts';
import { Viewer } from './views.ts';

/** What the composition root introduces: the guards' types and views, and how strict the deployment is. */
export interface PolicyEnvironment {
  readonly argumentTypes: readonly ArgumentType[];
  readonly views: readonly View[];
  /** In `production` a call that no rule matches is denied unless the file says otherwise. */
  readonly profile: 'development' | 'production';
  /** `shadow`: the whole gateway records what it would decide, and enforces locked findings only. */
  readonly mode?: 'enforce' | 'shadow';
}

export type Loaded =
  | { readonly ok: true; readonly policy: Judge; readonly files: readonly ParsedFile[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Loads the files of one gateway as one policy, all or nothing: one problem anywhere rejects every file, and the caller
 * keeps the version it has. Problems are sorted by file and place.
 */
export function loadPolicies(files: readonly PolicyFile[], environment: PolicyEnvironment): Loaded {
  const parsed = files.map((file) => parsePolicyFile(file));
  const problems = parsed.flatMap((each) => (each.ok ? [] : each.problems));
  const good = parsed.flatMap((each) => (each.ok ? [each.file] : []));
  if (problems.length > 0) return { ok: false, problems: sorted(problems) };
  const notes: string[] = [];
  const rules = compileFiles(good, environment, problems, notes);
  const fallback = fallbackOf(good, environment, problems, notes);
  if (problems.length > 0) return { ok: false, problems: sorted(problems) };
  const policy = new Judge({
    hash: hashOf(good, environment, fallback),
    rules,
    fallback,
    shadow: environment.mode === 'shadow',
    viewer: new Viewer(environment.views),
    notes,
  });
  return { ok: true, policy, files: good };
}

function compileFiles(
  files: readonly ParsedFile[],
  environment: PolicyEnvironment,
  problems: Problem[],
  notes: string[],
): Rule[] {
  const classifier = new Classifier(files.flatMap(({ document }) => (document.classes ? [document.classes] : [])));
  const argumentTypes = new Map(environment.argumentTypes.map((type) => [type.name, type]));
  const patterns = new PatternPool();
  const viewer = new Viewer(environment.views);
  const names = new Map<string, string>();
  return files.flatMap(({ source, document }) => {
    const draft: Draft = {
      source,
      argumentTypes,
      viewer,
      patterns,
      timezone: document.timezone ?? 'UTC',
      problems,
      notes,
    };
    if (!isTimezone(draft.timezone)) {
      reject(
        draft,
        ['timezone'],
        `the time zone \`${draft.timezone}\` is not known`,
        'write an IANA name such as `Europe/Berlin`',
      );
      return [];
    }
    return document.policies.map((rule, i) => {
      const path = ['policies', i];
      const before = names.get(rule.name);
      if (before !== undefined)
        reject(
          draft,
          [...path, 'name'],
          `the name \`${rule.name}\` is taken by the rule at ${before}`,
          'give each rule a name of its own',
        );
      names.set(rule.name, `${source.file}:${source.lineOf(path)}`);
      const compiled = compileRule(rule, path, draft, classifier, document.mode === 'shadow');
      noteViews(compiled, notes);
      return compiled;
    });
  });
}

/** Which views a pattern looks through is printed at load (semantics 5). */
function noteViews(rule: Rule, notes: string[]): void {
  for (const leaf of [...rule.match, ...rule.unless.flat()]) {
    if (leaf.argument === null || !leaf.views) continue;
    notes.push(`rule \`${rule.name}\`: \`${leaf.argument}\` is looked at as ${leaf.views.join(', ')}`);
  }
}

/** What happens when no rule matches; files that declare it must agree. */
function fallbackOf(
  files: readonly ParsedFile[],
  environment: PolicyEnvironment,
  problems: Problem[],
  notes: string[],
): Effect {
  const declared = files.filter(({ document }) => document.default !== undefined);
  const first = declared[0]?.document.default;
  for (const { source, document } of declared) {
    if (document.default !== first) {
      problems.push(
        source.problem(
          ['default'],
          `\`default\` is \`${document.default}\`, in ${declared[0]?.source.file} it is \`${first}\``,
          'let all files of a gateway say the same',
        ),
      );
    }
  }
  if (first !== undefined) return first;
  const fallback = environment.profile === 'production' ? 'deny' : 'require_approval';
  notes.push(`no \`default\` is set: a call that no rule matches gets \`${fallback}\``);
  return fallback;
}

/** SHA-256 over everything that decisions depend on; the order of files and their names do not count. */
function hashOf(files: readonly ParsedFile[], environment: PolicyEnvironment, fallback: Effect): string {
  const deciding = files.filter(({ source, document }) => !isTestFile(source.file) || document.policies.length > 0);
  const documents = deciding.map(({ document }) => digest(strip(document))).sort();
  return digest({ documents, fallback, mode: environment.mode ?? 'enforce' });
}

/** Without tests, which decide nothing. */
function strip({ tests: _tests, ...rest }: ParsedFile['document']): JsonValue {
  return rest as JsonValue; // the schema yields JSON
}

function sorted(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column,
  );
}
