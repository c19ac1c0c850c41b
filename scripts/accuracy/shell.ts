import type { ShellDialect } from '../../src/guards/shell/facts.ts';
import { judgeShell } from '../../src/guards/shell/judge.ts';
import { readShell } from '../../src/guards/shell/shell.ts';

interface Row {
  readonly input: string;
  /** POSIX shell when absent. */
  readonly dialect?: ShellDialect;
}

/** Whether the shell guard's built-in policy finds anything. */
export function shell({ input, dialect = 'posix' }: Row): boolean | null {
  return judgeShell(readShell(input, { dialect })).length > 0;
}
