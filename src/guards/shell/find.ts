import type { Arg } from './facts.ts';
import { isTemporary } from './names.ts';
import { within } from './reading.ts';
import type { Call } from './unwrap.ts';

const EXEC: ReadonlySet<string> = new Set(['-exec', '-execdir', '-ok', '-okdir']);
const TESTS: ReadonlySet<string> = new Set(
  (
    '-name -iname -path -ipath -wholename -iwholename -regex -iregex -empty -newer -mtime -mmin ' +
    '-atime -amin -ctime -cmin -size -lname -samefile -inum'
  ).split(' '),
);

/** `find`: the commands it runs for each file, the files it writes, the trees it deletes. */
export function runFind(call: Call): void {
  const { words, args, frame, span, reading } = call;
  const roots: string[] = [];
  for (let i = 1; i < words.length && !/^[-(!,]/.test(words[i] ?? ''); i++) roots.push(words[i] ?? '');
  const temporary = roots.length > 0 && roots.every(isTemporary);
  const narrow = words.some((word) => TESTS.has(word)) && !roots.some((root) => /^\/(?:[a-z]+\/?)?$|^~\/?$/.test(root));
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if (EXEC.has(word)) {
      const end = endOfExec(words, i + 1);
      const inner = args.slice(i + 1, end);
      const program = inner[0]?.text ?? '';
      if (/^(?:\/usr)?(?:\/bin\/)?(?:rm|unlink|shred)$/.test(program) && !narrow && !temporary) {
        reading.trait('recursive_delete', `\`find ${roots.join(' ')} ${word} ${program}\` deletes every file`, span);
      }
      reading.run(named(inner, roots), within(frame, `find ${word}`), span);
      i = end;
    } else if (word === '-delete') {
      reading.trait('recursive_delete', `\`find ${roots.join(' ')} … -delete\` deletes what it finds`, span, temporary);
    } else if (/^-f(?:print0?|printf|ls)$/.test(word)) {
      const target = args[i + 1];
      if (target !== undefined) reading.write({ target: target.text, by: 'find', span, known: target.sure });
    }
  }
}

function endOfExec(words: readonly string[], from: number): number {
  for (let i = from; i < words.length; i++) {
    if (words[i] === ';' || (words[i] === '+' && words[i - 1] === '{}')) return i;
  }
  return words.length;
}

/** `{}` stands for a file below the starting points. */
function named(args: readonly Arg[], roots: readonly string[]): Arg[] {
  const root = roots.length === 1 ? (roots[0] ?? '.') : '.';
  return args.map((arg) => (arg.text === '{}' ? { text: `${root.replace(/\/$/, '')}/{}`, sure: false } : arg));
}

/** `parallel`: a command template before `:::`, or whole commands on standard input. */
export function runParallel(call: Call): void {
  const { words, args, frame, span, reading } = call;
  let start = 1;
  while (start < words.length && (words[start] ?? '').startsWith('-') && words[start] !== '--') {
    start += TAKES_VALUE.test(words[start] ?? '') ? 2 : 1;
  }
  const marks = words.findIndex((word, i) => i >= start && /^:::\+?$|^::::\+?$/.test(word));
  const template = words.slice(start, marks < 0 ? undefined : marks);
  if (template.length > 0) {
    const inner = within(frame, 'parallel', { span: frame.span ?? span });
    return reading.script(template.join(' '), inner);
  }
  const given = marks < 0 ? [] : args.slice(marks + 1);
  for (const arg of given) reading.script(arg.text, within(frame, 'parallel', { span: frame.span ?? span }));
  if (given.length === 0) reading.trait('pipe_to_shell', '`parallel` runs each line it is fed', span);
}

const TAKES_VALUE =
  /^(?:-[jaINndSPCEL]|--jobs|--arg-file|--colsep|--delay|--retries|--results|--joblog|--sshlogin|--timeout|--tmpdir)$/;
