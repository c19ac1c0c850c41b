import type { StatementKind } from './facts.ts';

/** The first word of a statement and what the statement does, over all dialects. */
export const VERBS: ReadonlyMap<string, StatementKind> = new Map<string, StatementKind>([
  ...verbs('select', 'SELECT SEL VALUES TABLE'),
  ...verbs('show', 'SHOW DESCRIBE DESC HELP'),
  ...verbs('explain', 'EXPLAIN'),
  ...verbs('insert', 'INSERT REPLACE UPSERT'),
  ...verbs('update', 'UPDATE'),
  ...verbs('delete', 'DELETE'),
  ...verbs('merge', 'MERGE'),
  ...verbs('ddl', 'CREATE ALTER DROP TRUNCATE RENAME COMMENT UNDROP ADD'),
  ...verbs('grant', 'GRANT REVOKE DENY REASSIGN SETUSER'),
  ...verbs('call', 'CALL EXEC EXECUTE'),
  ...verbs('copy', 'COPY LOAD UNLOAD IMPORT EXPORT BULK PUT GET READTEXT WRITETEXT UPDATETEXT'),
  ...verbs('transaction', 'BEGIN START COMMIT ROLLBACK SAVEPOINT RELEASE END ABORT SAVE'),
  ...verbs('session', 'SET USE RESET DISCARD DEALLOCATE DECLARE FETCH CLOSE MOVE UNSET OPEN PRINT'),
  ...verbs(
    'admin',
    'VACUUM ANALYZE ANALYSE REINDEX CLUSTER CHECKPOINT ATTACH DETACH PRAGMA KILL SHUTDOWN FLUSH OPTIMIZE REPAIR CHECK ' +
      'CHECKSUM CHANGE PURGE INSTALL UNINSTALL LOCK UNLOCK HANDLER BACKUP RESTORE DBCC RECONFIGURE REFRESH CACHE UNCACHE ' +
      'SECURITY SUSPEND RESUME STOP MSCK INVALIDATE LISTEN NOTIFY UNLISTEN BINLOG CLONE RESTART XA REPLICATE SYSTEM ' +
      'DISABLE ENABLE REVERT WAITFOR RAISERROR THROW',
  ),
  ...verbs('procedural', 'DO IF WHILE FOR LOOP REPEAT CASE GOTO RETURN LET SIGNAL RESIGNAL PERFORM PREPARE'),
]);

function verbs(kind: StatementKind, list: string): [string, StatementKind][] {
  return list.split(' ').map((verb) => [verb, kind]);
}

/**
 * Words that begin a statement in Transact-SQL, where no semicolon is needed between statements. All but the last
 * line are reserved there, so outside quotes and after no dot they are never names.
 */
export const TSQL_STARTS: ReadonlySet<string> = new Set(
  (
    'INSERT UPDATE DELETE MERGE CREATE ALTER DROP TRUNCATE GRANT REVOKE DENY EXEC EXECUTE BULK BACKUP RESTORE DBCC KILL ' +
    'SHUTDOWN RECONFIGURE WAITFOR DECLARE SETUSER CHECKPOINT BEGIN WHILE GOTO RAISERROR WRITETEXT UPDATETEXT LOAD USE ' +
    'DEALLOCATE REVERT SAVE DUMP'
  ).split(' '),
);

/** PRAGMAs of SQLite that answer without changing anything, with or without an argument in brackets. */
export const PRAGMAS_ASKING: ReadonlySet<string> = new Set(
  (
    'TABLE_INFO TABLE_XINFO TABLE_LIST INDEX_LIST INDEX_INFO INDEX_XINFO DATABASE_LIST FOREIGN_KEY_LIST FOREIGN_KEY_CHECK ' +
    'FUNCTION_LIST MODULE_LIST PRAGMA_LIST COLLATION_LIST COMPILE_OPTIONS INTEGRITY_CHECK QUICK_CHECK'
  ).split(' '),
);

/** PRAGMAs that answer when no value is given. */
export const PRAGMAS_STATE: ReadonlySet<string> = new Set(
  (
    'USER_VERSION APPLICATION_ID ENCODING PAGE_COUNT PAGE_SIZE FREELIST_COUNT SCHEMA_VERSION JOURNAL_MODE FOREIGN_KEYS ' +
    'CACHE_SIZE SYNCHRONOUS DATA_VERSION AUTO_VACUUM BUSY_TIMEOUT LOCKING_MODE QUERY_ONLY TEMP_STORE THREADS MAX_PAGE_COUNT ' +
    'MMAP_SIZE SECURE_DELETE WAL_AUTOCHECKPOINT RECURSIVE_TRIGGERS TRUSTED_SCHEMA WRITABLE_SCHEMA CELL_SIZE_CHECK'
  ).split(' '),
);
