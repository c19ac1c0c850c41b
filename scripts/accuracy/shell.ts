import { judgeShell } from '../../src/guards/shell/judge.ts';
import { readShell } from '../../src/guards/shell/shell.ts';

/** Whether the shell guard's built-in policy finds anything. */
export function shell(row: { readonly input: string }): boolean | null {
  return judgeShell(readShell(row.input)).length > 0;
}
