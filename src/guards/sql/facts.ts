/** Start and end (exclusive) in UTF-16 code units of the text that was read. */
export type Span = readonly [number, number];

/** Dialects that are told apart. `any`: not known; a text is a read only when every plausible dialect reads one. */
export const SQL_DIALECTS = ['postgres', 'mysql', 'mariadb', 'sqlite', 'mssql', 'ansi', 'any'] as const;
export type SqlDialect = (typeof SQL_DIALECTS)[number];

/** What a statement does. `unknown` is a statement that cannot be told. */
export const STATEMENT_KINDS = [
  'select',
  'show',
  'explain',
  'insert',
  'update',
  'delete',
  'merge',
  'ddl',
  'grant',
  'call',
  'copy',
  'transaction',
  'session',
  'admin',
  'procedural',
  'unknown',
] as const;
export type StatementKind = (typeof STATEMENT_KINDS)[number];

/** Kinds that only read. */
export const READS: ReadonlySet<StatementKind> = new Set(['select', 'show', 'explain']);

export interface SqlStatement {
  /** Everything it does: `['select', 'delete']` for a data-modifying common table expression. */
  readonly kinds: readonly StatementKind[];
  /** Tables named, lower case, qualified as written: `public.users`. */
  readonly tables: readonly string[];
  /** Functions called, lower case, without schema unless the schema is a package: `pg_sleep`, `utl_http.request`. */
  readonly functions: readonly string[];
  /** For updates and deletes: whether a condition limits the rows. Null for other statements. */
  readonly where: 'none' | 'always' | 'some' | null;
  readonly span: Span;
  /** The statement without comments, blanks folded. */
  readonly text: string;
}

export type SqlTraitKind =
  | 'select_into'
  | 'file_access'
  | 'program'
  | 'dangerous_function'
  | 'data_modifying_cte'
  | 'conditional_comment'
  | 'where_missing'
  | 'stacked'
  | 'dynamic_sql'
  | 'delay'
  | 'unparsed';

/** Something a policy may ask about. Not a verdict. */
export interface SqlTrait {
  readonly kind: SqlTraitKind;
  /** One clause, lower case. */
  readonly what: string;
  readonly span: Span;
}

export interface SqlFacts {
  readonly dialect: SqlDialect;
  readonly statements: readonly SqlStatement[];
  readonly traits: readonly SqlTrait[];
  /**
   * Who vouches for the reading: `parser` (a full grammar accepted the text) or `structure` (the text was split into
   * tokens and clauses, and no full grammar accepted it).
   */
  readonly readBy: 'parser' | 'structure';
}
