/** File name under the store directory. */
export const AUDIT_FILE = 'audit.db';

/**
 * `record` is the log: one table without indexes, so that a commit touches as few pages as possible. What makes it
 * searchable (`by_time`, `by_call`, `by_facet`) follows in larger steps (`audit-index.ts`) up to `indexed.seq`; readers
 * scan the few records after it. `indexed` doubles as a witness of how far the log once reached.
 */
export const AUDIT_MIGRATIONS = [
  `CREATE TABLE record (
     seq INTEGER PRIMARY KEY, previous BLOB NOT NULL, hash BLOB NOT NULL, body TEXT NOT NULL
   ) STRICT;
   CREATE TRIGGER record_is_not_edited BEFORE UPDATE ON record
     BEGIN SELECT RAISE(ABORT, 'records are never edited'); END;
   CREATE TRIGGER record_is_not_removed BEFORE DELETE ON record
     BEGIN SELECT RAISE(ABORT, 'records are never removed'); END;
   CREATE TABLE facet (
     id INTEGER PRIMARY KEY,
     kind TEXT NOT NULL, gateway TEXT NOT NULL, principal TEXT NOT NULL,
     server TEXT NOT NULL, target TEXT NOT NULL, code TEXT NOT NULL,
     UNIQUE (kind, gateway, principal, server, target, code)
   ) STRICT;
   CREATE TABLE by_facet (facet INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (facet, seq)) STRICT, WITHOUT ROWID;
   CREATE TABLE by_time (at_ms INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (at_ms, seq)) STRICT, WITHOUT ROWID;
   CREATE TABLE by_call (call_id TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (call_id, seq)) STRICT, WITHOUT ROWID;
   CREATE TABLE indexed (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;`,
] as const;
