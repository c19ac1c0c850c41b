/** File name under the store directory. */
export const AUDIT_FILE = 'audit.db';

/** Records per signed stretch of the log; stretch `n` holds the records `n * 128 + 1` to `(n + 1) * 128`. */
export const STRETCH_RECORDS = 128;

/**
 * `record` is the log: one table without indexes, so that a commit touches as few pages as possible (measured, three
 * B-tree indexes doubled the cost of a record). `stretch` makes it searchable: span of time and signature
 * (`signature.ts`) of every full stretch. `witness` tells how far the log once reached.
 */
export const AUDIT_MIGRATIONS = [
  `CREATE TABLE record (
     seq INTEGER PRIMARY KEY, previous BLOB NOT NULL, hash BLOB NOT NULL, body TEXT NOT NULL
   ) STRICT;
   CREATE TRIGGER record_is_not_edited BEFORE UPDATE ON record
     BEGIN SELECT RAISE(ABORT, 'records are never edited'); END;
   CREATE TRIGGER record_is_not_removed BEFORE DELETE ON record
     BEGIN SELECT RAISE(ABORT, 'records are never removed'); END;
   CREATE TABLE stretch (
     id INTEGER PRIMARY KEY, first_at_ms REAL NOT NULL, last_at_ms REAL NOT NULL, signature BLOB NOT NULL
   ) STRICT;
   CREATE TABLE witness (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;`,
] as const;
