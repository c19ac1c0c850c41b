import type { Definition } from '../core/definition.ts';
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts';

const DEPTH_MAX = 6;
/** Of a list, so many items say what its items are. */
const ITEMS_MAX = 20;
const ANYTHING: JsonObject = {};

/**
 * A definition for a call that was written by hand and brings none: its arguments are read by what they and the tool
 * are called. It demands nothing, so that only the values are judged.
 * @returns the same text in JSON for calls of the same shape
 */
export function standIn(tool: string, args: JsonObject): Definition {
  return { kind: 'tool', name: tool, body: { name: tool, inputSchema: shapeOf(args, 0) } };
}

function shapeOf(value: JsonValue | undefined, depth: number): JsonObject {
  if (depth > DEPTH_MAX) return ANYTHING;
  if (Array.isArray(value)) {
    const shapes = value.slice(0, ITEMS_MAX).map((item) => shapeOf(item, depth + 1));
    return shapes.length === 0 ? ANYTHING : { items: { anyOf: shapes } };
  }
  if (!isObject(value)) return ANYTHING;
  const properties: Record<string, JsonObject> = {};
  for (const key of Object.keys(value)) properties[key] = shapeOf(value[key], depth + 1);
  return { properties, additionalProperties: true };
}
