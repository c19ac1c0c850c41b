import type { JsonValue } from '../../core/json.ts';
import { canonical } from './canonical.ts';
import type { Place } from './canonical.ts';

const memo = new WeakMap<readonly string[], readonly Place[]>();

/** Declared roots as places; read once per array, because an upstream's roots live as long as its configuration. */
export function rootPlaces(roots: readonly string[]): readonly Place[] {
  const known = memo.get(roots);
  if (known) return known;
  const places = roots.map(placeOf);
  memo.set(roots, places);
  return places;
}

/** A place written by the operator: `/data`, `C:\data`, `\\host\share`. */
export function placeOf(text: string): Place {
  const windows = /^(?:[a-z]:|\\\\)/i.test(text);
  return canonical(text, windows ? 'windows' : 'posix');
}

const bases = new Map<string, Place>();
const BASES_MAX = 256;

/** Where relative paths start, when that is declared. */
export function basePlace(base: JsonValue | undefined): Place | null {
  if (typeof base !== 'string') return null;
  const known = bases.get(base);
  if (known) return known;
  if (bases.size >= BASES_MAX) bases.clear();
  const place = placeOf(base);
  bases.set(base, place);
  return place;
}
