/**
 * The SQL guard. In: one string that some server will hand to a database. Out: facts (what each statement does, tables,
 * functions, what reaches beyond the database), and findings by the built-in policy.
 *
 * What must never happen here: calling a text a read that changes something, passing a text that could not be read,
 * or parsing without limits.
 */
import { ValueUnreadable, type ArgumentType, type View } from '../../core/argument-type.ts';
import type { SqlDialect, SqlFacts } from './facts.ts';
import { generalEngine } from './general-engine.ts';
import { SQL_LIMITS, type SqlLimits } from './limits.ts';
import { postgresEngine } from './postgres-engine.ts';
import { isAccepted, readDialect } from './read.ts';
import { sqlTypeWith } from './type.ts';

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
export function readSql(text: string, dialect: SqlDialect = 'any', limits: Partial<SqlLimits> = NO_LIMITS): SqlFacts {
  if (limits !== NO_LIMITS) return readDialect(text, dialect, { ...SQL_LIMITS, ...limits });
  if (last === null || last.text !== text || last.dialect !== dialect) {
    const facts = readDialect(text, dialect, SQL_LIMITS);
    // An unready parser is no property of the text: not kept.
    last = facts.readBy === 'parser' || facts.statements.length > 0 ? { text, dialect, facts } : null;
    return facts;
  }
  return last.facts;
}

const NO_LIMITS: Partial<SqlLimits> = {};

/** The last reading: the judge, each condition of each rule and the view ask about the same argument in turn. */
let last: { readonly text: string; readonly dialect: SqlDialect; readonly facts: SqlFacts } | null = null;

/** The argument type `sql` of the policy language. */
export const sqlType: ArgumentType = sqlTypeWith((text, dialect) => readSql(text, dialect));

/** Every statement by itself, without comments: what a pattern on statements should see. */
export const sqlView: View = {
  name: 'sql',
  derive(value) {
    const facts = readSql(value);
    const hidden = facts.traits.find((trait) => trait.kind === 'unparsed');
    if (hidden !== undefined) throw new ValueUnreadable(hidden.what);
    return facts.statements.map((statement) => statement.text);
  },
};

/**
 * Whether a string that nobody declared to be SQL is SQL: some full grammar accepts it. For guesses by value; prose
 * and fragments are not.
 */
export const looksLikeSql = (text: string): boolean => isAccepted(text, SQL_LIMITS);
