import type { SqlTraitKind, StatementKind } from './facts.ts';
import type { Token } from './lexer.ts';
import { PRAGMAS_ASKING, PRAGMAS_STATE, TSQL_STARTS, VERBS } from './verbs-table.ts';

type Note = (kind: SqlTraitKind, what: string) => void;

const isWord = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token?.kind === 'word' && words.includes(token.text);
const isSymbol = (token: Token | undefined, symbol: string): boolean =>
  token?.kind === 'symbol' && token.text === symbol;

/** Everything one statement does, by the keywords that stand where the grammar lets them act. */
export function kindsOf(tokens: readonly Token[], lexicon: string, note: Note): StatementKind[] {
  const kinds = new Set<StatementKind>();
  const start = skipBrackets(tokens, 0);
  const main = leadingKind(tokens, start, lexicon, kinds, note);
  kinds.add(main);
  if (main === 'select' || main === 'explain') addNested(tokens, start, lexicon, kinds, note);
  noteReach(tokens, kinds, note);
  return [...kinds];
}

function skipBrackets(tokens: readonly Token[], from: number): number {
  let i = from;
  while (isSymbol(tokens[i], '(')) i++;
  return i;
}

function leadingKind(
  tokens: readonly Token[],
  start: number,
  lexicon: string,
  kinds: Set<StatementKind>,
  note: Note,
): StatementKind {
  const first = tokens[start];
  if (first?.kind !== 'word') return 'unknown';
  if (first.text === 'WITH') return kindOfWith(tokens, start);
  if (first.text === 'LOCKING') return kindOfLocking(tokens, start, lexicon, kinds, note);
  if (first.text === 'EXPLAIN' || ((first.text === 'DESCRIBE' || first.text === 'DESC') && explains(tokens, start))) {
    return kindOfExplain(tokens, start, lexicon, kinds, note);
  }
  if (first.text === 'PRAGMA') return kindOfPragma(tokens, start);
  if (first.text === 'SET') return kindOfSet(tokens, start, lexicon, kinds, note);
  if (first.text === 'RESET' && isWord(tokens[start + 1], ...RESETS)) return 'admin';
  if (first.text === 'BEGIN' || first.text === 'START') return kindOfBegin(tokens, start);
  if (first.text === 'TABLE' && tokens.length > start + 6 && lexicon !== 'mysql') return 'unknown';
  if (first.text === 'FROM') return tokens.some((token) => isWord(token, 'INSERT')) ? 'insert' : 'select';
  return VERBS.get(first.text) ?? 'unknown';
}

const explains = (tokens: readonly Token[], start: number): boolean => {
  const next = tokens[start + 1];
  return isWord(
    next,
    'SELECT',
    'INSERT',
    'UPDATE',
    'DELETE',
    'REPLACE',
    'MERGE',
    'WITH',
    'ANALYZE',
    'FORMAT',
    'EXTENDED',
  );
};

/** After `WITH …` the statement is the first verb outside brackets. */
function kindOfWith(tokens: readonly Token[], start: number): StatementKind {
  let depth = 0;
  for (let i = start + 1; i < tokens.length; i++) {
    const token = tokens[i];
    if (isSymbol(token, '(')) depth++;
    else if (isSymbol(token, ')')) depth--;
    if (depth !== 0 || token?.kind !== 'word' || isName(tokens, i)) continue;
    const kind = MAIN_VERBS.get(token.text);
    if (kind !== undefined) return kind;
  }
  // A bracketed query after the list: WITH a AS (…) (SELECT …).
  const last = tokens.findLastIndex((token, i) => isSymbol(token, '(') && isSymbol(tokens[i - 1], ')'));
  return last > 0 && isWord(tokens[skipBrackets(tokens, last)], 'SELECT', 'VALUES') ? 'select' : 'unknown';
}

/** Teradata's `LOCKING … FOR … [MODE] [NOWAIT]` before a statement: a modifier, so the statement counts. */
function kindOfLocking(
  tokens: readonly Token[],
  start: number,
  lexicon: string,
  kinds: Set<StatementKind>,
  note: Note,
): StatementKind {
  let at = tokens.findIndex((token, i) => i > start && isWord(token, 'FOR', 'IN')) + 2;
  while (isWord(tokens[at], 'MODE', 'NOWAIT', 'OVERRIDE')) at++;
  if (at < start + 3 || at >= tokens.length) return 'unknown';
  const [main = 'unknown', ...others] = kindsOf(tokens.slice(at), lexicon, note);
  for (const kind of others) kinds.add(kind);
  return main;
}

