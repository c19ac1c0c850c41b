import { ALWAYS_DESTROYS, DESTROYERS, VERBS, WORDS_ARE_TEXT, type Destroyer } from './destruction-table.ts';
import { isDevice, isSystemPath, isTemporary } from './names.ts';
import { hasOption, readOptions } from './options.ts';
import type { Call } from './unwrap.ts';

const HELP = /^(?:--help|--version|-h|-V|--usage|help)$/;

/** Notes what a command deletes, overwrites, formats or revokes. */
export function noteDestruction(call: Call): void {
  const { name, words } = call;
  if (words.length === 2 && HELP.test(words[1] ?? '')) return;
  if (name === 'rm' || name === 'unlink' || name === 'rmdir') return removeFiles(call);
  if (name === 'dd') return copyBlocks(call);
  if (name === 'chmod' || name === 'chown' || name === 'chgrp') return changeModes(call);
  if (name === 'kill' || name === 'killall' || name === 'pkill') return killProcesses(call);
  if (name === 'curl' || name === 'http' || name === 'https' || name === 'xh' || name === 'wget')
    return callRemote(call);
  if (name === 'git') gitSpecials(call);
  if (name === 'truncate' && hasOption(words, '-s', '--size')) return truncateFiles(call);
  if (name === 'mv' && /^(?:\/dev\/null|\/dev\/zero)$/.test(words.at(-1) ?? ''))
    return say(call, '`mv … /dev/null` destroys files');
  if (/^mkfs(?:\.|$)|^mke2fs$|^newfs$/.test(name)) return formatDisk(call);
  if (ALWAYS_DESTROYS.has(name) && words.length > (STOPS.test(name) ? 0 : 1)) return alwaysDestroys(call);
  const table = DESTROYERS.get(name);
  const form = table === undefined ? null : matching(words, table);
  if (form !== null) return say(call, `\`${name} ${form}\` destroys or revokes`);
  if (asksDeletion(words)) return say(call, `\`${name}\` asks for a deletion`);
  noteVerb(call);
}

const STOPS = /^(?:shutdown|reboot|halt|poweroff)$/;

const say = (call: Call, what: string, mild = false): void => call.reading.trait('destructive', what, call.span, mild);

function alwaysDestroys(call: Call): void {
  if (hasOption(call.words, '-l', '--list', '--help', '--version', '-V', '--print', '-p', '--verify', '-c', '-k'))
    return;
  if (call.name === 'init' && !/^[06]$/.test(call.words[1] ?? '')) return;
  if (call.name === 'format' && !/^[A-Za-z]:/.test(call.words[1] ?? '')) return;
  say(call, `\`${call.name}\` destroys data or stops the machine`);
}

function removeFiles(call: Call): void {
  const { words, args, reading, span, name } = call;
  const recursive = name === 'rm' && hasOption(words, '-r', '-R', '--recursive');
  const dashes = words.indexOf('--');
  const targets = args.filter((arg, i) => i > 0 && (!arg.text.startsWith('-') || (dashes > 0 && i > dashes)));
  for (const target of targets) reading.write({ target: target.text, by: name, span, known: target.sure });
  if (name === 'rmdir') return;
  const listed = targets.map((target) => target.text).join(' ');
  const temporary = targets.length > 0 && targets.every((target) => inTemporary(target.text));
  if (recursive)
    return reading.trait('recursive_delete', `\`rm -r ${shorten(listed)}\` deletes whole trees`, span, temporary);
  const wide = targets.find(
    (target) => /^(?:\*|\.\*|~\/?\*|\/\*?|\.\/\*)$/.test(target.text) || isSystemPath(target.text),
  );
  if (wide !== undefined) say(call, `\`${name} ${wide.text}\` deletes what the machine or the folder needs`);
}

/** Below a temporary folder, with the rest of the path certain enough not to climb out of it. */
const inTemporary = (path: string): boolean => isTemporary(path) && !/[$`]/.test(path);

function copyBlocks(call: Call): void {
  for (const [i, word] of call.words.entries()) {
    if (!word.startsWith('of=')) continue;
    const target = word.slice(3);
    call.reading.write({ target, by: 'dd', span: call.span, known: call.args[i]?.sure ?? false });
    if (isDevice(target)) say(call, `\`dd of=${target}\` overwrites a device`);
  }
}

function formatDisk(call: Call): void {
  const device = call.words.find((word, i) => i > 0 && isDevice(word));
  if (device !== undefined) say(call, `\`${call.name} ${device}\` formats a device`);
  else if (call.words.length === 1) say(call, `\`${call.name}\` formats a device`);
}

function truncateFiles(call: Call): void {
  for (const [i, word] of call.words.entries()) {
    if (i === 0 || word.startsWith('-') || /^[<>/%+]?\d+\w*$/.test(word)) continue;
    call.reading.write({ target: word, by: 'truncate', span: call.span, known: call.args[i]?.sure ?? false });
  }
  if (hasOption(call.words, '-s0') || call.words.includes('0') || call.words.includes('--size=0')) {
    say(call, '`truncate -s 0` empties files');
  }
}

function changeModes(call: Call): void {
  const { words, name } = call;
  const recursive = hasOption(words, '-R', '--recursive');
  const open =
    name === 'chmod' &&
    words.some((word) => /^[0-7]?[0-7][0-7][2367]$|^[ugo]*[ao][ugo]*[+=][rxst]*w|^\+[rx]*w/.test(word));
  const system = words.find((word, i) => i > 0 && (word === '/' || word === '~' || isSystemPath(word)));
  if (open) say(call, `\`${name} ${words.slice(1).join(' ').slice(0, 40)}\` lets everyone write`);
  else if (recursive && system !== undefined) say(call, `\`${name} -R ${system}\` changes who may use the system`);
  else if (name === 'chmod' && recursive && words.some((word) => /^0?00\d?$/.test(word)))
    say(call, '`chmod -R 000` locks everyone out');
}

