import { randomBytes } from 'node:crypto';
import { sha256 } from '../core/canonical-json.ts';
import { newSecret } from '../core/ids.ts';
import type { KeyEntry } from './ports.ts';

/**
 * A key text as issued: `veto_`, for administrators `admin_`, a public id of 64 bits in hexadecimal, `_`, 256 secret
 * bits in base64url.
 */
const KEY_TEXT = /^veto_(admin_)?([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;

/** Whom a key is for: agents call through a gateway, administrators use the control plane; neither can do the other. */
export type KeyKind = 'agent' | 'admin';

export interface IssuedKey {
  /** The only time the key is ever seen. */
  readonly text: string;
  readonly entry: KeyEntry;
}

/** Makes a new key. Nothing is stored here. */
export function issueKey(
  about: Pick<KeyEntry, 'name' | 'gateway' | 'principal' | 'expiresAtMs'>,
  nowMs: number,
  kind: KeyKind = 'agent',
): IssuedKey {
  const id = randomBytes(8).toString('hex');
  const text = `veto_${kind === 'admin' ? 'admin_' : ''}${id}_${newSecret()}`;
  return { text, entry: { ...about, id, hash: sha256(text), createdAtMs: nowMs, revokedAtMs: null } };
}

/** The public id inside a key text; null when the text is none of ours. */
export function keyIdOf(text: string): string | null {
  return KEY_TEXT.exec(text)?.[2] ?? null;
}

/** Whether a text has the form of an administrator's key. */
export function isAdminKey(text: string): boolean {
  return KEY_TEXT.exec(text)?.[1] !== undefined;
}
