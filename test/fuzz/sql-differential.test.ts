import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { judgeSql } from '../../src/guards/sql/judge.ts';
import { readSql, startSql } from '../../src/guards/sql/sql.ts';

/** Texts are generated, judged, and run by a real SQLite: one that changes the database is never called a read. */
const TEXTS = Number(process.env['FUZZ_RUNS'] ?? 3_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_123);

const name = fc.constantFrom('t', '"t"', '[t]', '`t`', "'t'", 'main.t', 'T');
const blank = fc.constantFrom(' ', '\n', '/**/', ' -- x\n', '/* ; */', '\t', ' /*! x */ ', '/*/**/ ');
const literal = fc.constantFrom(
  '1',
  "'a'",
  "'it''s'",
  '"a;b"',
  "x'00'",
  'NULL',
  "'; DROP TABLE t; --'",
  "'\\'",
  '$p',
  '?1',
  '-- c\n 2',
);
const write = fc.oneof(
  name.map((t) => `DELETE FROM ${t}`),
  name.map((t) => `INSERT INTO ${t} VALUES (9, 9)`),
  name.map((t) => `REPLACE INTO ${t} VALUES (1, 9)`),
  name.map((t) => `UPDATE ${t} SET b = b + 1`),
  fc.constantFrom(
    'DROP TABLE t',
    'CREATE TABLE u (a)',
    'ALTER TABLE t ADD c',
    'PRAGMA user_version = 7',
    'PRAGMA user_version(8)',
    'PRAGMA main.user_version = 9',
    'CREATE VIEW v AS SELECT 1',
    'WITH x AS (SELECT 1) DELETE FROM t',
    'WITH x(a) AS (SELECT 5) INSERT INTO t SELECT a, a FROM x',
    'EXPLAIN DELETE FROM t',
    'BEGIN; DELETE FROM t; COMMIT',
    'SAVEPOINT s; UPDATE t SET a = 3; RELEASE s',
    'PRAGMA application_id = 3',
  ),
);
const read = fc.oneof(
  fc.tuple(literal, name).map(([a, t]) => `SELECT ${a} FROM ${t}`),
  literal.map((a) => `SELECT ${a}`),
  fc.constantFrom(
    'VALUES (1)',
    'PRAGMA table_info(t)',
    'PRAGMA user_version',
    'EXPLAIN QUERY PLAN SELECT 1',
    'WITH x AS (SELECT 1) SELECT * FROM x',
    "SELECT replace('a', 'b', 'c')",
    'SELECT a AS "delete" FROM t',
    'SELECT * FROM t WHERE b IN (SELECT a FROM t)',
  ),
);
const joint = fc.constantFrom(';', '; ', ';\n', ' ', '/* */;', '--\n;', "';", '";', '*/;', '/*;', ';--', ' UNION ');
const text = fc
  .array(fc.tuple(fc.oneof(read, read, write), joint, blank), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.map(([statement, after, space]) => statement.replace(' ', space) + after).join(''));

function stateOf(db: DatabaseSync): string {
  const rows = db.prepare('SELECT * FROM t').all();
  const pragmas = ['user_version', 'application_id', 'schema_version'].map((pragma) =>
    db.prepare(`PRAGMA ${pragma}`).get(),
  );
  return JSON.stringify([rows, pragmas]);
}

function changes(text_: string): boolean {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2)');
  const before = stateOf(db);
  try {
    db.exec(text_);
  } catch {
    // What ran before the error counts all the same.
  }
  let after: string;
  try {
    after = stateOf(db);
  } catch {
    after = 'gone';
  }
  db.close();
  return before !== after;
}

beforeAll(startSql);

describe('the guard against SQLite', () => {
  it('never calls a change a read', { timeout: 300_000 }, () => {
    let changed = 0;
    let passed = 0;
    for (const sample of fc.sample(text, { numRuns: TEXTS, seed: SEED })) {
      const clean = judgeSql(readSql(sample, 'sqlite')).length === 0;
      const cleanAny = judgeSql(readSql(sample, 'any')).length === 0;
      if (clean) passed++;
      if (!changes(sample)) continue;
      changed++;
      expect({ sample, clean, cleanAny }).toEqual({ sample, clean: false, cleanAny: false });
    }
    expect(changed).toBeGreaterThan(TEXTS / 10);
    expect(passed).toBeGreaterThan(TEXTS / 20);
  });
});
