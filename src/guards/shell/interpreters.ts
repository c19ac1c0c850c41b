import { within } from './reading.ts';
import type { Call } from './unwrap.ts';
import { runsFilters } from './filters.ts';
import { INTERPRETERS, type Interpreter, type Reach } from './interpreters-table.ts';
import { foldPath, isDescriptor } from './names.ts';
import { runFile } from './shells.ts';

/** Languages that read their program from standard input when no file or code is given. */
const READS_INPUT =
  /^(?:python|pypy|perl|ruby|node|nodejs|php|lua|luajit|tclsh|deno|R|julia|guile|bun|expect|osascript|m4|gm4|jjs|jshell|iex|irb|pry|ghci|groovysh|scala|gnuplot|osh)$/;

/** Reads the code that an interpreter is given on its command line or standard input. */
export function runInterpreter(call: Call): boolean {
  const table = INTERPRETERS.get(call.name);
  if (table === undefined) return false;
  const found = codeOf(call, table);
  if (table.first && found.codes.length === 0) readScriptFile(call, table);
  for (const code of found.codes) judgeCode(call, table, code.text, code.sure);
  if (found.codes.length === 0 && found.first < 0) readInput(call, table);
  else if (found.codes.length === 0 && found.first > 0 && READS_INPUT.test(call.name)) {
    const at = call.words[found.first] === 'run' ? nextWord(call.words, found.first + 1) : found.first;
    runFile(call, call.args[at]);
  }
  return true;
}

/** `deno run --allow-net FILE`: the next word that is no option. */
function nextWord(words: readonly string[], from: number): number {
  const at = words.findIndex((word, i) => i >= from && !word.startsWith('-'));
  return at < 0 ? words.length : at;
}

/** `sed -f FILE`, where the file is standard input or was written by this very text. */
function readScriptFile(call: Call, table: Interpreter): void {
  const at = call.words.findIndex((word) => word === '-f' || word === '--file');
  const file = at < 0 ? undefined : call.words[at + 1];
  if (file === undefined) return;
  if (file === '-' || file === '/dev/stdin') {
    const input = call.frame.input;
    if (input?.text != null) judgeCode(call, table, input.text, true);
    else if (input !== null) call.reading.trait('pipe_to_shell', `\`${call.name}\` runs what it is fed`, call.span);
    return;
  }
  if (isDescriptor(file)) {
    return call.reading.trait('pipe_to_shell', `\`${call.name}\` runs what \`${file}\` holds`, call.span);
  }
  const text = call.reading.texts.get(foldPath(file));
  if (text !== undefined) judgeCode(call, table, text, true);
}

interface Found {
  readonly codes: readonly { readonly text: string; readonly sure: boolean }[];
  /** Index of the first word that is neither option nor value; -1 when there is none. */
  readonly first: number;
}

function codeOf(call: Call, table: Interpreter): Found {
  const { words, args } = call;
  const codes: { text: string; sure: boolean }[] = [];
  let first = -1;
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    const option = table.code.find((code) => givesCode(word, code));
    if (option !== undefined) {
      const attached = attachedCode(word, option);
      if (attached !== null) codes.push({ text: attached, sure: args[i]?.sure ?? false });
      else if (i + 1 < words.length) codes.push({ text: words[++i] ?? '', sure: args[i]?.sure ?? false });
      continue;
    }
    if (word === '-' && i + 1 >= words.length) break;
    if (word.startsWith('-') && word.length > 1) {
      if (word.length === 2 && table.short.includes(word[1] ?? '')) i++;
      if (word === '-m') return { codes: timedCode(words, i), first: i };
      continue;
    }
    if (first < 0) first = i;
    if (!table.anywhere) break;
  }
  if (table.first && codes.length === 0 && first > 0 && !words.some((word) => /^(?:-f|--file)/.test(word))) {
    codes.push({ text: words[first] ?? '', sure: args[first]?.sure ?? false });
  }
  return { codes, first };
}

