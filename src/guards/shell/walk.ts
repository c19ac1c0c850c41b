import {
  forEachChild,
  type Command,
  type CommandNode,
  type Pipeline,
  type Redirected,
  type Redirection,
  type Script,
  type SyntaxNode,
  type Word,
} from 'unbash';
import { emit } from './emit.ts';
import type { Arg, Span } from './facts.ts';
import { noteRedirect } from './redirects.ts';
import { within, type Frame, type Input, type Reading, type Scope } from './reading.ts';
import { assignsCommand } from './variables-table.ts';
import { expandWord, expandWords, type Expansion } from './words.ts';
import { fetches } from './network-table.ts';
import { printsSettings } from './shells-table.ts';
import { foldPath, lastSegment, tableName } from './names.ts';

interface Walk {
  readonly reading: Reading;
  readonly scope: Scope;
  readonly frame: Frame;
  /** The text that positions of nodes count in. */
  readonly source: string;
}

/** Names every simple command of a script, in source order, with the nesting that leads to it. */
export function walkScript(script: Script, source: string, frame: Frame, scope: Scope, reading: Reading): void {
  const walk = { reading, scope, frame, source };
  for (const statement of script.commands) visit(statement.command, walk);
}

function visit(node: SyntaxNode, walk: Walk): void {
  if (walk.reading.full) return;
  switch (node.type) {
    case 'Command':
      visitCommand(node, walk, walk.frame.input);
      return;
    case 'Pipeline':
      return visitPipeline(node, walk);
    case 'Redirected':
      return visitRedirected(node, walk, walk.frame.input);
    case 'Function':
      if (breeds(node.body, node.name.value)) {
        walk.reading.trait(
          'destructive',
          `\`${node.name.value}\` starts copies of itself without end`,
          spanOf(node, walk),
        );
      }
      return visit(node.body, walk);
    case 'CommandExpansion':
    case 'ProcessSubstitution':
    case 'ArithmeticCommandExpansion':
      return visitSubstitution(node, walk);
    case 'ParameterExpansion':
      if (node.operation?.type === 'Transform' && /P/.test(node.operation.operand.value)) {
        walk.reading.trait('dynamic', `\`${node.text}\` runs what the value contains`, spanOf(node, walk));
      }
      return forEachChild(node, (child) => visit(child, walk));
    default:
      return forEachChild(node, (child) => visit(child, walk));
  }
}

/** A function that calls itself in a pipe or in the background: a fork bomb. */
function breeds(node: SyntaxNode, name: string): boolean {
  if (node.type === 'Pipeline' || (node.type === 'Statement' && node.background === true)) {
    if (calls(node, name)) return true;
  }
  let found = false;
  forEachChild(node, (child) => {
    found ||= breeds(child, name);
  });
  return found;
}

function calls(node: SyntaxNode, name: string): boolean {
  if (node.type === 'Command') return node.name?.value === name;
  let found = false;
  forEachChild(node, (child) => {
    found ||= calls(child, name);
  });
  return found;
}

function visitSubstitution(node: Extract<SyntaxNode, { script: unknown }>, walk: Walk): void {
  const span = spanOf(node, walk);
  const label = node.type === 'ProcessSubstitution' ? `${node.operator}()` : '$()';
  walk.reading.trait('substitution', `\`${shorten(node.text)}\` runs commands inside a word`, span);
  if (node.script === undefined) {
    return walk.reading.trait('unparsed', `\`${shorten(node.text)}\` cannot be read`, span);
  }
  const errors = node.script.errors;
  if (errors !== undefined && errors.length > 0) {
    walk.reading.trait('unparsed', `\`${shorten(node.text)}\` is not valid shell`, span);
  }
  // An escaped-backtick script owns its source: its positions mean nothing outside, so the outer span stands.
  const decoded = node.script.source !== undefined;
  const frame = within(walk.frame, label, { input: null, span: decoded ? span : walk.frame.span });
  const inner = { ...walk, frame, source: node.script.source ?? walk.source };
  for (const statement of node.script.commands) visit(statement.command, inner);
}

function visitPipeline(node: Pipeline, walk: Walk): void {
  let input: Input | null = walk.frame.input;
  for (const stage of node.commands) {
    if (walk.reading.full) return;
    input = visitStage(stage, walk, input);
  }
}

function visitStage(stage: CommandNode, walk: Walk, input: Input | null): Input {
  if (stage.type === 'Command') return visitCommand(stage, walk, input);
  const before = walk.reading.traits.length;
  const inner = { ...walk, frame: { ...walk.frame, input } };
  if (stage.type === 'Redirected') visitRedirected(stage, walk, input);
  else visit(stage, inner);
  const fetched = walk.reading.traits.slice(before).some((trait) => trait.kind === 'network');
  return { text: null, fetched: fetched || input?.fetched === true, decoded: input?.decoded === true };
}

function visitRedirected(node: Redirected, walk: Walk, input: Input | null): void {
  let inner = input;
  for (const redirect of node.redirects) inner = visitRedirection(redirect, walk, null) ?? inner;
  visit(node.command, { ...walk, frame: { ...walk.frame, input: inner } });
}

