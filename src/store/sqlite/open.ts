import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../../core/fault.ts';
import { makeFolder } from '../make-folder.ts';

/** `full`: a commit survives loss of power. `normal`: it survives the death of the process, not loss of power. */
export type Durability = 'full' | 'normal';

export interface OpenSettings {
  readonly durability: Durability;
  /** How long a statement waits for another process's write, in milliseconds. */
  readonly busyTimeoutMs: number;
  /** Size of a page of a new file; SQLite's own choice where it is not given. */
  readonly pageBytes?: number;
  /** Each entry lifts the schema by one version; entries are never changed, only added. */
  readonly migrations: readonly string[];
}

/** `PRAGMA application_id` of every database of ours: "VETO" in ASCII. */
const APPLICATION_ID = 0x5645544f;

/**
 * Opens a database for reading and writing, creates it (readable by the owner only) when missing, and migrates it.
 * @throws Fault('store_failed')
 */
export function openDatabase(path: string, settings: OpenSettings): DatabaseSync {
  return guard(path, () => {
    makeFolder(dirname(path));
    closeSync(openSync(path, 'a', 0o600));
    const db = new DatabaseSync(path, { timeout: settings.busyTimeoutMs });
    return prepareOrClose(db, () => {
      if (settings.pageBytes !== undefined) db.exec(`PRAGMA page_size = ${settings.pageBytes}`);
      db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${settings.durability === 'full' ? 'FULL' : 'NORMAL'}`);
      db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
      migrate(db, path, settings.migrations);
    });
  });
}

/**
 * Opens an existing database for reading, also while another process writes it.
 * @throws Fault('store_failed')
 */
export function openForReading(path: string, settings: Omit<OpenSettings, 'durability'>): DatabaseSync {
  return guard(path, () => {
    const db = new DatabaseSync(path, { readOnly: true, timeout: settings.busyTimeoutMs });
    return prepareOrClose(db, () => {
      const { version } = readVersion(db, path, settings.migrations.length);
      if (version < settings.migrations.length) {
        throw new Fault('store_failed', `the store file \`${path}\` has an older layout; run \`veto migrate\` first`);
      }
    });
  });
}

function prepareOrClose(db: DatabaseSync, prepare: () => void): DatabaseSync {
  try {
    prepare();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function readVersion(db: DatabaseSync, path: string, known: number): { version: number; application: number } {
  const version = readPragma(db, 'user_version');
  const application = readPragma(db, 'application_id');
  if (application !== APPLICATION_ID && (application !== 0 || version !== 0)) {
    throw new Fault('store_failed', `\`${path}\` is not a store file of veto; choose another \`store:\``);
  }
  if (version > known) {
    throw new Fault('store_failed', `the store file \`${path}\` was written by a newer veto; start that version`);
  }
  return { version, application };
}

function migrate(db: DatabaseSync, path: string, migrations: readonly string[]): void {
  if (readVersion(db, path, migrations.length).version === migrations.length) return;
  transact(db, () => {
    const { version } = readVersion(db, path, migrations.length);
    if (version === 0) refuseForeign(db, path);
    for (const step of migrations.slice(version)) db.exec(step);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`);
  });
}

function refuseForeign(db: DatabaseSync, path: string): void {
  if (db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined) return;
  throw new Fault('store_failed', `\`${path}\` is not a store file of veto; choose another \`store:\``);
}

/** The integer value of a pragma. */
export function readPragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

/** Runs `work` in one write transaction: all of it or nothing, the latter also when it returns false. */
export function transact<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec(result === false ? 'ROLLBACK' : 'COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Turns whatever SQLite or the file system threw into a fault that names the file. */
export function guard<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asFault(path, error);
  }
}

export function asFault(path: string, error: unknown): Fault {
  if (error instanceof Fault) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new Fault('store_failed', `the store file \`${path}\` cannot be used: ${why}`, { cause: error });
}

/** Whether it was another connection's lock that was in the way, as told by SQLite or by a fault of this room. */
export function isBusy(error: unknown): boolean {
  const told = error instanceof Fault ? error.cause : error;
  if (!(told instanceof Error && 'errcode' in told && typeof told.errcode === 'number')) return false;
  return (told.errcode & PRIMARY_CODE) === SQLITE_BUSY;
}

const SQLITE_BUSY = 5;
/** The part of a result code of SQLite that names the kind; above it stands a finer reason. */
const PRIMARY_CODE = 0xff;
