import type { JsonValue } from '../../core/json.ts';
import type { Facts } from '../facts.ts';
import type { Note } from '../leaf.ts';

/**
 * A condition on one value, with its polarity compiled in.
 * @throws whatever its parser or pattern throws; the leaf around it polarises that
 */
export type ValueTest = (value: JsonValue, facts: Facts, note: Note | null) => boolean;

/** A value as restrictive conditions look at it: texts as they are, numbers and booleans in their JSON form. */
export function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A value as explanations and messages show it: quoted, shortened. */
export function shown(value: JsonValue): string {
  const text = textOf(value);
  return `\`${text.length > 80 ? `${text.slice(0, 79)}…` : text}\``;
}
