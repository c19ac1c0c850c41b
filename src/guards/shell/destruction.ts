import { ALWAYS_DESTROYS, DESTROYERS, REMOVES, VERBS, WORDS_ARE_TEXT, type Destroyer } from './destruction-table.ts';
import { isDevice, isRecord, isSystemPath, isTemporary } from './names.ts';
import { hasOption, readOptions } from './options.ts';
import type { Call } from './unwrap.ts';

const HELP = /^(?:--help|--version|-h|-V|--usage|help)$/;

/** Notes what a command deletes, overwrites, formats or revokes. */
export function noteDestruction(call: Call): void {
  const { name, words } = call;
  if (words.length === 2 && HELP.test(words[1] ?? '')) return;
  if (/^(?:rm|unlink|rmdir|rimraf|del-cli)$/.test(name)) return removeFiles(call);
  if (name === 'dd') return copyBlocks(call);
  if (/^(?:chmod|chown|chgrp|chattr|setfacl)$/.test(name)) return changeModes(call);
  if (/^(?:kill|killall|pkill|skill|slay)$/.test(name)) return killProcesses(call);
  if (name === 'curl' || name === 'http' || name === 'https' || name === 'xh' || name === 'wget')
    return callRemote(call);
  if (name === 'git') gitSpecials(call);
  if (name === 'truncate' && hasOption(words, '-s', '--size')) return truncateFiles(call);
  if (name === 'mv') return moveFiles(call);
  if (FORMATS.test(name)) return formatDisk(call);
  if (ALWAYS_DESTROYS.has(name) && words.length > (STOPS.test(name) ? 0 : 1)) return alwaysDestroys(call);
  const table = DESTROYERS.get(name);
  const form = table === undefined ? null : matching(words, table);
  if (form === HARMLESS) return;
  if (form !== null) return say(call, `\`${name} ${form}\` destroys or revokes`);
  if (asksDeletion(words)) return say(call, `\`${name}\` asks for a deletion`);
  noteVerb(call);
}

const FORMATS = /^mkfs(?:\.|$)|^mke2fs$|^newfs(?:_\w+)?$|^mk(?:ntfs|dosfs|exfatfs|udffs|reiserfs|vfat)$/;

const STOPS = /^(?:shutdown|reboot|halt|poweroff)$/;

const say = (call: Call, what: string, mild = false): void => call.reading.trait('destructive', what, call.span, mild);

function alwaysDestroys(call: Call): void {
  const stops = STOPS.test(call.name);
  if (hasOption(call.words, '--help', '--version', ...(stops ? ['-c', '-k', '--show'] : READ_ONLY))) return;
  if (call.name === 'init' && !/^[06]$/.test(call.words[1] ?? '')) return;
  if (call.name === 'format' && !/^[A-Za-z]:/.test(call.words[1] ?? '')) return;
  say(call, `\`${call.name}\` destroys data or stops the machine`);
}

const READ_ONLY = ['-l', '--list', '-V', '--print', '-p', '--verify', '-c'];

/** Top folders of a system, or all that is in one. */
const TOP =
  /^(?:\/|~)?(?:\/(?:etc|usr|bin|sbin|lib|lib64|boot|var|home|root|opt|srv|dev|System|Library|Users))?\/?\*?$/;

function moveFiles(call: Call): void {
  const { words } = call;
  const target = words.at(-1) ?? '';
  if (/^(?:\/dev\/null|\/dev\/zero)$/.test(target)) return say(call, '`mv … /dev/null` destroys files');
  const source = words
    .slice(1, -1)
    .find((word) => word.length > 1 && !word.startsWith('-') && /^[/~]/.test(word) && TOP.test(word));
  if (source !== undefined) say(call, `\`mv ${source}\` takes a folder away that the system needs`);
}

