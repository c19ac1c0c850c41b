import { parse, type Word, type WordPart } from 'unbash';
import type { Arg } from './facts.ts';
import { outputOf } from './output.ts';
import type { Scope } from './reading.ts';
import { expandBraces } from './braces.ts';
import { expandParameter, isNameOnly } from './parameters.ts';

/** Which of several possible values of a name to take in this pass. */
export interface Expansion {
  readonly scope: Scope;
  pick: number;
  /** Set while expanding: a name had more values than `pick` has seen. */
  more: boolean;
}

const FIELDS_MAX = 256;

/**
 * The arguments a word becomes: quotes removed, known expansions made, split as the shell splits.
 * What only the running shell can know stays as source text in an argument that is not `sure`.
 */
export function expandWord(word: Word, expansion: Expansion): Arg[] {
  const parts = word.parts;
  if (parts === undefined) return [{ text: word.value, sure: true }];
  if (parts.some((part) => part.type === 'BraceExpansion')) return expandBraced(word, expansion);
  const fields = new Fields();
  for (const part of parts) addPart(part, fields, expansion, false);
  return fields.done();
}

export function expandWords(words: readonly Word[], expansion: Expansion): Arg[] {
  const args: Arg[] = [];
  for (const word of words) {
    if (word.parts === undefined) args.push({ text: word.value, sure: true });
    else args.push(...expandWord(word, expansion));
    if (args.length > 4 * FIELDS_MAX) break;
  }
  return args;
}

function expandBraced(word: Word, expansion: Expansion): Arg[] {
  const texts = expandBraces(word.text, FIELDS_MAX);
  if (texts === null) return [{ text: word.text, sure: false }];
  const args: Arg[] = [];
  for (const text of texts) {
    if (isPlain(text)) {
      args.push({ text, sure: true });
      continue;
    }
    const command = parse(text).commands[0]?.command;
    const name = command?.type === 'Command' ? command.name : undefined;
    if (name === undefined || name.parts?.some((part) => part.type === 'BraceExpansion') === true) {
      args.push({ text, sure: false });
    } else args.push(...expandWord(name, expansion));
  }
  return args;
}

function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const letter = (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 43 && c <= 58) || c === 95 || c === 42;
    if (!letter) return false;
  }
  return text.length > 0;
}

class Fields {
  readonly #done: Arg[] = [];
  #text = '';
  #sure = true;
  #open = false;

  add(text: string, sure: boolean): void {
    this.#text += text;
    if (!sure) this.#sure = false;
    this.#open = true;
  }

  /** Adds an unquoted expansion, split at blanks and at what else the script puts into `IFS`. */
  split(text: string, separators: string): void {
    let start = 0;
    for (let i = 0; i <= text.length; i++) {
      const c = i < text.length ? text.charCodeAt(i) : 0;
      const blank = c === 32 || c === 9 || c === 10 || (separators !== '' && separators.includes(text[i] ?? ' '));
      if (i < text.length && !blank) continue;
      if (i > start) this.add(text.slice(start, i), true);
      if (blank) this.break();
      start = i + 1;
    }
  }

  break(): void {
    if (this.#open && this.#done.length < FIELDS_MAX) this.#done.push({ text: this.#text, sure: this.#sure });
    this.#text = '';
    this.#sure = true;
    this.#open = false;
  }

  done(): Arg[] {
    this.break();
    return this.#done;
  }
}

function addPart(part: WordPart, fields: Fields, expansion: Expansion, quoted: boolean): void {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
    case 'Glob':
      return fields.add(part.value, true);
    case 'DoubleQuoted':
    case 'LocaleString':
      fields.add('', true);
      for (const child of part.parts) addPart(child, fields, expansion, true);
      return;
    case 'SimpleExpansion':
      return addName(part.text.slice(1), part.text, fields, expansion, quoted);
    case 'ParameterExpansion': {
      if (isNameOnly(part)) return addName(part.parameter, part.text, fields, expansion, quoted);
      const operand = (word: Word): Arg | undefined => joined(expandWord(word, expansion));
      const value = expandParameter(part, (name) => valueOf(name, expansion), operand);
      return addValue(value, part.text, fields, quoted, expansion);
    }
    case 'CommandExpansion': {
      const output = part.script === undefined ? null : outputOf(part.script);
      return addValue(output?.replace(/\n+$/, '') ?? null, part.text, fields, quoted, expansion);
    }
    default:
      return fields.add(part.text, false);
  }
}

function joined(args: readonly Arg[]): Arg | undefined {
  if (args.length < 2) return args[0] ?? { text: '', sure: true };
  return { text: args.map((arg) => arg.text).join(' '), sure: args.every((arg) => arg.sure) };
}

function addValue(value: string | null, source: string, fields: Fields, quoted: boolean, expansion: Expansion): void {
  if (value === null) fields.add(source, false);
  else if (quoted) fields.add(value, true);
  else fields.split(value, (expansion.scope.get('IFS') ?? []).join(''));
}

function addName(name: string, source: string, fields: Fields, expansion: Expansion, quoted: boolean): void {
  if (name === '@' || name === '*') {
    const count = expansion.scope.get('@')?.length ?? 0;
    if (count > expansion.pick + 1) expansion.more = true;
    const list = expansion.scope.get(`@${Math.min(expansion.pick, count - 1)}`);
    if (list === undefined) return fields.add(source, false);
    for (const value of list) {
      addValue(value, source, fields, quoted, expansion);
      fields.break();
    }
    return;
  }
  addValue(valueOf(name, expansion), source, fields, quoted, expansion);
}

/** Names whose value the standards fix well enough to read a command by. */
const WELL_KNOWN: ReadonlyMap<string, string> = new Map([
  ['IFS', ' '],
  ['HOME', '~'],
  ['TMPDIR', '/tmp'],
  ['PWD', '.'],
  ['SHELL', '/bin/sh'],
  ['BASH', '/bin/bash'],
]);

function valueOf(name: string, expansion: Expansion): string | null {
  const values = expansion.scope.get(name);
  if (values === undefined) return WELL_KNOWN.get(name) ?? null;
  if (values.length > expansion.pick + 1) expansion.more = true;
  return values[Math.min(expansion.pick, values.length - 1)] ?? null;
}