/** `python -m timeit` runs its words. */
function timedCode(words: readonly string[], i: number): { text: string; sure: boolean }[] {
  const at = words.indexOf('timeit');
  if (at !== i && at !== i + 1) return [];
  return words.slice(at + 1).map((text) => ({ text, sure: true }));
}

function givesCode(word: string, option: string): boolean {
  if (word === option || word.startsWith(`${option}=`)) return true;
  if (option.length !== 2 || !word.startsWith('-') || word.startsWith('--') || option[0] !== '-') return false;
  const at = word.indexOf(option[1] ?? '');
  return at > 0 && /^-[a-zA-Z0-9]*$/.test(word.slice(0, at + 1)) && word.length <= at + 1
    ? true
    : word.startsWith(option);
}

function attachedCode(word: string, option: string): string | null {
  if (word.startsWith(`${option}=`)) return word.slice(option.length + 1);
  if (word.startsWith(option) && word.length > option.length && option.length === 2) return word.slice(2);
  return null;
}

/** Characters of code looked at in one go, because the patterns take time quadratic in it; the next go overlaps. */
const WINDOW = 2_048;
const OVERLAP = 128;

/** What code does beyond computing. */
function reachIn(code: string, reaches: Interpreter['reaches']): Reach {
  if (typeof reaches === 'function') return reaches(code);
  for (let from = 0; from === 0 || from < code.length - OVERLAP; from += WINDOW - OVERLAP) {
    const hit = reaches.exec(code.slice(from, from + WINDOW));
    if (hit !== null) return { piece: hit[0].trim(), unknown: false, commands: [] };
  }
  return { piece: null, unknown: false, commands: [] };
}

function judgeCode(call: Call, table: Interpreter, code: string, sure: boolean): void {
  const { name, span, reading } = call;
  const read = sure ? code : withoutExpansions(code);
  if (read === null) return reading.trait('dynamic', `\`${name}\` runs code that is known only at run time`, span);
  const { piece, unknown, commands } = reachIn(read, table.reaches);
  const frame = within(call.frame, `${name} code`, { span, input: null });
  if (unknown) reading.trait('dynamic', `\`${name}\` runs commands that it makes of its input`, span);
  const others = commands.filter((command) => !runsFilters(command, frame, reading));
  const reach = piece ?? others[0];
  if (reach === undefined)
    return reading.trait('interpreter_escape', `\`${name}\` runs code from its command line`, span, true);
  reading.trait('interpreter_escape', `\`${name}\` runs code with \`${shorten(reach)}\``, span);
  noteNested(call, code);
}

const EXPANSION = /\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`|\$\{[^}]*\}|\$[A-Za-z_]\w*|\$[0-9@*#?]/g;

/**
 * Code with a digit for what the shell will put in, which is as good as any for a number, a word or a text. Null when
 * nothing else is left to read.
 */
function withoutExpansions(code: string): string | null {
  const rest = code.replace(EXPANSION, '1');
  return /^[\s1]*$/.test(rest) ? null : rest;
}

/** Commands quoted inside the code are named as well, so that `deny_commands` sees them. */
function noteNested(call: Call, code: string): void {
  const { frame, span, reading, name } = call;
  for (const match of code.matchAll(QUOTED_COMMAND)) {
    const text = match[2] ?? '';
    if (text.length > 0 && text.length < 2_048)
      reading.script(text, within(frame, `${name} code`, { span, input: null }));
  }
}

const QUOTED_COMMAND =
  /\b(?:system|exec\w*|popen\w*|spawn\w*|run|call|Popen|check_output|check_call|shell_exec|passthru|execute|getoutput|cmd)\s*\(?\s*\[?(["'`])([^"'`\n]*)\1/g;

function readInput(call: Call, table: Interpreter): void {
  const { name, frame, span, reading } = call;
  const input = frame.input;
  if (input === null || !READS_INPUT.test(name)) return;
  if (input.fetched) return reading.trait('download_and_run', `\`${name}\` runs what came from the network`, span);
  if (input.text === null) return reading.trait('pipe_to_shell', `\`${name}\` runs what it is fed`, span);
  judgeCode(call, table, input.text, true);
}

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 37)}...` : text);
