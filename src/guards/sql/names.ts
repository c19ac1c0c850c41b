import type { SqlStatement, StatementKind } from './facts.ts';
import type { Token } from './lexer.ts';

const isWord = (token: Token | undefined, text: string): boolean => token?.kind === 'word' && token.text === text;
const isSymbol = (token: Token | undefined, text: string): boolean => token?.kind === 'symbol' && token.text === text;

/** Keywords that stand before a bracket without being called. */
const NOT_CALLED: ReadonlySet<string> = new Set(
  (
    'SELECT FROM WHERE AND OR NOT IN EXISTS ALL ANY SOME AS ON USING VALUES OVER PARTITION BY ORDER ' +
    'GROUP HAVING UNION EXCEPT ' +
    'INTERSECT MINUS CASE WHEN THEN ELSE END WITH RECURSIVE JOIN INNER OUTER CROSS LATERAL LIMIT OFFSET SET INTO ' +
    'TABLE KEY PRIMARY UNIQUE CHECK REFERENCES DEFAULT INDEX FILTER WITHIN BETWEEN LIKE IS NULL ' +
    'DISTINCT TOP RETURNING ' +
    'VARCHAR CHAR NVARCHAR NCHAR DECIMAL NUMERIC INT INTEGER FLOAT TIMESTAMP TIME BINARY VARBINARY MATERIALIZED'
  ).split(' '),
);

const qualified = (tokens: readonly Token[], i: number): string => {
  let name = tokens[i]?.text ?? '';
  for (let k = i; isSymbol(tokens[k - 1], '.') && k >= 2; k -= 2) {
    const owner = tokens[k - 2];
    if (owner === undefined || (owner.kind !== 'word' && owner.kind !== 'name')) break;
    name = `${owner.text}.${name}`;
  }
  return name.toLowerCase();
};

/** Functions that are called: names before a bracket. `xp_` and package names count wherever they stand. */
export function functionsIn(tokens: readonly Token[]): string[] {
  const found = new Set<string>();
  for (let i = 0; i + 1 < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'name')) continue;
    if (!isSymbol(tokens[i + 1], '(')) continue;
    if (token.kind === 'word' && NOT_CALLED.has(token.text) && !isSymbol(tokens[i - 1], '.')) continue;
    found.add(qualified(tokens, i));
  }
  return [...found];
}

const BEFORE_TABLE: ReadonlySet<string> = new Set(
  'FROM JOIN INTO UPDATE TABLE USING TRUNCATE REFERENCES ONLY STRAIGHT_JOIN DESCRIBE DESC APPLY OVERWRITE'.split(' '),
);
const NOT_TABLES: ReadonlySet<string> = new Set(
  (
    'SELECT LATERAL UNNEST VALUES IF SET ONLY OUTFILE DUMPFILE TABLE EXISTS NOT WHERE ON AS ' +
    'EXTERNAL TEMPORARY LOCAL INTO FROM'
  ).split(' '),
);

/** Tables named after the words that introduce them, with comma lists; names of common table expressions left out. */
export function tablesIn(tokens: readonly Token[]): string[] {
  const found = new Set<string>();
  const defined = new Set<string>();
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (isWord(token, 'AS') && isSymbol(tokens[i + 1], '(') && tokens[i - 1] !== undefined) {
      defined.add(tokens[i - 1]?.text.toLowerCase() ?? '');
    }
    if (token?.kind !== 'word' || !BEFORE_TABLE.has(token.text) || isSymbol(tokens[i - 1], '.')) continue;
    let at = i + 1;
    while (
      isWord(tokens[at], 'IF') ||
      isWord(tokens[at], 'EXISTS') ||
      isWord(tokens[at], 'NOT') ||
      isWord(tokens[at], 'TABLE') ||
      isWord(tokens[at], 'ONLY')
    )
      at++;
    collect(tokens, at, token.text, found);
  }
  return [...found].filter((name) => !defined.has(name));
}

/** Reads `a.b [AS] x, c` from a position on. */
function collect(tokens: readonly Token[], from: number, lead: string, found: Set<string>): void {
  let at = from;
  for (;;) {
    const first = tokens[at];
    if (first === undefined || (first.kind !== 'word' && first.kind !== 'name')) return;
    if (first.kind === 'word' && NOT_TABLES.has(first.text)) return;
    let end = at;
    while (isSymbol(tokens[end + 1], '.') && end + 2 < tokens.length) end += 2;
    if (!isSymbol(tokens[end + 1], '(') || lead !== 'FROM') found.add(qualified(tokens, end));
    if (lead !== 'FROM') return;
    at = end + 1;
    if (isWord(tokens[at], 'AS')) at++;
    if (tokens[at]?.kind === 'name' || (tokens[at]?.kind === 'word' && isSymbol(tokens[at + 1], ','))) at++;
    if (!isSymbol(tokens[at], ',')) return;
    at++;
  }
}

/** Whether an update or delete is limited by a condition. */
export function whereOf(tokens: readonly Token[], kinds: readonly StatementKind[]): SqlStatement['where'] {
  if (!kinds.includes('update') && !kinds.includes('delete')) return null;
  const at = tokens.findLastIndex((token, i) => isWord(token, 'WHERE') && !isSymbol(tokens[i - 1], '.'));
  if (at < 0) return tokens.some((token) => isWord(token, 'LIMIT')) ? 'some' : 'none';
  const rest = tokens.slice(at + 1).map((token) => token.text.toUpperCase());
  const end = rest.findIndex((text) => text === 'RETURNING' || text === 'ORDER' || text === 'LIMIT');
  return isAlways(end < 0 ? rest : rest.slice(0, end)) ? 'always' : 'some';
}

/** `WHERE 1=1`, `WHERE true`, `WHERE 'a'='a'`: conditions that every row meets. */
function isAlways(condition: readonly string[]): boolean {
  const bare = condition.filter((text) => text !== '(' && text !== ')');
  if (bare.length === 1) return bare[0] === 'TRUE' || (/^\d+$/.test(bare[0] ?? '') && bare[0] !== '0');
  return bare.length === 3 && bare[1] === '=' && bare[0] === bare[2];
}
