/**
 * The shell guard. In: one string that some server will hand to a shell. Out: facts (every command it would run and
 * what led to it, what it writes, where it reaches), and findings by the built-in policy.
 *
 * What must never happen here: running anything, passing a text that could not be read, or reading without limits.
 */
import type { ShellDialect, ShellFacts } from './facts.ts';
import { SHELL_LIMITS, type ShellLimits } from './limits.ts';
import { Reader } from './reader.ts';

export { judgeShell } from './judge.ts';
export type { ShellCommand, ShellDialect, ShellFacts, Span, Trait, TraitKind, Write } from './facts.ts';
export { SHELL_LIMITS, type ShellLimits } from './limits.ts';

export interface ShellOptions {
  /** Default `posix`, which reads POSIX shell and bash. */
  readonly dialect?: ShellDialect;
  readonly limits?: Partial<ShellLimits>;
}

export function readShell(text: string, options: ShellOptions = {}): ShellFacts {
  const limits = options.limits === undefined ? SHELL_LIMITS : { ...SHELL_LIMITS, ...options.limits };
  return new Reader(limits).read(text);
}
