import type { SqlDialect, SqlFacts, SqlStatement, SqlTrait } from './facts.ts';
import { READS } from './facts.ts';
import { firstChange } from './general.ts';
import { generalEngine } from './general-engine.ts';
import type { SqlLimits } from './limits.ts';
import { readPostgresStatement, type RawStatement } from './postgres.ts';
import { postgresEngine } from './postgres-engine.ts';
import { readStructure, type Lexicon, type Structure } from './structure.ts';
import { lex, SPELLINGS } from './lexer.ts';

const unreadable = (text: string, dialect: SqlDialect, what: string, traits: readonly SqlTrait[] = []): SqlFacts => ({
  dialect,
  statements: [],
  traits: [...traits, { kind: 'unparsed', what, span: [0, text.length] }],
  readBy: 'structure',
});

export function readDialect(text: string, dialect: SqlDialect, limits: SqlLimits): SqlFacts {
  if (text.length > limits.lengthMax) return unreadable(text, dialect, 'it is longer than the limit `lengthMax`');
  if (text.includes('\0')) return unreadable(text, dialect, 'a NUL character ends the text for some programs');
  switch (dialect) {
    case 'postgres':
      return readPostgres(text, limits);
    case 'any':
      return readAny(text, limits);
    case 'mysql':
    case 'mariadb':
      return readGeneral(text, dialect, 'mysql', limits);
    default:
      return readGeneral(text, dialect, dialect, limits);
  }
}

/** PostgreSQL is read by its own parser. Its tokens are looked at first, for the limits. */
function readPostgres(text: string, limits: SqlLimits): SqlFacts {
  const reading = parsePostgres(text, limits);
  return 'facts' in reading ? reading.facts : unreadable(text, 'postgres', reading.why);
}

/** `refused` means that PostgreSQL would not run the text; otherwise nothing is known about it. */
type PostgresReading = { readonly facts: SqlFacts } | { readonly why: string; readonly refused: boolean };

function parsePostgres(text: string, limits: SqlLimits): PostgresReading {
  const lexed = lex(text, SPELLINGS.postgres, limits);
  if (lexed.fault !== null) return { why: lexed.fault, refused: !lexed.limited };
  const parsed = postgresEngine.parse(text, 'postgres');
  if (parsed.outcome !== 'tree') return { why: parsed.why, refused: parsed.outcome === 'refused' };
  const traits: SqlTrait[] = [];
  const statements = rawStatements(parsed.tree, text, limits).map((raw) => readPostgresStatement(raw, traits));
  if (statements.length === 0) return { why: 'it holds no statement', refused: true };
  if (statements.length > limits.statementsMax) return { why: 'more statements than `statementsMax`', refused: false };
  return { facts: { dialect: 'postgres', statements, traits: withStacked(statements, traits), readBy: 'parser' } };
}

interface PgTree {
  readonly stmts?: readonly {
    readonly stmt: RawStatement['stmt'];
    readonly stmt_location?: number;
    readonly stmt_len?: number;
  }[];
}

function rawStatements(tree: unknown, text: string, limits: SqlLimits): RawStatement[] {
  const bytes = Buffer.byteLength(text) === text.length ? null : Buffer.from(text);
  return ((tree as PgTree).stmts ?? []).map((raw) => {
    const from = raw.stmt_location ?? 0;
    const to = raw.stmt_len === undefined ? (bytes?.length ?? text.length) : from + raw.stmt_len;
    const start = bytes === null ? from : bytes.toString('utf8', 0, from).length;
    const end = bytes === null ? to : start + bytes.toString('utf8', from, to).length;
    return { stmt: raw.stmt, span: [start, end], text: withoutComments(text.slice(start, end), limits) };
  });
}

function withoutComments(text: string, limits: SqlLimits): string {
  let plain = '';
  let end = 0;
  for (const token of lex(text, SPELLINGS.postgres, limits).tokens) {
    plain += `${plain !== '' && token.start > end ? ' ' : ''}${text.slice(token.start, token.end)}`;
    end = token.end;
  }
  return plain;
}

/**
 * MySQL, SQLite, SQL Server and ANSI: read by structure, and a reading that finds only reads is put to the general
 * parser, which may find a change the structure did not show. That parser refuses much that these products accept
 * (`GROUP BY … WITH ROLLUP`, `GLOB`), so its refusal alone is no finding.
 */
function readGeneral(text: string, dialect: SqlDialect, lexicon: Lexicon, limits: SqlLimits): SqlFacts {
  const structure = strictest(text, lexicon, limits);
  if (structure.fault !== null && lexicon === 'ansi') return { ...readAny(text, limits), dialect };
  if (structure.fault !== null) return unreadable(text, dialect, structure.fault, structure.traits);
  const traits = withStacked(structure.statements, [...structure.traits]);
  const { statements } = structure;
  if (!structure.reads) return noteUnknown({ dialect, statements, traits, readBy: 'structure' });
  if (structure.tokens > limits.secondOpinionTokensMax || structure.operators > limits.secondOpinionOperatorsMax) {
    return { dialect, statements, traits, readBy: 'structure' };
  }
  const parsed = generalEngine.parse(text, lexicon);
  if (parsed.outcome === 'down') return unreadable(text, dialect, parsed.why, traits);
  if (parsed.outcome === 'refused') return { dialect, statements, traits, readBy: 'structure' };
  const change = firstChange(parsed.tree);
  if (change === null) return { dialect, statements, traits, readBy: 'parser' };
  return unreadable(text, dialect, `the two readings differ: one finds \`${change}\``, traits);
}