function removeFiles(call: Call): void {
  const { words, args, reading, span, name } = call;
  const recursive = /^(?:rimraf|del-cli)$/.test(name) || (name === 'rm' && hasOption(words, '-r', '-R', '--recursive'));
  const dashes = words.indexOf('--');
  const targets = args.filter((arg, i) => i > 0 && (!arg.text.startsWith('-') || (dashes > 0 && i > dashes)));
  for (const target of targets) reading.write({ target: target.text, by: name, span, known: target.sure });
  if (name === 'rmdir') return;
  const listed = targets.map((target) => target.text).join(' ');
  const temporary = targets.length > 0 && targets.every((target) => inTemporary(target.text));
  if (recursive)
    return reading.trait('recursive_delete', `\`rm -r ${shorten(listed)}\` deletes whole trees`, span, temporary);
  const wide = targets.find(
    (target) =>
      /^(?:\*|\.\*|~\/?\*|\/\*?|\.\/\*)$/.test(target.text) || isSystemPath(target.text) || isRecord(target.text),
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
  if (/^mke2fs$|^mkfs\.ext\d$/.test(call.name) && hasOption(call.words, '-n')) return;
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
  else if (
    name === 'chmod' &&
    recursive &&
    words.some((word) => /^0?00\d?$|^(?:a|u\w*)?[-=]\w*[rx]/.test(word) && word !== '-R')
  )
    say(call, '`chmod -R 000` locks everyone out');
}

function killProcesses(call: Call): void {
  const { words, name } = call;
  if (name === 'kill' && words.slice(2).includes('-1')) say(call, '`kill … -1` ends every process');
  if (name === 'kill' && words.slice(1).includes('1') && hasOption(words, '-9', '-KILL'))
    say(call, '`kill -9 1` stops the machine');
  if (name === 'kill') return;
  const user = words.findIndex((word) => word === '-u' || word === '--user' || word === '--euid');
  const filtered = words.slice(user + 2).some((word) => !word.startsWith('-'));
  if (words.includes('.') || (user > 0 && !filtered)) say(call, `\`${name}\` ends all of a user’s processes`);
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
  const method = words.find((word, i) => i > 0 && !word.startsWith('-')) ?? '';
  const bare = /^(?:https?|xhs?)$/.test(name) && /^delete$/i.test(method);
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

const HARMLESS = 'harmless';

/** The first form the words have, null, or `HARMLESS` when an option says that nothing is to be changed. */
function matching(words: readonly string[], table: Destroyer): string | null {
  const subcommands: string[] = [];
  for (let i = 1; i < words.length;) {
    const read = readOptions(words, i, table.takes);
    if (
      read.options.some(
        (option) => table.harmless.includes(option) && !/^(?:none|false|0)$/.test(read.values.get(option) ?? ''),
      )
    )
      return HARMLESS;
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
  option === '*' ||
  word === option ||
  (option.startsWith('*') && option.endsWith('*')
    ? word.includes(option.slice(1, -1))
    : option.startsWith('*') && word.endsWith(option.slice(1)));

/** How many words of an unlisted program are looked at for a verb. */
const VERB_WORDS_MAX = 4;

/** A subcommand that says so by its name: `delete`, `delete-bucket`, `apps:destroy`, `terminateInstances`. */
function noteVerb(call: Call): void {
  const { words, name } = call;
  if (WORDS_ARE_TEXT.has(name) || words.some((word) => DRY.test(word))) return;
  const forced = hasOption(words, '-r', '-R', '-f', '-y', '-a', '--recursive', '--force', '--all', '--yes', '--purge');
  let seen = 0;
  for (let i = 1; i < words.length && seen < VERB_WORDS_MAX; i++) {
    const word = words[i] ?? '';
    if (word.startsWith('--') && VERBS.has(word.slice(2))) return say(call, `\`${name} ${word}\` destroys by its name`);
    if (word.startsWith('-') || /[\s=/@]/.test(word)) continue;
    seen++;
    if (isVerb(word) || (forced && seen < VERB_WORDS_MAX && REMOVES.has(word)))
      return say(call, `\`${name} … ${word}\` destroys by its name`);
  }
}

/** `delete`, and one part of a compound: `delete-bucket`, `batch-delete-image`, `apps:destroy`, `DeleteInstance`. */
function isVerb(word: string): boolean {
  if (VERBS.has(word)) return true;
  if (/^[a-z]+\.[a-z]+$/.test(word)) return VERBS.has(word.slice(word.indexOf('.') + 1));
  const compound = /^[a-z]+(?:[-_:][a-z]+)+$/.test(word) ? word.split(/[-_:]/) : camelParts(word);
  if (compound === null) return false;
  const [first = ''] = compound;
  const last = compound.at(-1) ?? '';
  if (VERBS.has(first) || last === 'deletion') return true;
  if (/[:_]/.test(word)) return compound.some((part) => VERBS.has(part));
  return (last === 'del' && compound.length === 2) || (first === 'batch' && VERBS.has(compound[1] ?? ''));
}

const camelParts = (word: string): string[] | null =>
  /^[A-Za-z]+$/.test(word) && /[a-z][A-Z]/.test(word)
    ? word
        .replace(/([a-z])([A-Z])/g, '$1-$2')
        .toLowerCase()
        .split('-')
    : null;

const DRY = /^(?:--dry-?run(?:=(?:client|server|true))?|--help|-h|--what-if|--noop|help)$/;

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
