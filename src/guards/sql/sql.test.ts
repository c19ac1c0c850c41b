import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { OperandRejected, ValueUnreadable, type Polarity } from '../../core/argument-type.ts';
import { SQL_DIALECTS, type SqlDialect } from './facts.ts';
import { judgeSql } from './judge.ts';
import { SQL_LIMITS } from './limits.ts';
import { looksLikeSql, readSql, sqlType, sqlView, startSql } from './sql.ts';

beforeAll(startSql);

const settings = { roots: [] };
const holds = (
  key: string,
  operand: Parameters<typeof sqlType.compile>[1],
  text: string,
  dialect = 'postgres',
  polarity: Polarity = 'restrict',
): boolean => sqlType.compile(key, operand, { dialect }, polarity)(text, settings).holds;
const told = ['postgres', 'mysql', 'sqlite', 'mssql', 'ansi'] as const;

describe('the facts', () => {
  it.each(told)('name tables and functions: %s', (dialect) => {
    const facts = readSql(
      'SELECT count(*), lower(a) FROM s.users u JOIN orders ON 1 = 2 WHERE a IN (SELECT b FROM c)',
      dialect,
    );
    expect(facts.statements[0]?.tables.toSorted()).toEqual(['c', 'orders', 's.users']);
    expect(facts.statements[0]?.functions.toSorted()).toEqual(['count', 'lower']);
  });

  it.each(told)('tell whether a condition limits a change: %s', (dialect) => {
    const where = (text: string): unknown => readSql(text, dialect).statements[0]?.where;
    expect(where('DELETE FROM t')).toBe('none');
    expect(where('DELETE FROM t WHERE 1 = 1')).toBe('always');
    expect(where('DELETE FROM t WHERE a = 1')).toBe('some');
    expect(where('SELECT 1')).toBeNull();
  });

  it('leave common table expressions out of the tables', () => {
    for (const dialect of told) {
      expect(readSql('WITH x AS (SELECT 1 FROM t) SELECT * FROM x', dialect).statements[0]?.tables).toEqual(['t']);
    }
  });

  it('give spans in UTF-16 code units', () => {
    const text = "SELECT 'é😀'; DELETE FROM t";
    for (const dialect of told) {
      const [start, end] = readSql(text, dialect).statements[1]?.span ?? [0, 0];
      expect(text.slice(start, end).trim()).toBe('DELETE FROM t');
    }
  });
});

describe('the argument type', () => {
  it('answers its conditions', () => {
    expect(holds('statements', { any_not_in: ['select'] }, 'SELECT 1; DELETE FROM t')).toBe(true);
    expect(holds('statements', { any_not_in: ['read'] }, 'EXPLAIN SELECT 1')).toBe(false);
    expect(holds('statements', { any_of: ['delete'] }, 'WITH d AS (DELETE FROM t RETURNING 1) SELECT 1')).toBe(true);
    expect(holds('tables', ['users'], 'SELECT * FROM public.users')).toBe(true);
    expect(holds('tables', { any_not_in: ['audit.*'] }, 'SELECT * FROM audit.log')).toBe(false);
    expect(holds('functions', { any_not_in: ['count'] }, 'SELECT count(*), now()')).toBe(true);
    expect(holds('where_required', true, 'DELETE FROM t')).toBe(true);
    expect(holds('where_required', true, 'DELETE FROM t WHERE a = 1')).toBe(false);
    expect(holds('statements_max', 1, 'SELECT 1; SELECT 2')).toBe(true);
  });

  it.each([
    ['statements', ['select'], 'SELECT a FROM t', true],
    ['statements', ['select'], 'INSERT INTO t SELECT a FROM u', false],
    ['statements', ['select'], 'SELECT 1; DELETE FROM t WHERE a = 1', false],
    ['statements', ['select'], 'WITH d AS (DELETE FROM t WHERE a = 1 RETURNING 1) SELECT 1', false],
    ['statements', { any_not_in: ['delete'] }, 'SELECT 1; DELETE FROM t WHERE a = 1', false],
    ['statements', { any_not_in: ['delete'] }, 'SELECT 1; UPDATE t SET a = 1 WHERE a = 2', true],
    ['tables', ['orders'], 'SELECT * FROM orders JOIN users ON true', false],
    ['tables', ['orders', 'users'], 'SELECT * FROM orders JOIN users ON true', true],
    ['functions', ['count'], 'SELECT count(*), now()', false],
    ['functions', ['count'], 'SELECT a FROM t', true],
    ['where_required', true, 'DELETE FROM t', false],
    ['where_required', true, 'DELETE FROM t WHERE a = 1', true],
    ['statements_max', 1, 'SELECT 1; SELECT 2', false],
    ['statements_max', 1, 'SELECT 1', true],
  ])('permits only when all of a text is as named: %s %j, %s', (key, operand, text, expected) => {
    for (const dialect of SQL_DIALECTS) expect(holds(key, operand, text, dialect, 'permit'), dialect).toBe(expected);
  });

  it('cannot answer for a text that cannot be read', () => {
    expect(() => holds('statements', ['select'], 'SELECT (')).toThrow(ValueUnreadable);
    expect(() => holds('statements', ['select'], '', 'any', 'permit')).toThrow(ValueUnreadable);
    expect(() => holds('statements', ['select'], 'SELECT 1 /*! , 2 */', 'mysql')).toThrow(ValueUnreadable);
    expect(() => sqlType.compile('tables', ['a'], {}, 'restrict')(null, settings)).toThrow(ValueUnreadable);
    const strict = sqlType.compile('statements', ['select'], { dialect: 'sqlite', strict: true }, 'restrict');
    expect(() => strict("SELECT a FROM t WHERE a GLOB 'x'", settings)).toThrow(ValueUnreadable);
  });

  it.each([
    ['statements', ['selects'], {}],
    ['statements', {}, {}],
    ['tables', { none_of: ['a'] }, {}],
    ['where_required', 1, {}],
    ['where_required', false, {}],
    ['statements_max', 0, {}],
    ['nonsense', true, {}],
    ['tables', ['a'], { dialect: 'dbase' }],
  ])('rejects %s: %j', (key, operand, tuning) => {
    expect(() => sqlType.compile(key, operand, tuning, 'permit')).toThrow(OperandRejected);
  });

  it('shows each statement without comments', () => {
    expect(sqlView.derive('SELECT /* x */ 1 -- y\n; /**/DELETE/**/FROM t')).toEqual(['SELECT 1', 'DELETE FROM t']);
    expect(() => sqlView.derive("SELECT '")).toThrow(ValueUnreadable);
  });
});

