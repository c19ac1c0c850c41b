import type * as z from 'zod';
import type { Target } from '../core/call.ts';
import { isObject, own, type JsonValue } from '../core/json.ts';
import { callSchema, type CallDocument } from './call-schema.ts';
import { keysAt } from './parse.ts';
import { nearest, oneOf } from './problem.ts';

/** What is wrong with a hand-written call, and where: a path of keys from its outermost object. */
export interface CallMistake {
  readonly path: readonly (string | number)[];
  readonly what: string;
  readonly mend: string;
}

export type ReadCall =
  | { readonly ok: true; readonly call: CallDocument }
  | { readonly ok: false; readonly mistakes: readonly CallMistake[] };

/** Mistakes that are told of one call; the rest would only repeat them. */
const MISTAKES_MAX = 20;

/** A parsed JSON value as a call: a line of `--calls`, the body of `…/evaluate`. Every mistake at once. */
export function readCall(value: JsonValue): ReadCall {
  const checked = callSchema.safeParse(value);
  if (!checked.success) {
    const mistakes = checked.error.issues.flatMap((issue) => mistakesOf(issue, value)).slice(0, MISTAKES_MAX);
    return { ok: false, mistakes };
  }
  const mistake = targetMistake(checked.data);
  return mistake === null ? { ok: true, call: checked.data } : { ok: false, mistakes: [mistake] };
}

/** One sentence: "`context.env` is a number; write a text". */
export function describeMistake({ what, mend }: CallMistake): string {
  return `${what}; ${mend}`;
}

const TARGETS = ['tool', 'prompt', 'resource'] as const;

/** What methods with a target act on. */
const KINDS_OF: Readonly<Record<string, readonly Target['kind'][]>> = {
  'tools/call': ['tool'],
  'prompts/get': ['prompt'],
  'resources/read': ['resource'],
  'resources/subscribe': ['resource'],
  'resources/unsubscribe': ['resource'],
  'completion/complete': ['prompt', 'resource'],
};

/** A call names one thing, of the kind that its method acts on; only methods without a target name none. */
function targetMistake(call: CallDocument): CallMistake | null {
  const named = TARGETS.filter((kind) => call[kind] !== undefined);
  const [first, second] = named;
  if (second !== undefined) {
    return { path: [second], what: `the call names \`${first}\` and \`${second}\``, mend: 'keep one of them' };
  }
  const { method } = call;
  if (first === undefined && method === undefined) {
    return { path: [], what: 'the call names nothing', mend: `add ${oneOf(TARGETS)}` };
  }
  const wanted = method === undefined || !Object.hasOwn(KINDS_OF, method) ? undefined : KINDS_OF[method];
  if (wanted === undefined || (first !== undefined && wanted.includes(first))) return null;
  const what = first === undefined ? 'names nothing to act on' : `does not act on a \`${first}\``;
  return { path: ['method'], what: `the method \`${method}\` ${what}`, mend: `name a ${oneOf(wanted)}` };
}

function mistakesOf(issue: z.core.$ZodIssue, value: JsonValue): CallMistake[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  const shown = show(valueAt(value, path));
  return [{ path, what: `${place(path)} is ${shown}`, mend: mendOf(issue, valueAt(value, path)) }];
}

function unknownKey(path: readonly (string | number)[], key: string): CallMistake {
  const known = keysAt(callSchema, path);
  const meant = nearest(key, known);
  const mend = meant === null ? `use ${oneOf(known)}` : `write \`${meant}\``;
  return { path: [...path, key], what: `unknown key \`${cut(key)}\` in ${place(path)}`, mend };
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function mendOf(issue: z.core.$ZodIssue, value: JsonValue | undefined): string {
  if (issue.code === 'invalid_type') return `write ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_format') return 'write a time such as `2026-11-22T10:00:00Z`';
  if (issue.code !== 'invalid_value') return issue.message.toLowerCase();
  const known = issue.values.map(String);
  const meant = typeof value === 'string' ? nearest(value, known) : null;
  return meant === null ? `write ${oneOf(known)}` : `write \`${meant}\``;
}

const place = (path: readonly (string | number)[]): string =>
  path.length === 0 ? 'the call' : `\`${cut(path.join('.'))}\``;

function show(value: JsonValue | undefined): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  return `\`${cut(String(value))}\``;
}

const SHOWN_CHARS_MAX = 60;
const cut = (text: string): string => (text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX - 1)}…` : text);

function valueAt(root: JsonValue, path: readonly (string | number)[]): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const step of path) {
    if (Array.isArray(value) && typeof step === 'number') value = value[step];
    else value = isObject(value) ? own(value, String(step)) : undefined;
  }
  return value;
}
