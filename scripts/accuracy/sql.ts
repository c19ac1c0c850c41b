import type { SqlDialect } from '../../src/guards/sql/facts.ts';
import { judgeSql } from '../../src/guards/sql/judge.ts';
import { looksLikeSql, readSql, startSql } from '../../src/guards/sql/sql.ts';

await startSql();

interface Row {
  readonly input: string;
  readonly category: string;
}

const DIALECTS: Readonly<Record<string, SqlDialect>> = {
  ansi: 'ansi',
  mysql: 'mysql',
  mariadb: 'mariadb',
  sqlite: 'sqlite',
  tsql: 'mssql',
  postgres: 'postgres',
};

/**
 * Whether the SQL guard's built-in policy finds anything. Rows name their dialect in the category; those of a dialect
 * that the guard does not know are read as `any`. Sentences stand for arguments that nobody declared to be SQL, and
 * are read as SQL only if they look like it.
 */
export function sql(row: Row): boolean | null {
  const [kind, named] = row.category.split(':');
  if (kind === 'english-sentence' && !looksLikeSql(row.input)) return false;
  return judgeSql(readSql(row.input, DIALECTS[named ?? ''] ?? 'any')).length > 0;
}

/** The same with the dialect unknown. */
export function sqlOfUnknownDialect(row: Row): boolean | null {
  const [kind] = row.category.split(':');
  if (kind === 'english-sentence' && !looksLikeSql(row.input)) return false;
  return judgeSql(readSql(row.input, 'any')).length > 0;
}