describe('a guess by value', () => {
  it.each(['SELECT a FROM b', 'delete from t', '-- x\nDROP TABLE t', 'SHOW TABLES'])('%j is SQL', (text) => {
    expect(looksLikeSql(text)).toBe(true);
  });
  it.each(['Find all files', 'select a nice restaurant near the station', "' OR 1=1", '', 'update me'])(
    '%j is not',
    (text) => {
      expect(looksLikeSql(text)).toBe(false);
    },
  );
});

describe('limits', () => {
  const hostile: Readonly<Record<string, string>> = {
    lengthMax: 'a'.repeat(SQL_LIMITS.lengthMax + 1),
    tokensMax: `SELECT 1${',1'.repeat(SQL_LIMITS.tokensMax)}`,
    operatorsMax: `SELECT 1${'+1'.repeat(SQL_LIMITS.operatorsMax + 1)}`,
    nestingMax: `SELECT ${'('.repeat(SQL_LIMITS.nestingMax + 1)}1${')'.repeat(SQL_LIMITS.nestingMax + 1)}`,
    statementsMax: 'SELECT 1;'.repeat(SQL_LIMITS.statementsMax + 1),
  };
  it.each(
    SQL_DIALECTS.flatMap((dialect) => Object.entries(hostile).map(([limit, text]) => [dialect, limit, text] as const)),
  )('%s: %s', (dialect, limit, text) => {
    const unparsed = readSql(text, dialect).traits.find((trait) => trait.kind === 'unparsed');
    expect(unparsed?.what).toContain(limit);
  });

  it('refuses comments nested deep enough to stall PostgreSQL’s scanner', () => {
    const text = `SELECT 1 ${'/*'.repeat(5_000)}${'*/'.repeat(5_000)}`;
    expect(readSql(text, 'postgres').traits.map((trait) => trait.kind)).toContain('unparsed');
  });

  it('never throws and never leaves a text without statement or reason', () => {
    const word = fc.constantFrom(
      ...'SELECT FROM t ( ) , ; * 1 \' " ` [ ] /* */ -- # $$ DELETE INTO WITH AS \\ @ := EXEC'.split(' '),
      '\n',
      ' ',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 20 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(text, fc.constantFrom<SqlDialect>(...SQL_DIALECTS), (input, dialect) => {
        const facts = readSql(input, dialect);
        judgeSql(facts);
        expect(facts.statements.length + facts.traits.length).toBeGreaterThan(0);
      }),
      { numRuns: 400, seed: 11 },
    );
  });
});