const MAIN_VERBS: ReadonlyMap<string, StatementKind> = new Map([
  ['SELECT', 'select'],
  ['VALUES', 'select'],
  ['TABLE', 'select'],
  ['FROM', 'select'],
  ['INSERT', 'insert'],
  ['REPLACE', 'insert'],
  ['UPDATE', 'update'],
  ['DELETE', 'delete'],
  ['MERGE', 'merge'],
]);

function kindOfExplain(
  tokens: readonly Token[],
  start: number,
  lexicon: string,
  kinds: Set<StatementKind>,
  note: Note,
): StatementKind {
  const verb = tokens.findIndex(
    (token, i) => i > start && token.kind === 'word' && EXPLAINED.has(token.text) && !isName(tokens, i),
  );
  if (verb < 0) return 'explain';
  const options = tokens.slice(start + 1, verb);
  // MySQL evaluates derived tables and stored functions of what it explains, and needs the right to change.
  const runs =
    lexicon === 'ansi' ||
    lexicon === 'mysql' ||
    options.some((token) => isWord(token, 'ANALYZE', 'ANALYSE', 'PROFILE', 'EXECUTE'));
  if (runs) for (const kind of kindsOf(tokens.slice(verb), lexicon, note)) kinds.add(kind);
  return 'explain';
}

const EXPLAINED: ReadonlySet<string> = new Set(
  (
    'SELECT WITH VALUES TABLE INSERT UPDATE DELETE MERGE REPLACE CREATE DECLARE EXECUTE DROP ALTER ' +
    'TRUNCATE CALL GRANT REFRESH COPY'
  ).split(' '),
);

function kindOfPragma(tokens: readonly Token[], start: number): StatementKind {
  let at = start + 1;
  if (isSymbol(tokens[at + 1], '.')) at += 2;
  const name = tokens[at]?.text.toUpperCase() ?? '';
  if (PRAGMAS_ASKING.has(name)) return 'show';
  return PRAGMAS_STATE.has(name) && tokens.length === at + 1 ? 'show' : 'admin';
}

const GLOBAL_SETTINGS: ReadonlySet<string> = new Set(
  (
    'ROLE AUTHORIZATION PASSWORD GLOBAL PERSIST PERSIST_ONLY RESOURCE IDENTITY_INSERT CONTEXT_INFO ' +
    'SESSION_REPLICATION_ROLE'
  ).split(' '),
);

/** What MySQL's `RESET` throws away; with any other word it is a setting's default. */
const RESETS = 'MASTER SLAVE REPLICA BINARY PERSIST QUERY'.split(' ');

function kindOfSet(
  tokens: readonly Token[],
  start: number,
  lexicon: string,
  kinds: Set<StatementKind>,
  note: Note,
): StatementKind {
  // MariaDB: SET STATEMENT name = value, … FOR statement
  const inner = isWord(tokens[start + 1], 'STATEMENT') ? tokens.findIndex((token) => isWord(token, 'FOR')) : -1;
  if (inner > 0) for (const kind of kindsOf(tokens.slice(inner + 1), lexicon, note)) kinds.add(kind);
  const early = tokens.slice(start + 1, start + 5);
  const grants = early.some(
    (token, i) => token.kind === 'word' && GLOBAL_SETTINGS.has(token.text) && !isSymbol(early[i - 1], '='),
  );
  if (grants || early.some((token) => /^@@(?:GLOBAL|PERSIST)/.test(token.text))) return 'admin';
  return 'session';
}

function kindOfBegin(tokens: readonly Token[], start: number): StatementKind {
  const next = tokens[start + 1];
  if (next === undefined || tokens[start]?.text === 'START') {
    return isWord(next, 'SLAVE', 'REPLICA', 'GROUP_REPLICATION') ? 'admin' : 'transaction';
  }
  const plain = 'TRAN TRANSACTION WORK DEFERRED IMMEDIATE EXCLUSIVE CONCURRENT ISOLATION READ'.split(' ');
  const deferrable = isWord(next, 'NOT') && isWord(tokens[start + 2], 'DEFERRABLE');
  return deferrable || isWord(next, ...plain) ? 'transaction' : 'procedural';
}

/** A word used as a name: qualified, aliased, or a column before a comma or operator. */
function isName(tokens: readonly Token[], i: number): boolean {
  const before = tokens[i - 1];
  return isSymbol(before, '.') || isSymbol(tokens[i + 1], '.') || isWord(before, 'AS');
}

