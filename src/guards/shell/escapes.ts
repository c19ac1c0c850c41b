import { COMMAND_OPTIONS, ESCAPE_ARGUMENTS, PROMPTS, PROMPT_ESCAPE, RUNS_AFTER, TAKES_PATHS } from './escapes-table.ts';
import type { Arg } from './facts.ts';
import { within } from './reading.ts';
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
  for (const lead of RUNS_AFTER.get(name) ?? []) runAfter(call, lead);
  if (frame.input?.text != null && PROMPTS.has(name) && PROMPT_ESCAPE.test(frame.input.text)) {
    reading.trait('interpreter_escape', `\`${name}\` is fed a line that starts a shell`, span);
  }
  if (!TAKES_PATHS.has(name)) noteShellPath(call);
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

/** A program that is handed the path of a shell will, with very few exceptions, run it. */
function noteShellPath(call: Call): void {
  const at = call.words.findIndex((word, i) => i > 0 && SHELL_PATH.test(word));
  const hit = call.words[at];
  if (hit === undefined || call.frame.elsewhere) return;
  if (/^-\w*c$/.test(call.words[at + 1] ?? '') && !/\s/.test(hit)) {
    return call.reading.run(call.args.slice(at), within(call.frame, call.name, { input: null }), call.span);
  }
  call.reading.trait('interpreter_escape', `\`${call.name}\` is handed a shell in \`${shorten(hit)}\``, call.span);
}

const SHELL_PATH = /(?:^|[\s"'`:=(,;!|<{&])(?:\/usr)?\/bin\/(?:ba|da|z|k|mk|c|tc|a|fi)?sh\b(?!\.)/;

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
