import type { Arg } from './facts.ts';
import { readOptions, shape } from './options.ts';
import { within, type Frame } from './reading.ts';
import type { Call } from './unwrap.ts';
import { runsValue } from './variables-table.ts';

/**
 * Programs that run commands through subcommands or options of their own, where what is run is in sight: it is named
 * and judged like any other command, and running it this way is no finding.
 * @returns true when the program does nothing else
 */
export function runsOwn(call: Call): boolean {
  switch (call.name) {
    case 'git':
      runGit(call);
      return false;
    case 'fd':
    case 'fdfind':
      runFd(call);
      return false;
    case 'make':
    case 'gmake':
      runMakefile(call);
      return false;
    case 'tmux':
      return sendKeys(
        call,
        call.words.findIndex((word) => word === 'send-keys' || word === 'send'),
      );
    case 'screen':
      return sendKeys(call, call.words.indexOf('stuff'));
    case 'nix-shell':
      for (const value of valuesOf(call.words, ['--run', '--command'])) script(call, value, 'nix-shell');
      return false;
    case 'fzf':
      bindKeys(call);
      return false;
    case 'ansible':
      return runModule(call);
    default:
      return false;
  }
}

const frameOf = (call: Call, label: string, change: Partial<Frame> = {}): Frame =>
  within(call.frame, label, { span: call.frame.span ?? call.span, input: null, ...change });

const script = (call: Call, text: string, label: string, change: Partial<Frame> = {}): void =>
  call.reading.script(text, frameOf(call, label, change));

const GIT = shape('Cc', '--git-dir --work-tree --namespace --exec-path --super-prefix --config-env');

/** `git bisect run`, `git submodule foreach`, `git rebase --exec`, `git difftool --extcmd`, aliases with `!`. */
function runGit(call: Call): void {
  const { words, args, reading, span } = call;
  const at = readOptions(words, 1, GIT).rest;
  const verb = words[at];
  if (verb === 'bisect' && words[at + 1] === 'run') return runWords(call, at + 2, 'git bisect run');
  if (verb === 'submodule') {
    const start = words.indexOf('foreach', at);
    return start < 0
      ? undefined
      : runWords(call, readOptions(words, start + 1, shape('')).rest, 'git submodule foreach');
  }
  if (verb === 'rebase' || verb === 'difftool') {
    for (const value of valuesOf(words, verb === 'rebase' ? ['-x', '--exec'] : ['-x', '--extcmd'])) {
      script(call, value, `git ${verb}`);
    }
    return;
  }
  if (verb !== 'config') return;
  const key = words.findIndex((word, i) => i > at && /^alias\.[\w-]+$/.test(word));
  const value = key < 0 ? undefined : args[key + 1];
  if (value?.text.startsWith('!') === true) reading.script(value.text.slice(1), frameOf(call, 'git alias', { span }));
  const set = words.findIndex((word, i) => i > at && RUN_SETTINGS.test(word));
  const command = set < 0 ? undefined : args[set + 1];
  if (command !== undefined) runsValue(command, `\`git config ${words[set] ?? ''}\``, call.frame, span, reading);
}

/** Settings of git whose value it runs (git-config(1)). */
const RUN_SETTINGS =
  /^(?:core\.(?:pager|editor|sshcommand|fsmonitor|askpass|gitproxy)|pager\.\w+|diff\.external|sequence\.editor|interactive\.difffilter|gpg\.program|uploadpack\.packobjectshook|(?:merge|diff|filter)tool\..+\.cmd)$/i;

/** One word is a script, several are a command. */
function runWords(call: Call, start: number, label: string): void {
  const rest: readonly Arg[] = call.args.slice(start);
  const [only] = rest;
  if (only === undefined) return;
  if (rest.length === 1) script(call, only.text, label);
  else call.reading.run(rest, frameOf(call, label), call.span);
}

function valuesOf(words: readonly string[], options: readonly string[]): string[] {
  return words.flatMap((word, i) => {
    const option = options.find((one) => word === one || word.startsWith(`${one}=`));
    if (option === undefined || i === 0) return [];
    return [word === option ? (words[i + 1] ?? '') : word.slice(option.length + 1)];
  });
}

/** `fd … -x CMD`: a command for each file found. */
function runFd(call: Call): void {
  const at = call.words.findIndex((word) => /^(?:-x|-X|--exec|--exec-batch)$/.test(word));
  if (at < 0) return;
  const end = call.words.indexOf(';', at);
  const args = call.args.slice(at + 1, end < 0 ? undefined : end);
  if (!args.some((arg) => arg.text.includes('{'))) args.push({ text: './{}', sure: false });
  if (args.length > 1) call.reading.run(args, frameOf(call, 'fd -x'), call.span);
}

/** A makefile on standard input: its recipes are scripts. */
function runMakefile(call: Call): void {
  const { words, frame, reading, span } = call;
  const at = words.findIndex((word) => /^(?:-f|--file|--makefile)$/.test(word));
  const attached = words.some((word) => /^(?:-f|--(?:make)?file=)(?:-|\/dev\/stdin)$/.test(word));
  if (!attached && !(at > 0 && /^(?:-|\/dev\/stdin)$/.test(words[at + 1] ?? ''))) return;
  if (frame.input === null) return;
  if (frame.input.text === null) return reading.trait('pipe_to_shell', '`make` runs the recipes it is fed', span);
  for (const line of frame.input.text.split('\n')) {
    if (line.startsWith('\t')) script(call, line.replace(/^[\t @+-]+/, '').replaceAll('$$', '$'), 'make recipe');
  }
}

const KEY = /^(?:Enter|Escape|Space|Tab|BSpace|Up|Down|Left|Right|C-.|M-.|\^.)$/;

/** Keys sent to another terminal are what a shell there will run. */
function sendKeys(call: Call, at: number): boolean {
  if (at < 0) return false;
  const start = readOptions(call.words, at + 1, shape('tN')).rest;
  const typed = call.words.slice(start).filter((word) => !KEY.test(word));
  const text = typed.join(' ').replace(/\\[nr]|\^M/g, '\n');
  if (text.trim() !== '') script(call, text, call.name);
  return true;
}

const ACTION =
  /\b(?:execute(?:-silent)?|become|reload(?:-sync)?|preview|transform[\w-]*)(?:\(([^)]*)\)|\[([^\]]*)\]|:([^]*))/g;

/** `fzf --bind 'KEY:execute(CMD)'`. */
function bindKeys(call: Call): void {
  for (const binding of valuesOf(call.words, ['--bind'])) {
    for (const [, round, square, rest] of binding.matchAll(ACTION)) {
      script(call, (round ?? square ?? rest ?? '').replace(/\{[\w+.-]*\}/g, 'x'), 'fzf --bind');
    }
  }
}

/** `ansible PATTERN -a CMD`: like `ssh`, a command for other machines, unless they are this one. */
function runModule(call: Call): boolean {
  const { words } = call;
  const [module_ = 'command'] = valuesOf(words, ['-m', '--module-name']);
  if (!/^(?:ansible\.builtin\.)?(?:command|shell|raw)$/.test(module_)) return false;
  const local = words.some((word) => /^(?:localhost|local|127\.0\.0\.1)(?:,|$)|connection=local/.test(word));
  for (const command of valuesOf(words, ['-a', '--args'])) script(call, command, 'ansible', { elsewhere: !local });
  if (local) call.reading.trait('interpreter_escape', '`ansible` runs a command on this machine', call.span);
  return false;
}
