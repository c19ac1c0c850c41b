/**
 * The shell guard. In: one string that some server will hand to a shell. Out: facts (every command it would run and
 * what led to it, what it writes, where it reaches), and findings by the built-in policy.
 *
 * What must never happen here: running anything, passing a text that could not be read, or reading without limits.
 */
import type { ShellDialect, ShellFacts } from './facts.ts';
import { SHELL_LIMITS, type ShellLimits } from './limits.ts';
import { Reader, readProgramWith } from './reader.ts';
import { shellTypeWith } from './type.ts';
import { WindowsReader } from './windows.ts';
import { ValueUnreadable, type ArgumentType, type View } from '../../core/argument-type.ts';

export interface ShellOptions {
  /** Default `posix`, which reads POSIX shell and bash. */
  readonly dialect?: ShellDialect;
  readonly limits?: Partial<ShellLimits>;
}

/**
 * Reads a shell text. Never throws and never runs anything: what cannot be read is a trait `unparsed`.
 * @param text the whole argument; spans count its UTF-16 code units
 */
export function readShell(text: string, options: ShellOptions = {}): ShellFacts {
  const dialect = options.dialect ?? 'posix';
  if (options.limits !== undefined) return readAs(text, dialect, { ...SHELL_LIMITS, ...options.limits });
  if (last === null || last.text !== text || last.dialect !== dialect) {
    last = { text, dialect, facts: readAs(text, dialect, SHELL_LIMITS) };
  }
  return last.facts;
}

/** The last reading: the judge, each condition of each rule and the view ask about the same argument in turn. */
let last: { readonly text: string; readonly dialect: ShellDialect; readonly facts: ShellFacts } | null = null;

const readAs = (text: string, dialect: ShellDialect, limits: ShellLimits): ShellFacts =>
  dialect === 'posix'
    ? new Reader(limits).read(text)
    : new WindowsReader(dialect, limits, readProgramWith(limits)).read(text);

/** The argument type `shell` of the policy language. */
export const shellType: ArgumentType = shellTypeWith((text, dialect) => readShell(text, { dialect }));

/** Every simple command by itself, unwrapped and unquoted: what a pattern on commands should see. */
export const shellView: View = {
  name: 'shell',
  derive(value) {
    const facts = readShell(value);
    const hidden = facts.traits.find(({ kind }) => kind === 'unparsed' || kind === 'keys');
    if (hidden !== undefined) throw new ValueUnreadable(hidden.what);
    return facts.commands.map((command) => [command.name, ...command.words].join(' '));
  },
};
