import { isMap, isNode, isSeq, stringify, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import type { JsonObject } from '../../core/json.ts';

/** Replaces the characters from `from` to `to` (exclusive). */
export interface Patch {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The text with every patch applied; patches do not overlap. */
export function applyPatches(text: string, patches: readonly Patch[]): string {
  let patched = text;
  for (const { from, to, text: put } of patches.toSorted((a, b) => b.from - a.from)) {
    patched = patched.slice(0, from) + put + patched.slice(to);
  }
  return patched;
}

/** Adds a plain word to the end of a list. @returns null when it is not clear how */
export function addToList(text: string, list: unknown, word: string): Patch[] | null {
  if (!isSeq(list) || !list.range) return null;
  const last = list.items.at(-1);
  if (list.flow && last === undefined) return [{ from: list.range[0] + 1, to: list.range[0] + 1, text: word }];
  const end = endOf(last);
  if (end === null) return null;
  if (list.flow) return [{ from: end, to: end, text: `, ${word}` }];
  const indent = indentAt(text, list.range[0]);
  return indent === null ? null : [lineAfter(text, end, `${indent}- ${word}`)];
}

/** Removes a word from a list; nothing when it is not in it. @returns null when it is not clear how */
export function removeFromList(text: string, list: unknown, word: string): Patch[] | null {
  if (!isSeq(list)) return [];
  const at = list.items.findIndex((item) => isNode(item) && item.toJSON() === word);
  if (at < 0) return [];
  const item = list.items[at];
  const [from, to] = [startOf(item), endOf(item)];
  if (from === null || to === null) return null;
  return list.flow ? removeFlowItem(list, at, from, to) : [removeLines(text, from, to)];
}

function removeFlowItem(list: YAMLSeq, at: number, from: number, to: number): Patch[] | null {
  const before = endOf(list.items[at - 1]);
  const after = startOf(list.items[at + 1]);
  if (before !== null) return [{ from: before, to, text: '' }];
  return [{ from, to: after ?? to, text: '' }];
}

/** Adds an entry to a block of entries, or begins the block. @returns null when it is not clear how */
export function addToMap(text: string, map: unknown, title: string, key: string, value: JsonObject): Patch[] | null {
  if (map === undefined) {
    const gap = text === '' || text.endsWith('\n') ? '' : '\n';
    return [{ from: text.length, to: text.length, text: `${gap}${stringify({ [title]: { [key]: value } }, STYLE)}` }];
  }
  if (!isMap(map) || map.flow || !map.range) return null;
  const end = endOf(map.items.at(-1)?.value);
  const indent = indentAt(text, map.range[0]);
  if (end === null || indent === null || indent === '') return null;
  const block = stringify({ [key]: value }, STYLE)
    .trimEnd()
    .replaceAll(/^/gm, indent);
  return [lineAfter(text, end, block)];
}

/** Removes an entry from a block of entries. @returns null when it is not clear how */
export function removeFromMap(text: string, map: unknown, key: string): Patch[] | null {
  if (!isMap(map) || map.flow) return null;
  const pair = pairOf(map, key);
  const [from, to] = [startOf(pair?.key), endOf(pair?.value)];
  return from === null || to === null ? null : [removeLines(text, from, to)];
}

const STYLE = { lineWidth: 0 } as const;

function pairOf(map: YAMLMap, key: string) {
  return map.items.find((item) => isNode(item.key) && item.key.toJSON() === key);
}

function startOf(node: unknown): number | null {
  return isNode(node) ? ((node as Node).range?.[0] ?? null) : null; // narrowed to what has a range
}

/** Where the value itself ends: before comments and blank lines that follow. */
function endOf(node: unknown): number | null {
  return isNode(node) ? ((node as Node).range?.[1] ?? null) : null; // narrowed to what has a range
}

/** The blanks before `at`, which begins a line but for them (and the dash of a list); null when it does not. */
function indentAt(text: string, at: number): string | null {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  return /^ *$/.test(line) ? line : null;
}

/** A new line below the one in which something ends. */
function lineAfter(text: string, end: number, line: string): Patch {
  const at = lineEnd(text, end);
  return at === text.length && !text.endsWith('\n')
    ? { from: at, to: at, text: `\n${line}\n` }
    : { from: at, to: at, text: `${line}\n` };
}

/** The beginning of the line after the one in which a value ends. A block value ends at the start of a line. */
function lineEnd(text: string, end: number): number {
  if (text[end - 1] === '\n') return end;
  const at = text.indexOf('\n', end);
  return at < 0 ? text.length : at + 1;
}

function removeLines(text: string, from: number, to: number): Patch {
  return { from: text.lastIndexOf('\n', from - 1) + 1, to: lineEnd(text, to), text: '' };
}
