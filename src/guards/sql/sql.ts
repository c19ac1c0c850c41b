/**
 * The SQL guard. In: one string that some server will hand to a database. Out: facts (what each statement does, tables,
 * functions, what reaches beyond the database), and findings by the built-in policy.
 *
 * What must never happen here: calling a text a read that changes something, passing a text that could not be read,
 * or parsing without limits.
 */
import type { SqlDialect, SqlFacts } from './facts.ts';
import { generalEngine } from './general-engine.ts';
import { SQL_LIMITS, type SqlLimits } from './limits.ts';
import { postgresEngine } from './postgres-engine.ts';
import { isAccepted, readDialect } from './read.ts';

export { judgeSql } from './judge.ts';
export { SQL_LIMITS, type SqlLimits } from './limits.ts';
export { SQL_DIALECTS, STATEMENT_KINDS } from './facts.ts';
export type { SqlDialect, SqlFacts, SqlStatement, SqlTrait, SqlTraitKind, StatementKind } from './facts.ts';

/**
 * Loads the parsers. Until it is done every text is unreadable, hence a finding.
 * @throws when a parser cannot be loaded
 */
export async function startSql(): Promise<void> {
  await Promise.all([postgresEngine.start(), generalEngine.start()]);
}

/**
 * Reads an SQL text. Never throws: what cannot be read is a trait `unparsed`.
 * @param text the whole argument; spans count its UTF-16 code units
 * @param dialect `any` when it is not known
 */
export function readSql(text: string, dialect: SqlDialect = 'any', limits: Partial<SqlLimits> = {}): SqlFacts {
  return readDialect(text, dialect, { ...SQL_LIMITS, ...limits });
}

/**
 * Whether a string that nobody declared to be SQL is SQL: some full grammar accepts it. For guesses by value; prose
 * and fragments are not.
 */
export const looksLikeSql = (text: string): boolean => isAccepted(text, SQL_LIMITS);
