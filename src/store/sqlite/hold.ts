import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../../core/fault.ts';
import { makeFolder } from '../make-folder.ts';
import { asFault, isBusy } from './open.ts';

/** Proof that this process is the only gateway on a store. */
export interface Hold {
  release(): void;
}

/** Locks of this process: one that nobody refers to would be closed, and so let go, by the garbage collector. */
const HELD = new Set<DatabaseSync>();

/**
 * Makes sure that one gateway at a time works on a store directory. The lock is SQLite's exclusive lock on an empty
 * database: the operating system lets go of it when the process ends, however it ends. Reading, and commands such as
 * `veto keys`, do not need it.
 * @throws Fault('store_failed') when another gateway holds the store, naming its process
 */
export function holdStore(directory: string): Hold {
  const path = join(directory, 'gateway.lock');
  const who = join(directory, 'gateway.pid');
  let db: DatabaseSync | null = null;
  try {
    makeFolder(directory);
    closeSync(openSync(path, 'a', 0o600));
    db = new DatabaseSync(path, { timeout: LOOK_MS });
    db.exec('BEGIN EXCLUSIVE');
    writeFileSync(who, String(process.pid), { mode: 0o600 });
  } catch (error) {
    db?.close();
    throw isBusy(error) ? taken(directory, who) : asFault(path, error);
  }
  const locked = db;
  HELD.add(locked);
  return {
    release() {
      HELD.delete(locked);
      if (locked.isOpen) locked.close();
    },
  };
}

/** Whether a gateway works on the store right now. Changes nothing. @throws Fault('store_failed') */
export function isHeld(directory: string): boolean {
  const path = join(directory, 'gateway.lock');
  if (!existsSync(path)) return false;
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw asFault(path, error);
  } finally {
    db?.close();
  }
}

/** How long a gateway that starts waits for somebody who only looks whether one runs. */
const LOOK_MS = 100;

function taken(directory: string, who: string): Fault {
  let pid = '';
  try {
    pid = ` (process ${readFileSync(who, 'utf8').slice(0, 20)})`;
  } catch {
    // the number is a courtesy
  }
  return new Fault(
    'store_failed',
    `another gateway${pid} works on the store \`${directory}\`; stop it, or give this one another \`store:\``,
  );
}
