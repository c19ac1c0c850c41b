import { KINDS } from './pin-schemas.ts';
import type { PinKey } from '../integrity/ports.ts';

/** A pin's key as one segment of a path: URIs contain slashes, and paths are not decoded. */
export function idOf({ gateway, upstream, kind, name }: PinKey): string {
  return Buffer.from(JSON.stringify([gateway, upstream, kind, name])).toString('base64url');
}

/** The key behind an id; null when it is none, or a second spelling of one. */
export function keyOf(id: string): PinKey | null {
  const [gateway, upstream, kind, name, ...rest] = read(id);
  const known = KINDS.find((one) => one === kind);
  if (typeof gateway !== 'string' || typeof upstream !== 'string' || typeof name !== 'string') return null;
  if (known === undefined || rest.length > 0) return null;
  const key = { gateway, upstream, kind: known, name };
  return idOf(key) === id ? key : null;
}

function read(id: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(id, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