/** Reads one redirection. @returns the input it supplies, when it supplies one */
function visitRedirection(redirect: Redirection, walk: Walk, output: Input | null): Input | null {
  if (redirect.type === 'HereDoc') {
    for (const part of redirect.body.parts ?? []) visit(part, walk);
    return { text: redirect.body.text, fetched: false, decoded: false };
  }
  if (redirect.target === undefined) return null;
  visitWord(redirect.target, walk);
  const targets = expandWord(redirect.target, { scope: walk.scope, pick: 0, more: false });
  const [target] = targets;
  if (target === undefined) return null;
  if (redirect.type === 'HereString') {
    const sure = targets.every((one) => one.sure);
    return { text: sure ? `${targets.map((one) => one.text).join(' ')}\n` : null, fetched: false, decoded: false };
  }
  return noteRedirect(redirect.operator, target, output, spanOf(redirect, walk), walk.reading);
}

function visitWord(word: Word, walk: Walk): void {
  if (word.parts === undefined) return;
  for (const part of word.parts) {
    if (part.type !== 'Literal' && part.type !== 'SingleQuoted') visit(part, walk);
  }
}

/** Values of a name tried in turn; see `Scope`. */
const PASSES_MAX = 8;

function visitCommand(node: Command, walk: Walk, input: Input | null): Input {
  const { reading, frame } = walk;
  const span = spanOf(node, walk);
  const words: Word[] = node.name === undefined ? [] : [node.name];
  const redirects: Redirection[] = [];
  if (node.name !== undefined) visitName(node.name, walk);
  for (const item of node.prefix.length > 0 ? [...node.prefix, ...node.suffix] : node.suffix) {
    if (item.type === 'Word') {
      visitWord(item, walk);
      words.push(item);
    } else if (item.type === 'Assignment') visitAssignment(item, walk, words);
    else redirects.push(item);
  }
  const expansion: Expansion = { scope: walk.scope, pick: 0, more: false };
  const args = expandWords(words, expansion);
  let stdin = input;
  for (const redirect of redirects)
    if (suppliesInput(redirect)) stdin = visitRedirection(redirect, walk, null) ?? stdin;
  const output = outputOfStage(args, stdin);
  for (const redirect of redirects) if (!suppliesInput(redirect)) visitRedirection(redirect, walk, output);
  if (args[0]?.text === 'tee') keepCopies(args, output, reading);
  const inner = stdin === frame.input ? frame : { ...frame, input: stdin };
  if (args.length > 0) reading.run(args, inner, span);
  while (expansion.more && expansion.pick < PASSES_MAX && !reading.full) {
    expansion.more = false;
    expansion.pick++;
    const other = expandWords(words, expansion);
    if (other.length > 0) reading.run(other, inner, span);
  }
  return output;
}

function visitName(name: Word, walk: Walk): void {
  visitWord(name, walk);
  // The parser takes `name (` for the start of a function and forgets the bracket when none follows.
  const next = /\S/.exec(walk.source.slice(name.end, name.end + BLANKS_MAX))?.[0];
  if (next === '(') walk.reading.trait('unparsed', 'a bracket stands after a command', spanOf(name, walk));
}

/** How far the bracket of a broken function definition is looked for. */
const BLANKS_MAX = 64;

/** `tee` writes what it passes on. */
function keepCopies(args: readonly Arg[], output: Input, reading: Reading): void {
  for (const arg of args.slice(1)) {
    if (!arg.sure || arg.text.startsWith('-')) continue;
    if (output.fetched) reading.fetched.add(foldPath(arg.text));
    if (output.text !== null) reading.texts.set(foldPath(arg.text), output.text);
  }
}

const suppliesInput = (redirect: Redirection): boolean => redirect.type !== 'Redirect' || redirect.operator === '<';

function outputOfStage(args: readonly Arg[], stdin: Input | null): Input {
  const name = lastSegment(args[0]?.text ?? '');
  const sure = args.length > 0 && args.every((arg) => arg.sure);
  const made =
    sure && EMITTERS.has(name)
      ? emit(
          args.map((arg) => arg.text),
          stdin?.text ?? null,
        )
      : null;
  return {
    text: made?.text ?? null,
    fetched: stdin?.fetched === true || args.some((arg, i) => i < 4 && fetches(tableName(arg.text))),
    decoded: made?.decoded === true || stdin?.decoded === true || DECODERS.has(name),
    settings: stdin?.settings === true || printsSettings(args.map((arg) => arg.text).join(' ')),
  };
}

const EMITTERS: ReadonlySet<string> = new Set(
  ['echo', 'printf', 'cat', 'tee', 'base64', 'openssl', 'xxd', 'rev', 'tr'], // what emit() works out
);

const DECODERS: ReadonlySet<string> = new Set([
  'base64',
  'base32',
  'xxd',
  'uudecode',
  'openssl',
  'gunzip',
  'zcat',
  'rev',
]);

function visitAssignment(item: Extract<SyntaxNode, { type: 'Assignment' }>, walk: Walk, words: Word[]): void {
  forEachChild(item, (child) => (child.type === 'Word' ? visitWord(child, walk) : visit(child, walk)));
  if (item.value.type === 'ArrayValue') return;
  const args = expandWord(item.value, { scope: walk.scope, pick: 0, more: false });
  const value = args.map((arg) => arg.text).join(' ');
  const sure = args.every((arg) => arg.sure);
  const span = spanOf(item, walk);
  if (words[0]?.value === 'alias') return walk.reading.script(value, within(walk.frame, 'alias', { span }));
  assignsCommand(item.name, { text: value, sure }, walk.frame, span, walk.reading);
}

const spanOf = (node: { pos: number; end: number }, walk: Walk): Span => walk.frame.span ?? [node.pos, node.end];

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
