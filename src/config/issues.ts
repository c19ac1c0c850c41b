import { z } from 'zod';
import { isObject, own, type JsonObject, type JsonValue } from '../core/json.ts';
import type { ConfigDocument, Path } from './document.ts';
import { nearest, oneOf, type Problem } from './problem.ts';
import { isSecretHeader, isSecretVariable } from './secrets.ts';

type Issue = z.core.$ZodIssue;

/** More keys than this are looked up rather than listed. */
const LISTED_MAX = 6;

/** Zod's issues as problems with place, offending words and mend. */
export function problemsOf(document: ConfigDocument, schema: z.ZodType, issues: readonly Issue[]): Problem[] {
  const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonObject; // JSON by construction
  return issues.flatMap((issue) => problemOf(document, shape, issue, []));
}

function problemOf(document: ConfigDocument, shape: JsonObject, issue: Issue, base: Path): Problem[] {
  const path: Path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(document, shape, path, key));
  if (issue.code === 'invalid_key') return [badName(document, path, issue.issues[0]?.message ?? 'another name')];
  if (issue.code === 'invalid_union') {
    const value = valueAt(document.value, path);
    const inner = issue.errors.filter(
      (errors) => !errors.every((e) => e.code === 'invalid_type' && e.path.length === 0),
    );
    const fits = inner.find(() => typeof value === 'object');
    if (fits) return fits.flatMap((each) => problemOf(document, shape, each, path));
    const forms = issue.message === 'Invalid input' ? unionForms(shape, path) : issue.message;
    return [document.problem(path, `${place(path)} is ${show(value)}`, `write ${forms}`)];
  }
  const value = valueAt(document.value, path);
  if (value === undefined) return [missing(document, path)];
  const shown = isSecretPlace(path) ? 'something else' : show(value);
  return [document.problem(path, `${place(path)} is ${shown}`, mendFor(issue, value))];
}

function unknownKey(document: ConfigDocument, shape: JsonObject, path: Path, key: string): Problem {
  const known = keysAt(shape, path);
  const meant = nearest(key, known);
  const isFew = known.length > 0 && known.length <= LISTED_MAX;
  const choice = isFew ? `use ${oneOf(known)}` : 'remove it, or look it up in docs/reference/configuration.md';
  const mend = meant === null ? choice : `write \`${meant}\``;
  return document.problemAtKey([...path, key], `unknown key \`${key}\` in ${place(path)}`, mend);
}

function badName(document: ConfigDocument, path: Path, mend: string): Problem {
  return document.problemAtKey(path, `the name \`${String(path.at(-1))}\` cannot be used`, `write ${mend}`);
}

function missing(document: ConfigDocument, path: Path): Problem {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const what = `\`${key}\` is missing in ${place(parent)}`;
  return parent.length > 0 && typeof parent.at(-1) === 'string'
    ? document.problemAtKey(parent, what, `add \`${key}:\``)
    : document.problem(parent, what, `add \`${key}:\``);
}

const FORMS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function mendFor(issue: Issue, value: JsonValue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `write ${FORMS[issue.expected] ?? issue.expected}${quoteHint(issue.expected, value)}`;
    case 'invalid_value': {
      const known = issue.values.map(String);
      if (typeof value === 'string' && known.includes(value)) return `write \`${value}\` without quotes`;
      const meant = typeof value === 'string' ? nearest(value, known) : null;
      return meant === null ? `write ${oneOf(known)}` : `write \`${meant}\``;
    }
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array') return 'fill it in or remove it';
      return `write a number of at least ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string' || issue.origin === 'array') return `keep to ${issue.maximum} at most`;
      return `write a number of at most ${issue.maximum}`;
    default:
      return `write ${issue.message}`;
  }
}

function quoteHint(expected: string, value: JsonValue): string {
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return ' in quotes';
  if (['boolean', 'number', 'int'].includes(expected) && typeof value === 'string') return ' without quotes';
  return '';
}

/** How a path is named to people. */
export function place(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  if (typeof last === 'string') return `\`${path.filter((step) => typeof step === 'string').join('.')}\``;
  return `entry ${last + 1} of ${place(path.slice(0, -1))}`;
}

const SHOWN_MAX = 60;

const USER_INFO = /\/\/[^/\s@]*@/;

/** A value that may be a secret is not repeated in a message. */
function isSecretPlace(path: Path): boolean {
  const key = String(path.at(-1));
  return key === 'secret' || isSecretHeader(key) || isSecretVariable(key);
}

/** A value as people recognise it, never longer than a line, never with a password of a URL. */
export function show(value: JsonValue | undefined): string {
  if (value === null || value === undefined || value === '') return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = String(value).replace(USER_INFO, '//…@');
  return `\`${text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX - 1)}…` : text}\``;
}

function valueAt(root: JsonValue, path: Path): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const step of path) {
    if (Array.isArray(value) && typeof step === 'number') value = value[step];
    else value = isObject(value) ? own(value, String(step)) : undefined;
  }
  return value;
}

/** The parts of a JSON Schema that may describe the value at `path`. */
function shapesAt(shape: JsonObject, path: Path): JsonObject[] {
  let shapes = unfold(shape);
  for (const step of path) {
    shapes = shapes.flatMap(({ properties, additionalProperties, items }) => {
      const next = typeof step === 'number' ? items : isObject(properties) ? own(properties, step) : undefined;
      const inner = next ?? (typeof step === 'string' ? additionalProperties : undefined);
      return isObject(inner) ? unfold(inner) : [];
    });
  }
  return shapes;
}

function unfold(shape: JsonObject): JsonObject[] {
  return Array.isArray(shape['anyOf']) ? shape['anyOf'].filter(isObject).flatMap(unfold) : [shape];
}

function keysAt(shape: JsonObject, path: Path): string[] {
  return shapesAt(shape, path).flatMap(({ properties }) => (isObject(properties) ? Object.keys(properties) : []));
}

function unionForms(shape: JsonObject, path: Path): string {
  const forms = shapesAt(shape, path).map(({ type }) => FORMS[String(type)] ?? String(type));
  return [...new Set(forms)].join(' or ');
}
