import type { Arg, Span } from './facts.ts';
import { tableName } from './names.ts';
import { hasOption, NO_VALUES, readOptions, shape } from './options.ts';
import { within, type Frame, type Reading } from './reading.ts';
import { isShell } from './shells-table.ts';
import { CONTAINER, CONTAINER_PROGRAMS, RUNNERS, WRAPPERS, type Wrapper } from './wrappers-table.ts';

/** One command about to be unwrapped. */
export interface Call {
  readonly name: string;
  readonly args: readonly Arg[];
  readonly words: readonly string[];
  readonly frame: Frame;
  readonly span: Span;
  readonly reading: Reading;
}

/** Runs what a wrapper runs. @returns true when the program is a wrapper and needs no further reading */
export function unwrap(call: Call): boolean {
  if (CONTAINER_PROGRAMS.has(call.name)) return unwrapContainer(call);
  if (call.name === 'kubectl' || call.name === 'oc') return unwrapKubectl(call);
  const runner = RUNNERS.get(call.name);
  if (runner !== undefined && runner.split('|').includes(call.words[1] ?? '')) return unwrapRunner(call);
  if (call.name === 'su' || (call.name === 'runuser' && !hasOption(call.words, '-u', '--user'))) return unwrapSu(call);
  const wrapper = WRAPPERS.get(call.name);
  if (wrapper === undefined) return false;
  return unwrapPlain(call, wrapper);
}

function unwrapPlain(given: Call, wrapper: Wrapper): boolean {
  const call = wrapper.pairs.length === 0 ? given : withoutPairs(given, wrapper.pairs);
  const { name, words, reading, span, frame } = call;
  const read = readOptions(words, 1, wrapper.takes);
  if (wrapper.privilege) reading.trait('privilege', `\`${name}\` changes privilege`, span);
  if (read.options.some((option) => wrapper.idle.includes(option))) return true;
  const elsewhere = wrapper.elsewhere && !/^(?:\w+@)?(?:localhost|127\.0\.0\.1|::1|0)$/.test(words[read.rest] ?? '');
  const inner = within(frame, name, { elsewhere: frame.elsewhere || elsewhere });
  for (const option of wrapper.scripts) {
    const script = read.values.get(option);
    if (script !== undefined) reading.script(script, { ...inner, span, via: [...frame.via, `${name} ${option}`] });
  }
  if (wrapper.scripts.some((option) => read.values.has(option))) return true;
  const start = commandStart(call, wrapper, read.rest);
  if (wrapper.scripts.includes(words[start] ?? '')) {
    reading.script(words[start + 1] ?? '', { ...inner, span });
    return true;
  }
  if (start < words.length) {
    runRest(call, wrapper, start, inner);
    return true;
  }
  if (name === 'ssh' && frame.input?.text != null) {
    reading.script(frame.input.text, { ...inner, input: null, span: frame.span ?? span });
  }
  const asked = wrapper.shell !== 'alone' && read.options.some((option) => wrapper.shell.includes(option));
  if (wrapper.shell === 'alone' || asked) startsShell(call);
  return true;
}

/** The call with one value less for options that take two (`bwrap --bind FROM TO`). */
function withoutPairs(call: Call, pairs: readonly string[]): Call {
  const args = call.args.filter((_, i) => i < 2 || !pairs.includes(call.words[i - 2] ?? ''));
  return { ...call, args, words: args.map((arg) => arg.text) };
}

const SU = shape('cgGsTw', '--command --group --supp-group --shell --session-command');

/** `su` takes options anywhere among its words: `su - root -c SCRIPT`. */
function unwrapSu(call: Call): boolean {
  const { words, frame, span, reading } = call;
  reading.trait('privilege', `\`${call.name}\` changes the user`, span);
  let i = 1;
  let script = false;
  while (i < words.length) {
    const read = readOptions(words, i, SU);
    if (read.options.includes('--help') || read.options.includes('--version')) return true;
    for (const option of ['-c', '--command', '--session-command']) {
      const text = read.values.get(option);
      if (text === undefined) continue;
      script = true;
      reading.script(text, { ...within(frame, 'su -c'), span: frame.span ?? span });
    }
    i = read.rest + 1;
  }
  if (!script) startsShell(call);
  return true;
}

function startsShell(call: Call): void {
  const { name, reading, span, frame } = call;
  if (frame.input === null) return reading.trait('interactive_shell', `\`${name}\` starts a shell`, span);
  feedShell(frame, `\`${name}\``, span, reading);
}

function commandStart(call: Call, wrapper: Wrapper, rest: number): number {
  const { words } = call;
  let start = rest;
  if (wrapper.assignments) while (/^[A-Za-z_]\w*=/.test(words[start] ?? '')) start++;
  if (call.name === 'env' && words[start] === '-') start++;
  start += wrapper.skip;
  if (wrapper.resumes) start = readOptions(words, start, wrapper.takes).rest;
  if (words[start] === '--') start++;
  return start;
}

function runRest(call: Call, wrapper: Wrapper, start: number, inner: Frame): void {
  const { args, words, span, reading } = call;
  if (wrapper.joined && !(call.name === 'watch' && /^-\w*x|^--exec$/.test(words.slice(1, start).join(' ')))) {
    const text = words.slice(start).join(' ');
    return reading.script(text, { ...inner, span: inner.span ?? span });
  }
  if (call.name !== 'xargs') return reading.run(args.slice(start), inner, span);
  reading.run(withStdin(call, start), { ...inner, input: null }, span);
}

