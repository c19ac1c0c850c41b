import { isObject, type JsonObject } from '../../src/core/json.ts';
import { compareDefinitions } from '../../src/integrity/drift.ts';

/** Whether a change would ask a person or be blocked. */
export function drift(row: JsonObject): boolean | null {
  const { before, after } = row;
  if (!isObject(before) || !isObject(after) || typeof before['name'] !== 'string') return null;
  const { class: weight } = compareDefinitions('tool', before['name'], before, after);
  return weight === 'review' || weight === 'dangerous';
}
