import type { Principal } from '../core/principal.ts';

/** An API key as stored: never its text. */
export interface KeyEntry {
  /** Public, part of the key text: `veto_<id>_<secret>`, or `veto_admin_<id>_<secret>`. */
  readonly id: string;
  readonly name: string;
  /** The only gateway that accepts it; of an administrator's key empty. */
  readonly gateway: string;
  readonly principal: Principal;
  /** SHA-256 of the whole key text, lower-case hexadecimal. */
  readonly hash: string;
  readonly createdAtMs: number;
  /** Not valid from then on. */
  readonly expiresAtMs: number | null;
  /** Not valid from then on; may lie ahead after a rotation with a period of grace. */
  readonly revokedAtMs: number | null;
}

/**
 * Keys of one kind: those of agents and those of administrators are kept apart, so that neither can pass for the other.
 * Every method throws `Fault('store_failed')` when the store is down, never an empty answer.
 */
export interface KeyStore {
  /** Grows whenever any process changes a key; cheap enough to ask on every call. */
  revision(): number;
  /** In the order of creation. */
  list(): readonly KeyEntry[];
  /**
   * Looks and adds in one step, whatever other processes do meanwhile.
   * @returns false, with nothing added, when the name is taken (`isNameTaken`)
   * @throws Fault('store_failed') when the id exists
   */
  add(entry: KeyEntry): boolean;
  /** An earlier revocation stays. @returns false when there is no such key */
  revoke(id: string, atMs: number): boolean;
  /**
   * Adds `successor`, of the same name, and revokes `id` from `oldEndsAtMs` on, both or neither.
   * @returns false, with nothing changed, when that key cannot have a successor (`canRotate`)
   */
  rotate(id: string, successor: KeyEntry, oldEndsAtMs: number): boolean;
}

/** Whether a key may be used at that moment. */
export function isLive(entry: KeyEntry, nowMs: number): boolean {
  if (entry.revokedAtMs !== null && nowMs >= entry.revokedAtMs) return false;
  return entry.expiresAtMs === null || nowMs < entry.expiresAtMs;
}

/** Whether a live key of the same gateway has the name of one that is to be made: people rotate and revoke by name. */
export function isNameTaken(
  keys: readonly KeyEntry[],
  { name, gateway, createdAtMs }: Pick<KeyEntry, 'name' | 'gateway' | 'createdAtMs'>,
): boolean {
  return keys.some((one) => one.name === name && one.gateway === gateway && isLive(one, createdAtMs));
}

/** Whether the key of that id is live and has no successor yet, at the moment when one is to be made. */
export function canRotate(keys: readonly KeyEntry[], id: string, atMs: number): boolean {
  const old = keys.find((one) => one.id === id);
  if (old === undefined || !isLive(old, atMs)) return false;
  const others = keys.filter((one) => one !== old);
  return !isNameTaken(others, { ...old, createdAtMs: atMs });
}
