import { isDevice, isRecord, foldPath } from './names.ts';
import { hasOption } from './options.ts';
import type { Call } from './unwrap.ts';

/** Programs whose last word is what they write, and the options that name another place. */
const WRITES_LAST: ReadonlySet<string> = new Set('cp mv install ln rsync scp gcp gmv gln ginstall ditto'.split(' '));

/** Programs of which every word that is no option is written. */
const WRITES_ALL: ReadonlySet<string> = new Set(
  'tee touch mkdir sponge chmod chown chgrp chattr setfacl shred mkfifo mknod gtee gtouch gmkdir'.split(' '),
);

/** Options that name a file to write. */
const OUTPUT_OPTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['curl', ['-o', '--output']],
  ['wget', ['-O', '--output-document']],
  ['sort', ['-o', '--output']],
  ['gcc', ['-o']],
  ['cc', ['-o']],
  ['clang', ['-o']],
  ['openssl', ['-out']],
  ['tar', []],
  ['aria2c', ['-o', '--out']],
  ['cp', ['-t', '--target-directory']],
  ['mv', ['-t', '--target-directory']],
  ['install', ['-t', '--target-directory']],
  ['ln', ['-t', '--target-directory']],
]);

/** Notes the files that a command writes by its words. Redirections are noted where they stand. */
export function noteWrites(call: Call): void {
  const { name, words, args, reading, span } = call;
  const write = (i: number, target = words[i] ?? ''): void => {
    reading.write({ target, by: name, span, known: args[i]?.sure ?? false });
    if (args[i]?.sure === true && isDevice(foldPath(target)) && WRITES_DATA.test(name)) {
      reading.trait('destructive', `\`${name} ${target}\` overwrites a device`, span);
    }
  };
  if (name === 'ln' && isRecord(words.at(-1) ?? '')) {
    reading.trait('destructive', `\`ln … ${words.at(-1)}\` replaces a record of what was done`, span);
  }
  for (const option of OUTPUT_OPTIONS.get(name) ?? []) noteOption(words, option, write);
  if (WRITES_LAST.has(name) && !hasOption(words, '-t', '--target-directory')) {
    if (words.length > 2) write(words.length - 1);
  } else if (WRITES_ALL.has(name)) {
    for (let i = 1; i < words.length; i++)
      if (!/^[-+]/.test(words[i] ?? '') && !isMode(name, words[i] ?? '', i)) write(i);
  } else if (
    /^(?:g?sed|perl|ruby)$/.test(name) &&
    words.some((word) => /^-[a-zA-Z]*i|^--in-place/.test(word) && !/^-[eE]/.test(word))
  ) {
    for (let i = 2; i < words.length; i++) if (!(words[i] ?? '').startsWith('-') && i > scriptAt(words)) write(i);
  }
}

const WRITES_DATA = /^(?:cp|mv|tee|gtee|install|rsync|curl|wget|sponge)$/;

const isMode = (name: string, word: string, i: number): boolean =>
  /^ch(?:mod|own|grp)$/.test(name) && i <= 2 && !word.includes('/') && i === 1;

function scriptAt(words: readonly string[]): number {
  const given = words.findIndex((word) => word === '-e' || word === '-f');
  return given > 0 ? given + 1 : words.findIndex((word, i) => i > 0 && !word.startsWith('-'));
}

function noteOption(words: readonly string[], option: string, write: (i: number, target?: string) => void): void {
  for (const [i, word] of words.entries()) {
    if (i === 0) continue;
    if (word === option && i + 1 < words.length) write(i + 1);
    else if (option.startsWith('--') && word.startsWith(`${option}=`)) write(i, word.slice(option.length + 1));
    else if (option.length === 2 && word.startsWith(option) && word.length > 2 && !word.startsWith('--'))
      write(i, word.slice(2));
  }
}
