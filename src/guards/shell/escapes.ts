import {
  COMMAND_OPTIONS,
  ESCAPE_ARGUMENTS,
  OPTION_VALUES,
  PROMPTS,
  PROMPT_ESCAPE,
  RUNS_AFTER,
  TAKES_PATHS,
} from './escapes-table.ts';
import type { Arg } from './facts.ts';
import { tableName } from './names.ts';
import { within } from './reading.ts';
import { isShell } from './shells-table.ts';
import type { Call } from './unwrap.ts';
import { runsValue } from './variables-table.ts';

/** Notes the ways in which an ordinary program is made to run another one. */
export function noteEscapes(call: Call): void {
  const { name, words, span, reading, frame } = call;
  const options = COMMAND_OPTIONS.get(name);
  if (options !== undefined) noteCommandOptions(call, options);
  const pattern = ESCAPE_ARGUMENTS.get(name);
  if (pattern !== undefined) {
    const hit = words.find((word, i) => i > 0 && pattern.test(word));
    if (hit !== undefined) {
      reading.trait('interpreter_escape', `\`${name}\` runs commands or code through \`${shorten(hit)}\``, span);
    }
  }
  for (const [option, value] of OPTION_VALUES.get(name) ?? []) noteValue(call, option, value);
  if (SSH.has(name)) noteSshCommands(call);
  if (name === 'tmux' && words[1] === '-c') runScript(call, 2);
  for (const lead of RUNS_AFTER.get(name) ?? []) runAfter(call, lead);
  if (frame.input?.text != null && PROMPTS.has(name) && PROMPT_ESCAPE.test(frame.input.text)) {
    reading.trait('interpreter_escape', `\`${name}\` is fed a line that starts a shell`, span);
  }
  if (TAKES_PATHS.has(name)) return;
  if (!runShellWords(call)) noteShellPath(call);
}

function noteCommandOptions(call: Call, options: readonly string[]): void {
  const { words, args, frame, span, reading, name } = call;
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    for (const option of options) {
      const value = valueAt(word, option, args[i + 1]);
      if (value === null) continue;
      runsValue({ text: value, sure: args[i]?.sure ?? false }, `\`${name} ${option}\``, frame, span, reading);
    }
  }
}

/** An option whose value makes the program load code. */
function noteValue(call: Call, option: string, pattern: RegExp): void {
  for (const [i, word] of call.words.entries()) {
    const value = i === 0 ? null : valueAt(word, option, call.args[i + 1]);
    if (value === null || !pattern.test(value)) continue;
    const what = `\`${call.name} ${option}\` loads \`${shorten(value)}\``;
    return call.reading.trait('interpreter_escape', what, call.span);
  }
}

const SSH: ReadonlySet<string> = new Set(['ssh', 'scp', 'sftp', 'autossh', 'check_by_ssh']);
const SSH_COMMAND = /^(?:-\w*o)?\s*(?:ProxyCommand|LocalCommand|KnownHostsCommand)(?:\s*=\s*|\s+)([^]*)$/i;

/** Programs that carry a connection, as `ProxyCommand` expects (ssh_config(5)). */
const CARRIES: ReadonlySet<string> = new Set(
  'ssh nc ncat netcat connect connect-proxy corkscrew cloudflared tsh aws gcloud socat proxytunnel none'.split(' '),
);

/** Settings of ssh that are commands. One that carries the connection is ordinary. */
function noteSshCommands(call: Call): void {
  const { words, args, frame, span, reading, name } = call;
  for (const [i, word] of words.entries()) {
    const command = i === 0 ? undefined : SSH_COMMAND.exec(word)?.[1];
    if (command === undefined) continue;
    const where = `\`${name} ${word.slice(0, word.length - command.length).trim()}\``;
    const first = tableName(command.trim().split(/\s+/, 1)[0] ?? '');
    if (!CARRIES.has(first)) {
      reading.trait('interpreter_escape', `${where} runs \`${shorten(command)}\``, span);
    }
    runsValue({ text: command, sure: args[i]?.sure ?? false }, where, frame, span, reading);
  }
}