function killProcesses(call: Call): void {
  const { words, name } = call;
  if (name === 'kill' && words.slice(2).includes('-1')) say(call, '`kill … -1` ends every process');
  if (name === 'kill' && words.slice(1).includes('1') && hasOption(words, '-9', '-KILL'))
    say(call, '`kill -9 1` stops the machine');
  if (name === 'pkill' && words.some((word) => word === '-u' || word === '.'))
    say(call, '`pkill` ends all of a user’s processes');
}

/** `-X DELETE` in its spellings: an option and a word, or both in one. */
const METHOD_OPTION = /^(?:-\w*X|--request|--method)$/;
const METHOD_IN_ONE = /^(?:-\w*X|--request=|--method=)DELETE$/i;

const asksDeletion = (words: readonly string[]): boolean =>
  words.some(
    (word, i) => METHOD_IN_ONE.test(word) || (/^DELETE$/i.test(word) && METHOD_OPTION.test(words[i - 1] ?? '')),
  );

function callRemote(call: Call): void {
  const { words, name } = call;
  const bodies = words.findIndex((word) => /^(?:-d|--data\S*|-F|--form|--json)$/.test(word));
  const posts =
    bodies > 0 ||
    words.some((word) => /^-XP(?:OST|UT|ATCH)$|^--request=P|^P(?:OST|UT|ATCH)$|^--method=P|^--post/i.test(word));
  const bare = /^(?:https?|xh)$/.test(name) && words[1] === 'DELETE';
  if (bare || asksDeletion(words)) {
    return say(call, `\`${name} -X DELETE\` deletes on another machine`);
  }
  const url = words.find((word) => /^https?:\/\//i.test(word)) ?? '';
  if (
    posts &&
    /\/(?:do)?(?:delete|destroy|purge|remove|wipe|terminate|_delete_by_query|flush)(?:[/?_-]|$)/i.test(url)
  ) {
    say(call, `\`${shorten(url)}\` names a deletion`);
  }
}

/** Forms of git that options alone do not tell. */
function gitSpecials(call: Call): void {
  const git = DESTROYERS.get('git');
  if (git === undefined) return;
  const at = readOptions(call.words, 1, git.takes).rest;
  const rest = call.words.slice(at + 1);
  const verb = call.words[at];
  if (verb === 'checkout' && !hasOption(rest, '-b', '-B', '--orphan') && (rest.includes('--') || rest.includes('.'))) {
    return say(call, '`git checkout -- …` discards uncommitted work');
  }
  const staged = hasOption(rest, '--staged', '-S') && !hasOption(rest, '--worktree', '-W');
  if (verb === 'restore' && !staged && !HELP.test(rest[0] ?? ''))
    return say(call, '`git restore` discards uncommitted work');
  if (verb === 'push' && rest.slice(1).some((word) => /^(?:\+|:)\w/.test(word)))
    say(call, '`git push` with `+` or `:` rewrites or deletes a branch');
}

/** The first form the words have, or null. */
function matching(words: readonly string[], table: Destroyer): string | null {
  if (words.some((word) => table.harmless.includes(word))) return null;
  const subcommands: string[] = [];
  for (let i = 1; i < words.length;) {
    const read = readOptions(words, i, table.takes);
    const word = words[read.rest];
    if (word !== undefined) subcommands.push(word);
    i = read.rest + 1;
  }
  return table.forms.find((form) => hasForm(words, subcommands, form)) ?? null;
}

function hasForm(words: readonly string[], subcommands: readonly string[], form: string): boolean {
  let at = 0;
  for (const step of form.split(' ')) {
    const options = step.split('|');
    if (/^[-+]/.test(step)) {
      if (!hasOption(words, ...options)) return false;
      continue;
    }
    const word = subcommands[at++];
    if (word === undefined) return false;
    if (!options.some((option) => sameWord(word, option))) return false;
  }
  return true;
}

const sameWord = (word: string, option: string): boolean =>
  option === '*' || word === option || (option.startsWith('*') && word.endsWith(option.slice(1)));

/** How many words of an unlisted program are looked at for a verb. */
const VERB_WORDS_MAX = 4;

/** A subcommand that says so by its name: `delete`, `delete-bucket`, `apps:destroy`, `terminateInstances`. */
function noteVerb(call: Call): void {
  const { words, name } = call;
  if (WORDS_ARE_TEXT.has(name) || words.some((word) => DRY.has(word))) return;
  let seen = 0;
  for (let i = 1; i < words.length && seen < VERB_WORDS_MAX; i++) {
    const word = words[i] ?? '';
    if (word.startsWith('--') && VERBS.has(word.slice(2))) return say(call, `\`${name} ${word}\` destroys by its name`);
    if (word.startsWith('-') || /[\s=/.@]/.test(word)) continue;
    seen++;
    const part = /^[a-z]+/.exec(word)?.[0] ?? '';
    const last = /[a-z]+$/.exec(word)?.[0] ?? '';
    const verb =
      VERBS.has(word) ||
      (VERBS.has(part) && /^[a-z]+[-_:A-Z]/.test(word)) ||
      (VERBS.has(last) && /[:_][a-z]+$/.test(word));
    if (verb) return say(call, `\`${name} … ${word}\` destroys by its name`);
  }
}

const DRY: ReadonlySet<string> = new Set(['--dry-run', '--dryrun', '--help', '-h', '--what-if', '--noop', 'help']);

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
