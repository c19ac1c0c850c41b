/** A JSON value as `JSON.parse` gives it. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
/** A JSON object; a key with `undefined` counts as absent. Read keys from outside with `own`. */
export interface JsonObject {
  [key: string]: JsonValue | undefined;
}

/** Whether `value` is an object in JSON's sense: neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Whether `value` is a number that JavaScript cannot hold, kept as its source text (a raw JSON value, ECMAScript 2026):
 * a frozen object to everybody but `JSON.stringify`, which writes the text.
 */
export function isRawNumber(value: JsonValue): boolean {
  // not yet in TypeScript's library
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value);
}

/** An own property of `object`, so that `constructor` and `__proto__` are never found by accident. */
export function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