/** `xargs` adds words from its standard input: the known ones where they are known, else one that is not. */
function withStdin(call: Call, start: number): Arg[] {
  const { args, frame, reading, span } = call;
  const own = args.slice(start);
  const inserted = readOptions(call.words, 1, WRAPPERS.get('xargs')?.takes ?? NO_VALUES).values.get('-I');
  const text = frame.input?.text ?? null;
  const fed = text === null ? null : text.split(separator(call.words)).filter((word) => word !== '');
  if (inserted === undefined) {
    const asScript = own.length === 1 || (/^-\w*c$/.test(own.at(-1)?.text ?? '') && fed === null);
    const runsInput = asScript && isShell(tableName(own[0]?.text ?? ''));
    if (runsInput) reading.trait('pipe_to_shell', '`xargs` hands its input to a shell', span);
    return fed === null
      ? [...own, { text: '…', sure: false }]
      : [...own, ...fed.map((word) => ({ text: word, sure: true }))];
  }
  return own.map((arg) => {
    if (!arg.text.includes(inserted)) return arg;
    const isScript = own.some((other) => other !== arg && isShell(tableName(other.text)));
    if (isScript && fed === null && arg.text.trim().startsWith(inserted)) {
      reading.trait('pipe_to_shell', '`xargs` puts its input in front of a shell script', span);
    }
    return { text: arg.text.split(inserted).join(fed?.join(' ') ?? inserted), sure: arg.sure && fed !== null };
  });
}

/** What separates the words that `xargs` reads. */
function separator(words: readonly string[]): RegExp {
  return words.some((word) => /^-\w*0|^--null$|^-d\\?0$/.test(word))
    ? /\0/
    : words.some((word) => /^-d|^--delim/.test(word))
      ? /\n/
      : /\s+/;
}

function unwrapRunner(call: Call): boolean {
  const { words, args, frame, span, reading, name } = call;
  const read = readOptions(words, 2, shape('nCpE', '--package --name --with --python --env --cwd --project --config'));
  const script = words.findIndex((word) => word === '-c' || word === '--call');
  if (script > 0) reading.script(words[script + 1] ?? '', { ...within(frame, `${name} -c`), span });
  else if (read.rest < words.length) reading.run(args.slice(read.rest), within(frame, name), span);
  return false;
}

const CONTAINER_VERBS: ReadonlySet<string> = new Set(['exec', 'run', 'create', 'enter']);

function unwrapContainer(call: Call): boolean {
  const { words, args, frame, span, reading, name } = call;
  let verb = readOptions(words, 1, shape('HcflpD', '--host --context --file --project-name --log-level')).rest;
  while (['container', 'compose', 'pod'].includes(words[verb] ?? '')) {
    verb = readOptions(words, verb + 1, shape('fp', '--file --project-name --profile --env-file')).rest;
  }
  if (!CONTAINER_VERBS.has(words[verb] ?? '')) return false;
  const read = readOptions(words, verb + 1, CONTAINER.takes);
  noteHostAccess(call, words.slice(verb));
  const start = read.rest + 1 + (words[read.rest + 1] === '--' ? 1 : 0);
  const entry = read.values.get('--entrypoint');
  const inner = within(frame, `${name} ${words[verb]}`, { elsewhere: true });
  const command = args.slice(start);
  if (entry !== undefined) reading.run([{ text: entry, sure: true }, ...command], inner, span);
  else if (command.length > 0) reading.run(command, inner, span);
  return true;
}

/** A container that sees the host's root, devices or name spaces is no boundary. */
function noteHostAccess(call: Call, words: readonly string[]): void {
  const opened = words.find(
    (word, i) =>
      word === '--privileged' ||
      /^--(?:pid|ipc|uts|userns)=host$/.test(word) ||
      (/(?:^|=|source=|src=)\/(?:etc|root|boot|var\/run\/docker\.sock|run\/docker\.sock)?(?::|,|$)/.test(word) &&
        (/^(?:-v|--volume|--mount)/.test(word) || /^(?:-v|--volume|--mount)$/.test(words[i - 1] ?? ''))) ||
      /^-v\/(?:etc|root)?:/.test(word),
  );
  if (opened === undefined) return;
  call.reading.trait('interpreter_escape', `\`${opened}\` opens the host to the container`, call.span);
}

const KUBECTL = shape('ncflo', '--namespace --container --context --kubeconfig --cluster --user --server --filename');

function unwrapKubectl(call: Call): boolean {
  const { words, args, frame, span, reading, name } = call;
  const verb = readOptions(words, 1, KUBECTL).rest;
  if (!['exec', 'debug', 'run', 'rsh', 'attach'].includes(words[verb] ?? '')) return false;
  const dashes = words.indexOf('--');
  const target = readOptions(words, verb + 1, KUBECTL).rest;
  const start = dashes > 0 ? dashes + 1 : words[verb] === 'run' ? words.length : target + 1;
  if (start < words.length) {
    reading.run(args.slice(start), within(frame, `${name} ${words[verb]}`, { elsewhere: true }), span);
  }
  return true;
}

/** Text that a shell reads from its standard input. */
export function feedShell(frame: Frame, shell: string, span: Span, reading: Reading): void {
  const input = frame.input;
  if (input === null) return;
  if (input.fetched) {
    return reading.trait('download_and_run', `${shell} runs what came from the network`, span);
  }
  const ordinary = input.settings === true;
  if (input.text === null) return reading.trait('pipe_to_shell', `${shell} runs what it is fed`, span, ordinary);
  if (input.decoded) reading.trait('obfuscated', `${shell} runs decoded text`, span);
  reading.trait('pipe_to_shell', `${shell} runs what it is fed`, span, true);
  reading.script(input.text, { ...within(frame, `${shell.replaceAll('`', '')} stdin`), input: null, span });
}
