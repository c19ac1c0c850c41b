import type { SqlStatement, SqlTrait, Span, StatementKind } from './facts.ts';
import { READS } from './facts.ts';
import { dangerOf } from './functions-table.ts';
import { lex, SPELLINGS, type Token } from './lexer.ts';
import type { SqlLimits } from './limits.ts';
import { kindsOf } from './kinds.ts';
import { functionsIn, tablesIn, whereOf } from './names.ts';

export type Lexicon = keyof typeof SPELLINGS;

/** A text told into statements by tokens and clauses alone. */
export interface Structure {
  readonly statements: readonly SqlStatement[];
  readonly traits: readonly SqlTrait[];
  /** Why the dialect cannot read the text, or null. The statements are then those before the fault. */
  readonly fault: string | null;
  /** Every statement is known and only reads. */
  readonly reads: boolean;
  /** The fault is a limit of ours. */
  readonly limited: boolean;
  readonly tokens: number;
  readonly operators: number;
}

/**
 * Reads a text by the lexical rules of one dialect and the keywords that its statements need. It errs one way: every
 * statement of the dialect that changes something needs one of the words looked for, outside quotes and comments.
 */
export function readStructure(text: string, lexicon: Lexicon, limits: SqlLimits, backslash?: boolean): Structure {
  const own = SPELLINGS[lexicon];
  const lexed = lex(text, backslash === undefined ? own : { ...own, backslash }, limits);
  const traits: SqlTrait[] = [];
  const whole: Span = [0, text.length];
  if (lexed.conditional) {
    traits.push({ kind: 'conditional_comment', what: 'a comment holds text that the server runs', span: whole });
  }
  const { operators, limited } = lexed;
  const size = { tokens: lexed.tokens.length, operators, limited };
  const statements: SqlStatement[] = [];
  const parts = split(lexed.tokens, lexicon);
  // Some products run a text statement by statement: what stands whole before the fault is run.
  if (lexed.fault !== null) parts.pop();
  for (const tokens of parts) {
    if (statements.length >= limits.statementsMax) {
      const fault = 'more statements than the limit `statementsMax`';
      return { statements, traits, fault, reads: false, ...size, limited: true };
    }
    statements.push(readStatement(tokens, text, lexicon, traits));
  }
  const reads = statements.every((statement) => statement.kinds.every((kind) => READS.has(kind)));
  const fault = lexed.fault ?? (statements.length === 0 ? 'no statement' : null);
  return { statements, traits, fault, reads: reads && fault === null, ...size };
}

/** Statements between semicolons; in Transact-SQL a line with `GO` separates as well. */
function split(tokens: readonly Token[], lexicon: Lexicon): Token[][] {
  const statements: Token[][] = [];
  let current: Token[] = [];
  for (const token of tokens) {
    const go = lexicon === 'mssql' && token.kind === 'word' && token.text === 'GO';
    if (!go && (token.kind !== 'symbol' || token.text !== ';')) {
      current.push(token);
      continue;
    }
    if (current.length > 0) statements.push(current);
    current = [];
  }
  if (current.length > 0) statements.push(current);
  return statements;
}

function readStatement(tokens: readonly Token[], text: string, lexicon: Lexicon, traits: SqlTrait[]): SqlStatement {
  const span: Span = [tokens[0]?.start ?? 0, tokens.at(-1)?.end ?? 0];
  const kinds = kindsOf(tokens, lexicon, (kind, what) => traits.push({ kind, what, span }));
  const functions = functionsIn(tokens);
  const calls: readonly StatementKind[] = kinds;
  for (const name of functions) noteFunction(name, lexicon, tokens, span, traits);
  return {
    kinds: calls,
    tables: tablesIn(tokens),
    functions,
    where: whereOf(tokens, kinds),
    span,
    text: plainText(tokens, text),
  };
}

/** Bytes beyond which a blob made on the spot is a way to make the server wait. */
const BLOB_BYTES_MAX = 1_000_000;

function noteFunction(name: string, lexicon: Lexicon, tokens: readonly Token[], span: Span, traits: SqlTrait[]): void {
  const danger = dangerOf(name, lexicon);
  if (danger === null) return;
  if (name === 'randomblob' || name === 'zeroblob') {
    const large = tokens.some((token) => token.kind === 'number' && Number(token.text) > BLOB_BYTES_MAX);
    if (!large) return;
  }
  traits.push({ kind: danger.trait, what: `\`${name}\` ${danger.what}`, span });
}

function plainText(tokens: readonly Token[], text: string): string {
  let plain = '';
  let before: Token | undefined;
  for (const token of tokens) {
    if (before !== undefined && before.end < token.start) plain += ' ';
    plain += text.slice(token.start, token.end);
    before = token;
  }
  return plain;
}
