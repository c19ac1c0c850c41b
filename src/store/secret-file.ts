import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { makeFolder } from './make-folder.ts';

const SECRET_BYTES = 32;

/**
 * The secret with which the gateway seals what clients carry for it (`requestState`, task names). Made on first use;
 * only the owner may read it. Losing it invalidates open questions and tasks, nothing else.
 * @throws Fault('store_failed') when it cannot be read, written, or is not 32 bytes
 */
export function readSecret(directory: string): Buffer {
  const path = join(directory, 'sealing.key');
  try {
    return read(path) ?? create(directory, path);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('store_failed', `the sealing key \`${path}\` cannot be read or written`, { cause: error });
  }
}

function read(path: string): Buffer | null {
  let secret: Buffer;
  try {
    secret = readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  if (secret.length === SECRET_BYTES) return secret;
  throw new Fault('store_failed', `the sealing key \`${path}\` is damaged; remove it to have a new one made`);
}

/** Written beside and linked into place: a reader sees the whole key or none, and of two writers one wins. */
function create(directory: string, path: string): Buffer {
  makeFolder(directory);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, randomBytes(SECRET_BYTES), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(path);
}