function runScript(call: Call, at: number): void {
  const { args, frame, span, reading, name } = call;
  reading.script(args[at]?.text ?? '', within(frame, name, { span: frame.span ?? span, input: null }));
}

function valueAt(word: string, option: string, next: Arg | undefined): string | null {
  if (word === option) return next?.text ?? null;
  if (option.startsWith('--')) return word.startsWith(`${option}=`) ? word.slice(option.length + 1) : null;
  if (option.length === 2 && word.startsWith(option) && !word.startsWith('--')) {
    return word.slice(2).replace(/^=/, '');
  }
  return null;
}

/** Runs the words that follow the lead: `ip netns exec NAME` …; `*` stands for any one word. */
function runAfter(call: Call, lead: string): void {
  const { words, args, frame, span, reading, name } = call;
  const steps = lead === '' ? [] : lead.split(' ');
  let at = 1;
  for (const step of steps) {
    if (step === '*') at++;
    else {
      const found = words.indexOf(step, at);
      if (found < 0) return;
      at = found + 1;
    }
  }
  if (lead === '' && (words[1] ?? '-').startsWith('-')) return;
  while (at < words.length && name !== 'start-stop-daemon' && (words[at] ?? '').startsWith('-')) {
    at += /^-[ntscFexy]$/.test(words[at] ?? '') ? 2 : 1;
  }
  const rest = args.slice(at);
  const only = rest[0];
  if (only === undefined) return;
  const inner = within(frame, name, { input: null });
  if (rest.length === 1 && /\s/.test(only.text)) reading.script(only.text, { ...inner, span: frame.span ?? span });
  else reading.run(rest, inner, span);
}

/** `… sh -c SCRIPT` among the words of any program: what it runs is in sight, whoever runs it. */
function runShellWords(call: Call): boolean {
  const { words, args, frame, span, reading, name } = call;
  const at = words.findIndex(
    (word, i) => i > 0 && isShell(tableName(word)) && /^-\w*c$/.test(words[i + 1] ?? '') && i + 2 < words.length,
  );
  const start = at < 0 ? askedShell(words) : at;
  if (start < 0) return false;
  reading.run(args.slice(start), within(frame, name, { input: null }), span);
  return true;
}

/** `run … sh`, `exec … bash`, `CMD sh`: a shell by name at the end of what a subcommand is told to run. */
function askedShell(words: readonly string[]): number {
  const verb = words.findIndex((word, i) => i > 0 && /^(?:run|exec|x|CMD|execute|shell|--)$/.test(word));
  const last = words.length - 1;
  if (verb < 0 || last <= verb || last > verb + 3 || !isShell(words[last] ?? '')) return -1;
  return /complet|init|hook|env|activate/.test(words[last - 1] ?? '') ? -1 : last;
}

/** A program that is handed the path of a shell will, with very few exceptions, run it. */
function noteShellPath(call: Call): void {
  const at = call.words.findIndex(
    (word, i) => i > 0 && (SHELL_PATH.test(word) || SHELL_SCRIPT.test(word)) && !/^SHELL=\S*$/.test(word),
  );
  const hit = call.words[at];
  if (hit === undefined || call.frame.elsewhere) return;
  call.reading.trait('interpreter_escape', `\`${call.name}\` is handed a shell in \`${shorten(hit)}\``, call.span);
}

const SHELL_SCRIPT = /(?:^|[\s"'=:;|&(!])(?:ba|da|z|k)?sh\s+-\w*c\s/;
const SHELL_PATH = /(?:^|[\s"'`:=(,;!|<{&])(?:\/usr)?\/bin\/(?:ba|da|z|k|mk|c|tc|a|fi)?sh\b(?!\.)/;

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
