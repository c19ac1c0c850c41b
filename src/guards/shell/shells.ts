import type { Arg } from './facts.ts';
import { foldPath, isDescriptor } from './names.ts';
import { within } from './reading.ts';
import { printsSettings, SHELL_VALUE_OPTIONS } from './shells-table.ts';
import { feedShell, type Call } from './unwrap.ts';

/** Reads `sh`, `bash` and their kin: a script given by `-c`, a file, or standard input. */
export function runShell(call: Call): void {
  const { words, args, frame, span, reading, name } = call;
  let i = 1;
  let script = false;
  let privileged = false;
  let fromInput = false;
  for (; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--' || word === '-') {
      i++;
      break;
    }
    if (word[0] !== '-' && word[0] !== '+') break;
    if (/^--?(?:help|version)$/.test(word)) return;
    if (word === '--rcfile' || word === '--init-file') runFile(call, args[i + 1]);
    if (SHELL_VALUE_OPTIONS.has(word)) i++;
    else if (word.startsWith('--')) script ||= word === '--command' || word === '--commands';
    else {
      script ||= word[0] === '-' && word.includes('c');
      fromInput ||= word.includes('s');
      privileged ||= word[0] === '-' && word.includes('p');
    }
  }
  if (privileged) reading.trait('privilege', `\`${name} -p\` keeps raised privilege`, span);
  if (script) return runInline(call, i);
  if (i < args.length && !fromInput) return runFile(call, args[i]);
  if (frame.input !== null) return feedShell(frame, `\`${name}\``, span, reading);
  // A tool that takes shell text is a shell already: another one by its side, with the same rights and nothing to read,
  // gives nothing more. What is typed into it later comes as an argument of its own.
  const beside = frame.via.length === 0 && reading.commands.length === 1 && words[0] === name;
  const ordinary = (frame.elsewhere || beside) && !privileged;
  reading.trait('interactive_shell', `\`${name}\` starts a shell whose commands are not in sight`, span, ordinary);
}

function runInline(call: Call, at: number): void {
  const { args, frame, span, reading, name } = call;
  const script = args[at];
  if (script === undefined) return reading.trait('dynamic', `\`${name} -c\` runs a script that is not in sight`, span);
  const inner = within(frame, `${name} -c`, { span: frame.span ?? span });
  reading.script(script.text, inner, [{ text: name, sure: true }, ...args.slice(at + 2)]);
}

/** Runs a file: known when this very text wrote it or fetched it. */
export function runFile(call: Call, file: Arg | undefined): void {
  if (file === undefined) return;
  const { frame, span, reading, name } = call;
  if (file.text.startsWith('<(')) return runProcessOutput(call, file.text);
  if (file.text === '/dev/stdin' || file.text === '/dev/fd/0') return feedShell(frame, `\`${name}\``, span, reading);
  if (isDescriptor(file.text)) {
    return reading.trait('pipe_to_shell', `\`${name}\` runs what the descriptor \`${file.text}\` holds`, span);
  }
  if (/^(?:https?|ftp):\/\//i.test(file.text)) {
    return reading.trait('download_and_run', `\`${name}\` runs what it fetches from \`${file.text}\``, span);
  }
  runWritten(file.text, call);
}

export function runWritten(path: string, call: Call): void {
  const { frame, span, reading } = call;
  const folded = foldPath(path);
  if (reading.fetched.has(folded)) {
    reading.trait('download_and_run', `\`${path}\` was fetched from the network by the same text`, span);
  }
  const text = reading.texts.get(folded);
  if (text === undefined) return;
  reading.script(text, within(frame, path, { span: frame.span ?? span, input: null }));
}

function runProcessOutput(call: Call, source: string): void {
  const { span, reading, name } = call;
  if (reading.traits.some((trait) => trait.kind === 'network')) {
    return reading.trait('download_and_run', `\`${name}\` runs what a command fetches`, span);
  }
  if (printsSettings(source.slice(2))) return;
  reading.trait('pipe_to_shell', `\`${name}\` runs the output of a command`, span);
}

/** `eval`, `source`, `.` and `trap`: builtins that run text. */
export function runBuiltin(call: Call): boolean {
  const { name, args, words, frame, span, reading } = call;
  if (name === 'source' || name === '.') {
    runFile(call, args[1]);
    return true;
  }
  if (name === 'trap') {
    if (words.length > 2 && words[1] !== '-') reading.script(words[1] ?? '', { ...within(frame, 'trap'), span });
    return true;
  }
  if (name !== 'eval') return false;
  const rest = args.slice(words[1] === '--' ? 2 : 1);
  const text = rest.map((arg) => arg.text).join(' ');
  if (rest.length === 0) return true;
  const only = /^\$\(([^]*)\)$|^`([^]*)`$/.exec(text);
  if (only !== null && !rest.every((arg) => arg.sure) && printsSettings(only[1] ?? only[2] ?? '')) return true;
  const sure = rest.every((arg) => arg.sure);
  if (!sure) {
    const fetched = reading.traits.some((trait) => trait.kind === 'network') && only !== null;
    if (fetched) reading.trait('download_and_run', '`eval` runs what a command fetches', span);
    reading.trait('dynamic', `\`eval\` runs text that is known only at run time`, span);
  }
  if (sure || only === null) reading.script(text, within(frame, 'eval', { span: frame.span ?? span }));
  return true;
}
