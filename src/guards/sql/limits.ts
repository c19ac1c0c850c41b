/** Limits of one reading. Text beyond any of them is reported as `unparsed`, never passed. */
export interface SqlLimits {
  /** Length of the text, UTF-16 code units. */
  readonly lengthMax: number;
  /** Tokens in the text. */
  readonly tokensMax: number;
  /** Brackets open at once. */
  readonly nestingMax: number;
  /** Statements in the text. */
  readonly statementsMax: number;
}

export const SQL_LIMITS: SqlLimits = { lengthMax: 32_768, tokensMax: 4_096, nestingMax: 64, statementsMax: 64 };
