import { noteDestruction } from './destruction.ts';
import { noteEscapes } from './escapes.ts';
import type { Arg, Span } from './facts.ts';
import { runFind, runParallel } from './find.ts';
import { runInterpreter } from './interpreters.ts';
import { isTemporary, lastSegment, tableName, foldPath } from './names.ts';
import { fetches, isNetwork } from './network-table.ts';
import { NO_VALUES, readOptions } from './options.ts';
import type { Frame, Reading } from './reading.ts';
import { runBuiltin, runFile, runShell, runWritten } from './shells.ts';
import { isShell } from './shells-table.ts';
import { runLeadingSql } from './clients.ts';
import { runsOwn } from './subcommands.ts';
import { feedShell, unwrap, type Call } from './unwrap.ts';
import { WRAPPERS } from './wrappers-table.ts';
import { noteWrites } from './writes.ts';

/** Variables that name a program of the user's choice; running one is ordinary. */
const CHOSEN =
  /^\$\{?(?:EDITOR|VISUAL|PAGER|BROWSER|CC|CXX|PYTHON|JAVA|MAKE|NODE|npm_execpath|npm_node_execpath|GOBIN|SUDO|BASH|TERM|XDG_\w+)\}?$/;

/** Operators or percent-encoding inside a program's name: text meant for another reader than this shell. */
const HIDDEN = /[;|&<>`\n]|%[0-9a-f]{2}/i;

/** A package with its version, as package runners take it: `npm@>=10.2`. */
const PACKAGE = /^(?:@[\w.-]+\/)?[\w.-]+@[<>=^~\w. |*-]+$/;

/** `PATH_MAX` of Linux: the system starts nothing under a longer name. */
const PROGRAM_CHARS_MAX = 4_096;

/** Reads one simple command whose words are expanded: names it, notes its traits, goes into what it runs. */
export function invoke(args: readonly Arg[], frame: Frame, span: Span, reading: Reading): void {
  const program = args[0];
  if (program === undefined) return;
  const words = args.map((arg) => arg.text);
  const name = tableName(program.text);
  const known = program.sure || /^[\w.+-]+$/.test(lastSegment(program.text));
  const base = lastSegment(program.text);
  if (!reading.command({ name: base, program: program.text, words: words.slice(1), via: frame.via, span, known }))
    return;
  if (program.text.length > PROGRAM_CHARS_MAX) {
    return reading.trait('unparsed', 'the name of a program is longer than any path', span);
  }
  const call: Call = { name, args, words, frame, span, reading };
  if (!known || (/[*?[]/.test(base) && base !== '[' && base !== '[[')) noteUnknownName(call);
  if (known && HIDDEN.test(program.text) && !PACKAGE.test(program.text)) {
    reading.trait(
      'obfuscated',
      `\`${shorten(program.text)}\` is no program name but encoded or quoted shell text`,
      span,
    );
  }
  if (isNetwork(name)) reading.trait('network', `\`${name}\` uses the network`, span);
  if (fetches(name)) rememberFetched(call);
  if (/^(?::!|\\!|!(?!!$).)/.test(program.text)) {
    reading.trait('interpreter_escape', `\`${program.text}\` asks a pager or editor for a shell`, span);
  }
  if (reading.fetched.size > 0 || reading.texts.size > 0) runWritten(program.text, call);
  dispatch(call);
}

function dispatch(call: Call): void {
  const { name } = call;
  if (runBuiltin(call)) return;
  if (isShell(name)) return runShell(call);
  if (name === 'pwsh' || name === 'powershell') return runPowerShell(call);
  if (name === 'at' || name === 'batch') return runLater(call);
  if (name === 'find' || name === 'gfind') return runFind(call);
  if (name === 'parallel' || name === 'env_parallel') return runParallel(call);
  if (runsOwn(call) || unwrap(call)) {
    noteEscapes({ ...call, words: call.words.slice(0, ownWords(call)) });
    return;
  }
  runLeadingSql(call);
  const interpreted = runInterpreter(call);
  noteEscapes(call);
  noteDestruction(call);
  if (!interpreted || /^(?:g?sed|perl|ruby)$/.test(name)) noteWrites(call);
}

/** PowerShell started from another shell: its script is read as PowerShell. */
function runPowerShell(call: Call): void {
  if (call.words.length === 1) {
    if (call.frame.input !== null) return feedShell(call.frame, `\`${call.name}\``, call.span, call.reading);
    return call.reading.trait('interactive_shell', `\`${call.name}\` starts a shell`, call.span);
  }
  const script = call.words.slice(1).join(' ');
  call.reading.foreign(`${call.name} ${script}`, 'powershell', call.frame, call.span);
}

/** `at` and `batch` give their standard input, or the file of `-f`, to a shell later on. */
function runLater(call: Call): void {
  const file = call.args[call.words.indexOf('-f') + 1];
  if (call.words.includes('-f')) return runFile(call, file);
  feedShell(call.frame, `\`${call.name}\``, call.span, call.reading);
}

/** Of a wrapper only its own options are looked at for escapes; the rest is read as the command it is. */
function ownWords(call: Call): number {
  const wrapper = WRAPPERS.get(call.name);
  const takes = wrapper?.takes ?? NO_VALUES;
  const { rest } = readOptions(call.words, 1, takes);
  return wrapper?.resumes === true ? readOptions(call.words, rest + wrapper.skip, takes).rest : rest;
}

function noteUnknownName(call: Call): void {
  const { words, span, reading } = call;
  const program = words[0] ?? '';
  if (CHOSEN.test(program)) return;
  const fetched = /\$\(|`/.test(program) && reading.traits.some((trait) => trait.kind === 'network');
  if (fetched) reading.trait('download_and_run', 'the output of a network command is run', span);
  reading.trait('dynamic', `which program \`${shorten(program)}\` is, is known only at run time`, span);
}

/** Files that a fetching command leaves behind, for `curl -o x …; sh x`. */
function rememberFetched(call: Call): void {
  const { words, reading } = call;
  for (const [i, word] of words.entries()) {
    if (/^(?:-[a-zA-Z]*[oO]|--output|--output-document|--out)$/.test(word) && i + 1 < words.length) {
      reading.fetched.add(foldPath(words[i + 1] ?? ''));
    }
    const attached = /^(?:-[oO]|--output(?:-document)?=)(.+)$/.exec(word)?.[1];
    if (attached !== undefined) reading.fetched.add(foldPath(attached));
    if (/^(?:[a-z]+:\/\/|[\w.-]+:)/i.test(word))
      reading.fetched.add(lastSegment(word.replace(/[?#].*$/, '').replace(/^[\w.@-]+:(?!\/\/)/, '')));
  }
  const last = words.at(-1) ?? '';
  if (isTemporary(last)) reading.fetched.add(foldPath(last));
}

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
