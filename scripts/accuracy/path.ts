import { judgePath } from '../../src/guards/path/judge.ts';

interface Row {
  readonly input: string;
  readonly context?: { readonly root?: string; readonly cwd?: string };
}

const roots = new Map<string, readonly string[]>();

/** Whether the path guard finds anything; rows take the root `/data` unless they name another. */
export function path(row: Row): boolean | null {
  const root = row.context?.root ?? '/data';
  const declared = roots.get(root) ?? [root];
  roots.set(root, declared);
  const base = row.context?.cwd;
  return (
    judgePath(row.input, { at: 'path', roots: declared, tuning: base === undefined ? {} : { base }, guessed: false })
      .length > 0
  );
}
