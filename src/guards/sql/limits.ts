/** Limits of one reading. Text beyond any of them is reported as `unparsed`, never passed. */
export interface SqlLimits {
  /** Length of the text, UTF-16 code units. */
  readonly lengthMax: number;
  /** Tokens in the text. */
  readonly tokensMax: number;
  /** Operators, joins and set operations in the text. Dots count: parsers' trees grow as deep as there are. */
  readonly operatorsMax: number;
  /** Brackets, or comments within comments, open at once. */
  readonly nestingMax: number;
  /** Statements in the text. */
  readonly statementsMax: number;
  /** Tokens beyond which the general parser gives no second opinion: it is slow and ends in a trap on long texts. */
  readonly secondOpinionTokensMax: number;
  /** Operators beyond which it gives none. */
  readonly secondOpinionOperatorsMax: number;
}

export const SQL_LIMITS: SqlLimits = {
  lengthMax: 32_768,
  tokensMax: 4_096,
  operatorsMax: 1_024,
  nestingMax: 48,
  statementsMax: 64,
  secondOpinionTokensMax: 768,
  secondOpinionOperatorsMax: 192,
};
