import type { Finding } from '../../core/decision.ts';
import type { SqlFacts, SqlStatement, SqlTraitKind, StatementKind } from './facts.ts';

interface Rule {
  readonly code: string;
  readonly why: string;
}

/** Kinds of statements that are findings. Absent: reads, transaction control and harmless session settings. */
const KINDS: Readonly<Partial<Record<StatementKind, Rule>>> = {
  insert: { code: 'sql.write', why: 'inserts rows' },
  update: { code: 'sql.write', why: 'updates rows' },
  delete: { code: 'sql.write', why: 'deletes rows' },
  merge: { code: 'sql.write', why: 'merges rows' },
  ddl: { code: 'sql.ddl', why: 'changes the schema' },
  grant: { code: 'sql.grant', why: 'changes who may do what' },
  call: { code: 'sql.call', why: 'runs a procedure, which may do anything' },
  copy: { code: 'sql.copy', why: 'moves data in bulk' },
  admin: { code: 'sql.admin', why: 'administers the server' },
  procedural: { code: 'sql.procedural', why: 'runs a block of code' },
};

const TRAITS: Readonly<Partial<Record<SqlTraitKind, string>>> = {
  select_into: 'sql.write',
  data_modifying_cte: 'sql.write',
  file_access: 'sql.file_access',
  program: 'sql.program',
  dangerous_function: 'sql.dangerous_function',
  delay: 'sql.delay',
  dynamic_sql: 'sql.dynamic',
  conditional_comment: 'sql.conditional_comment',
  unparsed: 'sql.unparsed',
};

const LEGAL = 'statements that only read: SELECT, SHOW, DESCRIBE, EXPLAIN';

/** The built-in policy on the facts of an SQL text. Findings have an empty `at`: the caller knows the argument. */
export function judgeSql(facts: SqlFacts): Finding[] {
  const findings: Finding[] = [];
  for (const statement of facts.statements) {
    for (const kind of statement.kinds) {
      const rule = KINDS[kind];
      if (rule === undefined) continue;
      findings.push(finding(rule.code, `\`${opening(statement)}\` ${rule.why}`, statement.span));
    }
    if (statement.where === 'none' || statement.where === 'always') {
      findings.push(finding('sql.where_missing', 'no condition limits the rows it changes', statement.span));
    }
  }
  for (const trait of facts.traits) {
    const code = TRAITS[trait.kind];
    if (code !== undefined) findings.push(finding(code, trait.what, trait.span));
  }
  return findings;
}

const opening = (statement: SqlStatement): string =>
  statement.text.length > 40 ? `${statement.text.slice(0, 37)}...` : statement.text;

const finding = (code: string, why: string, span: readonly [number, number]): Finding => ({
  code,
  by: 'sql',
  at: '',
  span,
  why,
  legal: LEGAL,
  locked: false,
});