/** Writes inside a reading statement: common table expressions, INTO, and in Transact-SQL whatever follows. */
function addNested(
  tokens: readonly Token[],
  start: number,
  lexicon: string,
  kinds: Set<StatementKind>,
  note: Note,
): void {
  for (let i = start + 1; i < tokens.length; i++) {
    const token = tokens[i];
    if (token?.kind !== 'word' || isName(tokens, i)) continue;
    const verb = MAIN_VERBS.get(token.text);
    if (verb !== undefined && verb !== 'select' && isSymbol(tokens[i - 1], '(') && !isSymbol(tokens[i + 1], '(')) {
      if (isSymbol(tokens[i + 1], ')') || isSymbol(tokens[i + 1], ',')) continue;
      kinds.add(verb);
      note('data_modifying_cte', `\`${token.text}\` stands inside a query`);
    } else if (token.text === 'INTO') addInto(tokens, i, kinds, note);
    else if (lexicon === 'mssql' && TSQL_STARTS.has(token.text) && !locks(tokens, i) && !called(tokens, i)) {
      kinds.add(VERBS.get(token.text) ?? 'unknown');
    } else if (token.text === 'PROCEDURE' && isWord(tokens[i + 1], 'ANALYSE', 'ANALYZE')) kinds.add('call');
  }
}

/** `UPDATE(column)` asks in a trigger; `EXEC('…')` runs. */
const called = (tokens: readonly Token[], i: number): boolean =>
  isSymbol(tokens[i + 1], '(') && !isWord(tokens[i], 'EXEC', 'EXECUTE');

/** `FOR UPDATE`, `FOR NO KEY UPDATE`, and the triggers' `ON DELETE` lock or name; they do not write. */
const locks = (tokens: readonly Token[], i: number): boolean =>
  isWord(tokens[i - 1], 'FOR', 'KEY', 'ON', 'OF', 'OVERFLOW');

function addInto(tokens: readonly Token[], i: number, kinds: Set<StatementKind>, note: Note): void {
  const next = tokens[i + 1];
  if (isWord(next, 'OUTFILE', 'DUMPFILE')) {
    kinds.add('copy');
    return note('file_access', `\`INTO ${next?.text ?? ''}\` writes a file of the server`);
  }
  if (next?.kind === 'word' && next.text.startsWith('@')) return void kinds.add('session');
  kinds.add('ddl');
  note('select_into', '`INTO` makes a table of the result');
}

/** File and program access, and SQL given as text, by the words of the statement that reaches them. */
function noteReach(tokens: readonly Token[], kinds: ReadonlySet<StatementKind>, note: Note): void {
  const first = tokens[0]?.text ?? '';
  if (tokens.some((_, i) => advances(tokens, i))) note('dangerous_function', 'the next value of a sequence is taken');
  if (kinds.has('copy') && tokens.some((token) => isWord(token, 'PROGRAM')))
    note('program', '`PROGRAM` runs a command on the server');
  else if (kinds.has('copy') && /^(?:COPY|LOAD|BULK|UNLOAD|EXPORT|IMPORT|PUT|GET)$/.test(first)) {
    if (!tokens.some((token) => isWord(token, 'STDIN', 'STDOUT')))
      note('file_access', `\`${first}\` reads or writes a file`);
  }
  if (first === 'ATTACH' || first === 'BACKUP' || first === 'RESTORE')
    note('file_access', `\`${first}\` opens a file of the server`);
  if (first === 'VACUUM' && tokens.some((token) => isWord(token, 'INTO')))
    note('file_access', '`VACUUM INTO` writes a file');
  if (
    first === 'WAITFOR' ||
    tokens.some((token, i) => isWord(token, 'WAITFOR') && isWord(tokens[i + 1], 'DELAY', 'TIME'))
  ) {
    note('delay', '`WAITFOR` makes the server wait');
  }
  if (kinds.has('call') || first === 'PREPARE') noteCall(tokens, note);
}

/** `NEXT VALUE FOR s` of the standard, `s.NEXTVAL` of Oracle. */
const advances = (tokens: readonly Token[], i: number): boolean =>
  isWord(tokens[i], 'NEXT')
    ? isWord(tokens[i + 1], 'VALUE') && isWord(tokens[i + 2], 'FOR')
    : isWord(tokens[i], 'NEXTVAL') && isSymbol(tokens[i - 1], '.') && !isSymbol(tokens[i + 1], '(');

function noteCall(tokens: readonly Token[], note: Note): void {
  const procedure = tokens.find((token) => /^(?:XP_|SP_)/i.test(token.text));
  if (procedure !== undefined) note('program', `\`${procedure.text.toLowerCase()}\` reaches beyond the database`);
  const text = tokens.findIndex((token) => isWord(token, 'EXEC', 'EXECUTE', 'IMMEDIATE', 'FROM'));
  if (text >= 0 && (isSymbol(tokens[text + 1], '(') || tokens[text + 1]?.kind === 'string')) {
    note('dynamic_sql', 'SQL given as text is run');
  }
}
