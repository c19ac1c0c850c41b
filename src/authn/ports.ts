import type { Principal } from '../core/principal.ts';

/** An API key as stored: never its text. */
export interface KeyEntry {
  /** Public, part of the key text: `veto_<id>_<secret>`. */
  readonly id: string;
  readonly name: string;
  readonly gateway: string;
  readonly principal: Principal;
  /** SHA-256 of the whole key text, lower-case hexadecimal. */
  readonly hash: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

export interface KeyStore {
  /** Grows whenever any process changes a key; cheap enough to ask on every call. */
  revision(): number;
  list(): readonly KeyEntry[];
  add(entry: KeyEntry): void;
  /** @returns false when there is no such key */
  revoke(id: string, atMs: number): boolean;
}
