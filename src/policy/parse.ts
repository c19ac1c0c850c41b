import type * as z from 'zod';
import { isObject, own } from '../core/json.ts';
import { nearest, oneOf, type Problem } from './problem.ts';
import { policyFileSchema, type PolicyDocument } from './schema.ts';
import { readSource, type Path, type PolicyFile, type Source } from './source.ts';
import { isTestFile } from './test-file.ts';

/** A file that is well-formed: its value and the way back to its text. */
export interface ParsedFile {
  readonly source: Source;
  readonly document: PolicyDocument;
}

export type Parsed =
  { readonly ok: true; readonly file: ParsedFile } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Text to well-formed document: YAML, then the schema. Meaning is checked by `compile`. */
export function parsePolicyFile(file: PolicyFile): Parsed {
  const { source, problems } = readSource(file);
  if (!source) return { ok: false, problems };
  const value = source.value();
  const testsOnly = isTestFile(file.name) && isObject(value) && own(value, 'policies') === undefined;
  const checked = policyFileSchema.safeParse(testsOnly ? { ...value, policies: [] } : value);
  if (checked.success) return { ok: true, file: { source, document: checked.data } };
  return { ok: false, problems: problemsOf(source, policyFileSchema, checked.error.issues) };
}

type Issue = z.core.$ZodIssue;

/** Zod's issues as problems with place, words and mend. */
function problemsOf(source: Source, schema: z.ZodType, issues: readonly Issue[]): Problem[] {
  return issues.flatMap((issue) => problemOf(source, schema, issue, []));
}

function problemOf(source: Source, schema: z.ZodType, issue: Issue, base: Path): Problem[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(source, schema, path, key));
  if (issue.code === 'invalid_union') {
    const deepest = issue.errors.flat().filter((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys');
    if (deepest.length > 0) return deepest.flatMap((inner) => problemOf(source, schema, inner, path));
    return [source.problem(path, `${place(path)} has the wrong form`, issue.message.replace(/^expected/, 'write'))];
  }
  const value = valueAt(source, path);
  if (value === undefined) return [missing(source, path)];
  const [what, mend] = wording(issue, path, value);
  return [source.problem(path, what, mend)];
}

/** Longer lists of keys are left to the reference. */
const KEYS_LISTED_MAX = 14;

function unknownKey(source: Source, schema: z.ZodType, path: Path, key: string): Problem {
  const known = keysAt(schema, path);
  const meant = nearest(key, known);
  const inMatch = known.includes('match') && keysAt(schema, [...path, 'match']).includes(key);
  const fallback = known.length > 0 && known.length <= KEYS_LISTED_MAX ? `use ${oneOf(known)}` : 'remove it';
  const mend = inMatch ? 'move it under `match`' : meant ? `write \`${meant}\`` : fallback;
  return source.problemAtKey(path, key, `unknown key \`${key}\` in ${place(path)}`, mend);
}

function missing(source: Source, path: Path): Problem {
  const key = String(path.at(-1) ?? 'policies');
  const parent = path.slice(0, -1);
  return source.problem(parent, `\`${key}\` is missing in ${place(parent)}`, `add \`${key}:\``);
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function wording(issue: Issue, path: Path, value: unknown): readonly [what: string, mend: string] {
  const key = place(path);
  const shown = show(value);
  switch (issue.code) {
    case 'invalid_type':
      return [
        `${key} is ${shown}`,
        `write ${TYPE_WORDS[issue.expected] ?? issue.expected}${quoteHint(issue.expected, value)}`,
      ];
    case 'invalid_value': {
      const known = issue.values.map(String);
      const meant = typeof value === 'string' ? nearest(value, known) : null;
      return [`${key} is ${shown}`, meant ? `write \`${meant}\`` : `write ${oneOf(known)}`];
    }
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? [`${key} is empty`, 'fill it in or remove it']
        : [`${key} is ${shown}`, `write a number ${issue.inclusive ? 'of at least' : 'above'} ${issue.minimum}`];
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array'
        ? [`${key} is longer than ${issue.maximum}`, 'shorten it']
        : [`${key} is ${shown}`, `write a number of at most ${issue.maximum}`];
    case 'invalid_format':
      return [`${key} is ${shown}`, formatMend(issue)];
    default:
      return [`${key} is ${shown}`, issue.message.replace(/^expected/, 'write')];
  }
}

function formatMend(issue: Issue & { code: 'invalid_format' }): string {
  if (issue.format === 'starts_with') return 'begin it with `arguments.`';
  if (issue.format === 'datetime') return 'write a time such as `2026-11-22T10:00:00Z`';
  return issue.message.replace(/^expected/, 'write');
}

function quoteHint(expected: string, value: unknown): string {
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return ' in quotes';
  if (expected === 'boolean' && typeof value === 'string') return ' without quotes';
  if (expected === 'array' && typeof value === 'string') return ` such as \`[${value}]\``;
  return '';
}

/** How a path is named to people: the key, and the rule it is in. */
function place(path: Path): string {
  const keys = path.filter((step) => typeof step === 'string');
  if (path.length === 0) return 'the file';
  const last = path.at(-1);
  if (typeof last === 'number')
    return path.length === 2 ? `entry ${last + 1} of \`${keys.at(-1)}\`` : `\`${keys.at(-1)}\` (entry ${last + 1})`;
  return `\`${last}\``;
}

function show(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = String(value);
  return `\`${text.length > 60 ? `${text.slice(0, 59)}…` : text}\``;
}

function valueAt(source: Source, path: Path): unknown {
  let value: unknown = source.value();
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step]; // an own property, just checked
  }
  return value;
}

interface Shaped {
  readonly def: {
    readonly type: string;
    readonly shape?: Record<string, Shaped>;
    readonly innerType?: Shaped;
    readonly element?: Shaped;
    readonly options?: readonly Shaped[];
    readonly valueType?: Shaped;
  };
}

/** The keys that the schema knows at `path`; of a union, those of its object. */
export function keysAt(schema: z.ZodType, path: Path): string[] {
  let nodes: Shaped[] = [schema];
  for (const step of path) {
    nodes = nodes.flatMap(unfold).flatMap((node) => {
      if (typeof step === 'number') return node.def.element ? [node.def.element] : [];
      const inner = node.def.shape?.[step] ?? node.def.valueType;
      return inner ? [inner] : [];
    });
  }
  return nodes.flatMap(unfold).flatMap((node) => Object.keys(node.def.shape ?? {}));
}

function unfold(node: Shaped): Shaped[] {
  if (node.def.innerType) return unfold(node.def.innerType);
  if (node.def.options) return node.def.options.flatMap(unfold);
  return [node];
}