/** In MySQL a setting decides whether `\` escapes; where both readings are whole, the one that does more counts. */
function strictest(text: string, lexicon: Lexicon, limits: SqlLimits): Structure {
  const usual = readStructure(text, lexicon, limits);
  if (lexicon !== 'mysql' || !/\\['"]/.test(text)) return usual;
  const other = readStructure(text, lexicon, limits, false);
  return (other.fault === null || usual.fault !== null) && !other.reads ? other : usual;
}

const LEXICONS = ['mysql', 'sqlite', 'mssql', 'ansi'] as const;

/** Products that run the first statement of a text before they look at the second. */
const PIECEWISE: ReadonlySet<Lexicon> = new Set(['mysql', 'sqlite']);

/**
 * True when some full grammar accepts the text: a guess for arguments that nobody declared to be SQL. What opens like
 * a statement and cannot be put to the grammars (too long, no parser ready) counts as accepted: it is read, and found.
 */
export function isAccepted(text: string, limits: SqlLimits): boolean {
  if (!OPENS.test(text)) return false;
  if (text.length > limits.lengthMax) return VERB.test(text);
  const lexed = lex(text, SPELLINGS.ansi, limits);
  if (lexed.fault !== null) return lexed.limited && VERB.test(text);
  const opinions = [
    () => postgresEngine.parse(text, 'postgres'),
    ...GENERAL.map((name) => () => generalEngine.parse(text, name)),
  ];
  return opinions.some((ask) => {
    const { outcome } = ask();
    return outcome === 'tree' || (outcome === 'down' && VERB.test(text));
  });
}

const GENERAL = ['mysql', 'mssql', 'sqlite'] as const;

const VERB =
  /^[\s(]*(?:--|\/\*|(?:select|with|insert|update|delete|merge|replace|create|alter|drop|truncate|grant|call|exec|copy)\b)/i;

const OPENS = /^[\s(]*(?:--[^\n]*\n\s*|\/\*|[a-z]+\s)/i;

/** Unknown dialect: a dialect that cannot read the text does not count; of those that can, the strictest does. */
function readAny(text: string, limits: SqlLimits): SqlFacts {
  const postgres = parsePostgres(text, limits);
  if ('why' in postgres && !postgres.refused) return unreadable(text, 'any', postgres.why);
  const readings = LEXICONS.map((lexicon) => strictest(text, lexicon, limits));
  const limited = readings.find((reading) => reading.limited);
  if (limited !== undefined) return unreadable(text, 'any', limited.fault ?? 'it is beyond a limit');
  const whole = readings.filter(
    (reading, i) => reading.fault === null || (PIECEWISE.has(LEXICONS[i] ?? 'ansi') && reading.statements.length > 0),
  );
  const own = 'facts' in postgres ? postgres.facts : null;
  const traits = [...(own?.traits ?? []), ...readings.flatMap((reading) => reading.traits)];
  const candidates = own === null ? whole : [own, ...whole];
  const worst = candidates.toSorted((a, b) => severityOf(b.statements) - severityOf(a.statements))[0];
  if (worst === undefined) return unreadable(text, 'any', 'no dialect can read it', traits);
  return noteUnknown({
    dialect: 'any',
    statements: worst.statements,
    traits: withStacked(worst.statements, distinct(traits)),
    readBy: own === null ? 'structure' : 'parser',
  });
}

/** 0 for reads, 1 for sessions and transactions, 2 for changes, 3 for what is not known. */
function severityOf(statements: readonly SqlStatement[]): number {
  let worst = 0;
  for (const { kinds } of statements) {
    for (const kind of kinds) {
      if (READS.has(kind)) continue;
      const rank = kind === 'session' || kind === 'transaction' ? 1 : kind === 'unknown' ? 3 : 2;
      worst = Math.max(worst, rank);
    }
  }
  return worst;
}

function distinct(traits: readonly SqlTrait[]): SqlTrait[] {
  const seen = new Set<string>();
  return traits.filter(({ kind, what }) => !seen.has(kind + what) && seen.add(kind + what) !== undefined);
}

function withStacked(statements: readonly SqlStatement[], traits: SqlTrait[]): SqlTrait[] {
  const second = statements[1];
  const rest = traits.filter((trait) => trait.kind !== 'stacked');
  if (second === undefined) return rest;
  return [...rest, { kind: 'stacked', what: `${statements.length} statements in one text`, span: second.span }];
}

function noteUnknown(facts: SqlFacts): SqlFacts {
  const unknown = facts.statements.find((statement) => statement.kinds.includes('unknown'));
  if (unknown === undefined) return facts;
  const what = `\`${unknown.text.slice(0, 40)}\` is no statement that is known`;
  return { ...facts, traits: [...facts.traits, { kind: 'unparsed', what, span: unknown.span }] };
}
