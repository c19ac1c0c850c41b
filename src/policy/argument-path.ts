import { isObject, type JsonObject, type JsonValue } from '../core/json.ts';

/** A way into arguments: `a.b`, `a[*].b`, `*` (every key), `**` (every depth). */
export type Step =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'items' }
  | { readonly kind: 'keys' }
  | { readonly kind: 'deep' };

export type ArgumentPath = readonly Step[];

/** The path in one clause cannot be read. */
export class PathRejected extends Error {
  override readonly name = 'PathRejected';
}

/** @throws PathRejected */
export function parseArgumentPath(text: string): ArgumentPath {
  const steps: Step[] = [];
  const token = /(?:^|\.)(\*\*|\*|[^.[\]*]+)|\[(\*|\d+)\]|(.)/gs;
  for (const match of text.matchAll(token)) {
    if (match[3] !== undefined)
      throw new PathRejected(`the argument path \`${text}\` cannot be read at \`${match[3]}\``);
    if (match[2] === '*') steps.push({ kind: 'items' });
    else if (match[2] !== undefined) steps.push({ kind: 'key', key: match[2] });
    else if (match[1] === '**') steps.push({ kind: 'deep' });
    else if (match[1] === '*') steps.push({ kind: 'keys' });
    else steps.push({ kind: 'key', key: match[1] ?? '' });
  }
  if (steps.length === 0) throw new PathRejected('the argument path is empty');
  return steps;
}

/** What a path leads to. `mismatched`: values on the way that have not the form the path expects. */
export interface Selection {
  readonly values: { readonly at: string; readonly value: JsonValue }[];
  readonly mismatched: { readonly at: string; readonly value: JsonValue }[];
  /** Some branch of the path leads nowhere. */
  missing: boolean;
}

export function select(root: JsonObject, path: ArgumentPath): Selection {
  const selection: Selection = { values: [], mismatched: [], missing: false };
  descend(root, path, 0, '', selection);
  return selection;
}

function descend(value: JsonValue, path: ArgumentPath, index: number, at: string, into: Selection): void {
  const step = path[index];
  if (!step) {
    into.values.push({ at, value });
    return;
  }
  if (step.kind === 'deep') return descendDeep(value, path, index, at, into);
  if (step.kind === 'key') {
    if (isObject(value) || (Array.isArray(value) && /^\d+$/.test(step.key))) {
      const child = Object.hasOwn(value, step.key) ? (value as JsonObject)[step.key] : undefined; // an own key or index
      if (child === undefined) into.missing = true;
      else descend(child, path, index + 1, join(at, step.key, Array.isArray(value)), into);
    } else into.mismatched.push({ at, value });
    return;
  }
  const fits = step.kind === 'items' ? Array.isArray(value) : isObject(value);
  if (!fits) into.mismatched.push({ at, value });
  else for (const [childAt, child] of childrenOf(value, at)) descend(child, path, index + 1, childAt, into);
}

/** `**` at the end: every leaf; before another step: that step at every depth. */
function descendDeep(value: JsonValue, path: ArgumentPath, index: number, at: string, into: Selection): void {
  if (index === path.length - 1) {
    for (const leaf of leavesOf(value, at)) into.values.push(leaf);
    return;
  }
  const deeper: Selection = { values: into.values, mismatched: [], missing: false };
  descend(value, path, index + 1, at, deeper);
  if (typeof value === 'object' && value !== null) {
    for (const [childAt, child] of childrenOf(value, at)) descendDeep(child, path, index, childAt, into);
  }
}

function childrenOf(value: JsonValue, at: string): [string, JsonValue][] {
  if (Array.isArray(value)) return value.map((item, i) => [join(at, String(i), true), item]);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    child === undefined ? [] : [[join(at, key, false), child] as [string, JsonValue]],
  );
}

function join(at: string, key: string, isItem: boolean): string {
  if (isItem) return `${at}[${key}]`;
  return at === '' ? key : `${at}.${key}`;
}

/** Every string, number, boolean and null within a value, with its place. */
export function leavesOf(value: JsonValue, at: string): { readonly at: string; readonly value: JsonValue }[] {
  if (typeof value !== 'object' || value === null) return [{ at, value }];
  return childrenOf(value, at).flatMap(([childAt, child]) => leavesOf(child, childAt));
}
