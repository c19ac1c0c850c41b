import {
  forEachChild,
  type Assignment,
  type Command,
  type For,
  type Script,
  type Select,
  type SyntaxNode,
} from 'unbash';
import type { Arg } from './facts.ts';
import type { Scope } from './reading.ts';
import { expandWord, type Expansion } from './words.ts';

/** Values remembered for one name; further ones count as unknown. */
const VALUES_MAX = 8;

type Values = Map<string, (string | null)[]>;

/**
 * Every value that names may take in a script, in source order: assignments, `for` lists, positional parameters.
 * Flow is not followed: a name has all the values it is ever given, and the reader tries each.
 */
export function gatherScope(script: Script, text: string, positional: readonly Arg[]): Scope {
  const values: Values = new Map();
  if (positional.length > 0) addPositional(values, positional);
  if (text.includes('=') || text.includes('for ') || text.includes('set ') || text.includes('read')) {
    gather(script, values);
  }
  if (values.has('@') && /\bshift\b|\)\s*[{(]|\bfunction\b/.test(text)) forgetPositional(values);
  return values;
}

/** Lists that `$@` may stand for are kept under `@0`, `@1` …, their count under `@`. */
function addPositional(values: Values, positional: readonly Arg[]): void {
  const texts = positional.map((arg) => (arg.sure ? arg.text : null));
  texts.forEach((value, i) => add(values, String(i), value));
  const lists = values.get('@') ?? [];
  if (lists.length >= VALUES_MAX) return;
  values.set(`@${lists.length}`, texts.slice(1));
  values.set('@', [...lists, null]);
}

/** Functions have parameters of their own, and `shift` moves them: what they are is then not known. */
function forgetPositional(values: Values): void {
  addPositional(values, [
    { text: 'sh', sure: true },
    { text: '$1', sure: false },
  ]);
  for (const name of ['1', '2', '3']) add(values, name, null);
}

function gather(node: SyntaxNode, values: Values): void {
  if (node.type === 'Assignment') assign(node, values);
  else if (node.type === 'For' || node.type === 'Select') iterate(node, values);
  else if (node.type === 'Command') builtin(node, values);
  forEachChild(node, (child) => gather(child, values));
}

function add(values: Values, name: string, value: string | null): void {
  const known = values.get(name);
  if (known === undefined) values.set(name, [value]);
  else if (!known.includes(value)) known.push(known.length < VALUES_MAX ? value : null);
}

const expansionIn = (values: Values): Expansion => ({ scope: values, pick: 0, more: false });

function assign(node: Assignment, values: Values): void {
  const value = node.value;
  if (value.type === 'ArrayValue' || node.index !== undefined) return add(values, node.name, null);
  const args = expandWord(value, expansionIn(values));
  const text = args.every((arg) => arg.sure) ? args.map((arg) => arg.text).join(' ') : null;
  if (node.append !== true) return add(values, node.name, text);
  const before = values.get(node.name)?.at(-1) ?? null;
  add(values, node.name, before === null || text === null ? null : before + text);
}

function iterate(node: For | Select, values: Values): void {
  for (const word of node.wordlist ?? []) {
    for (const arg of expandWord(word, expansionIn(values))) add(values, node.name.value, arg.sure ? arg.text : null);
  }
  if (node.wordlist === undefined) add(values, node.name.value, null);
}

const READERS: ReadonlySet<string> = new Set(['read', 'mapfile', 'readarray', 'getopts', 'printf', 'declare', 'unset']);

/** `read x` and its kin give names values that only the running shell knows; `set --` sets the parameters. */
function builtin(node: Command, values: Values): void {
  const name = node.name?.value;
  if (name === undefined) return;
  const words = node.suffix.filter((item) => item.type === 'Word');
  if (name === 'set') {
    const at = words.findIndex((word) => word.value === '--');
    const args = at < 0 ? [] : words.slice(at + 1).flatMap((word) => expandWord(word, expansionIn(values)));
    if (at >= 0) addPositional(values, [{ text: 'sh', sure: true }, ...args]);
    return;
  }
  if (!READERS.has(name)) return;
  if (name === 'printf' && words[0]?.value !== '-v') return;
  if (name === 'declare' && !words.some((word) => /^-\w*n/.test(word.value))) return;
  for (const word of words) if (/^[A-Za-z_]\w*$/.test(word.value)) add(values, word.value, null);
}
