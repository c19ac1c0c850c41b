import type { Finding } from '../../core/decision.ts';
import { NO_FINDINGS, type Guard, type Surroundings } from '../guard.ts';
import { judgeSql } from './judge.ts';
import { looksLikeSql, readSql, sqlType, sqlView } from './sql.ts';
import { dialectOf } from './type.ts';

/**
 * A plain write is what a database tool is for: noted for rules to name, not a finding that denies by itself. What
 * reaches beyond rows (schema, rights, files, programs, code) denies.
 */
const NOTED = 'sql.write';

/** SQL as an argument: `{ type: sql, … }`, and by default where a tool says so. */
export const sqlGuard = { name: 'sql', type: sqlType, view: sqlView, judge } as const satisfies Guard;

function judge(value: string, { at, tuning, guessed }: Surroundings): readonly Finding[] {
  if (guessed && !looksLikeSql(value)) return NO_FINDINGS;
  const found = judgeSql(readSql(value, dialectOf(tuning['dialect']))).map((finding) =>
    finding.code === NOTED ? { ...finding, noted: true } : finding,
  );
  return at === '' ? found : found.map((finding) => ({ ...finding, at }));
}
