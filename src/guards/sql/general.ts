/** Keys of the general parser's tree that stand for statements which only read. */
const READING: ReadonlySet<string> = new Set(
  (
    'Query Explain ExplainTable ShowTables ShowColumns ShowVariable ShowVariables ShowStatus ' +
    'ShowCreate ShowCollation ' +
    'ShowFunctions ShowDatabases ShowSchemas ShowViews ShowObjects ShowCatalogs ShowCharset ShowProcessList Pragma'
  ).split(' '),
);

/** Session statements: neither a read nor a change of stored data. */
const NEUTRAL: ReadonlySet<string> = new Set(
  (
    'Set Use StartTransaction Commit Rollback Savepoint ReleaseSavepoint Declare Fetch Close Open ' +
    'Deallocate Discard Reset Print'
  ).split(' '),
);

/** Keys below a query that stand for a change. */
const CHANGES: ReadonlySet<string> = new Set(['Insert', 'Update', 'Delete', 'Merge', 'into']);

/**
 * A second opinion on a text that seems to read only: the first thing in the general parser's tree that is no read.
 * @returns its name, or null
 */
export function firstChange(tree: unknown): string | null {
  if (!Array.isArray(tree)) return 'an unknown tree';
  for (const statement of tree as readonly unknown[]) {
    if (typeof statement === 'string') {
      if (!READING.has(statement) && !NEUTRAL.has(statement)) return statement;
      continue;
    }
    for (const key of Object.keys(statement as object)) {
      if (!READING.has(key) && !NEUTRAL.has(key)) return key;
    }
    const inner = changeBelow(statement);
    if (inner !== null) return inner;
  }
  return null;
}

const field = (value: object, name: string): unknown => Object.entries(value).find(([key]) => key === name)?.[1];

/** Without recursion: trees of long expressions are deep. `EXPLAIN` alone does not run what it holds. */
function changeBelow(root: unknown): string | null {
  const todo: unknown[] = [root];
  while (todo.length > 0) {
    const value = todo.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === 'object') todo.push(item);
      continue;
    }
    for (const [key, child] of Object.entries<unknown>(value as Readonly<Record<string, unknown>>)) {
      if (typeof child !== 'object' || child === null) continue;
      if (key === 'Explain' && field(child, 'analyze') !== true) continue;
      if (CHANGES.has(key)) return key;
      todo.push(child);
    }
  }
  return null;
}
