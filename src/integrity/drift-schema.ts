import { canonicalJson } from '../core/canonical-json.ts';
import { isObject, own, type JsonObject, type JsonValue } from '../core/json.ts';
import type { Change } from './change.ts';

export interface SchemaDrift {
  readonly changes: readonly Change[];
  /** Whether a call that was right for the old schema means the same under the new one. */
  readonly compatible: boolean;
}

interface Comparison {
  readonly changes: Change[];
  compatible: boolean;
}

const DEPTH_MAX = 16;
/** Switches that make a call milder: a server that no longer knows them does the full deed. */
const BRAKE =
  /dry_?run|preview|confirm|simulate|check_?only|read_?only|validate_?only|no_?op|safe|limit|max|force|recursive|test/i;

/** Compares what a tool demands and returns. */
export function compareSchemas(before: JsonObject, after: JsonObject): SchemaDrift {
  const comparison: Comparison = { changes: [], compatible: true };
  compareObject(comparison, schemaOf(before, 'inputSchema'), schemaOf(after, 'inputSchema'), 'inputSchema', 0);
  compareOutput(comparison, own(before, 'outputSchema'), own(after, 'outputSchema'));
  return comparison;
}

function schemaOf(body: JsonObject, field: string): JsonObject {
  const schema = own(body, field);
  return isObject(schema) ? schema : {};
}

function compareOutput(comparison: Comparison, before: JsonValue | undefined, after: JsonValue | undefined): void {
  if (isObject(before) && after === undefined)
    comparison.changes.push({ at: 'outputSchema', class: 'review', why: 'results are no longer described' });
  else if (isObject(before) && isObject(after)) {
    const old = propertiesOf(before);
    const now = propertiesOf(after);
    for (const key of Object.keys(old)) {
      if (!Object.hasOwn(now, key) || typeOf(old[key]) === typeOf(now[key])) continue;
      comparison.changes.push({
        at: `outputSchema.properties.${key}`,
        class: 'harmless',
        why: `the type of \`${key}\` in results changed`,
      });
    }
  }
}

function compareObject(comparison: Comparison, before: JsonObject, after: JsonObject, at: string, depth: number): void {
  if (depth > DEPTH_MAX) return;
  const old = propertiesOf(before);
  const now = propertiesOf(after);
  const required = requiredOf(before);
  for (const key of requiredOf(after)) {
    if (!required.has(key)) demand(comparison, key, at, Object.hasOwn(old, key));
  }
  for (const key of Object.keys(old)) {
    const path = `${at}.properties.${key}`;
    if (!Object.hasOwn(now, key)) drop(comparison, key, path, required.has(key), old[key]);
    else compareProperty(comparison, old[key], now[key], path, depth);
  }
  for (const key of Object.keys(now)) {
    if (!Object.hasOwn(old, key))
      comparison.changes.push({ at: `${at}.properties.${key}`, class: 'harmless', why: `\`${key}\` is new` });
  }
  if (own(before, 'additionalProperties') === false && own(after, 'additionalProperties') !== false)
    comparison.changes.push({
      at: `${at}.additionalProperties`,
      class: 'review',
      why: 'undeclared arguments are accepted now',
    });
}

function demand(comparison: Comparison, key: string, at: string, known: boolean): void {
  comparison.compatible = false;
  const why = known ? `\`${key}\` was optional and is required now` : `\`${key}\` is new and required`;
  comparison.changes.push({ at: `${at}.properties.${key}`, class: known ? 'review' : 'dangerous', why });
}

function drop(comparison: Comparison, key: string, at: string, required: boolean, schema: JsonValue | undefined): void {
  const brake = BRAKE.test(key) && typeOf(schema) === '"boolean"';
  if (required || brake) comparison.compatible = false;
  const why = required ? `\`${key}\` was required and is gone` : `\`${key}\` is gone`;
  comparison.changes.push({ at, class: required || brake ? 'review' : 'harmless', why });
}

function compareProperty(
  comparison: Comparison,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  at: string,
  depth: number,
): void {
  if (!isObject(before) || !isObject(after)) return;
  const old = typeOf(before);
  const now = typeOf(after);
  if (old !== now && !widens(before, after)) {
    comparison.compatible = false;
    comparison.changes.push({ at, class: 'dangerous', why: 'the type changed' });
  }
  for (const limit of ['enum', 'pattern', 'const', 'format', 'maxLength']) {
    if (own(before, limit) === undefined || own(after, limit) !== undefined) continue;
    comparison.changes.push({ at, class: 'review', why: `the limit \`${limit}\` is gone` });
  }
  compareDefaults(comparison, before, after, at);
  compareObject(comparison, before, after, at, depth + 1);
  compareProperty(comparison, own(before, 'items'), own(after, 'items'), `${at}.items`, depth + 1);
}

/** A default decides for everyone who says nothing; one that names a place or an address is an order. */
function compareDefaults(comparison: Comparison, before: JsonObject, after: JsonObject, at: string): void {
  const value = own(after, 'default');
  if (value === undefined || canonicalJson(value) === canonicalJson(own(before, 'default') ?? null)) return;
  const telling = typeof value === 'string' && /[/@:~\\]/.test(value) && value.length > 3;
  const flipped = typeof value === 'boolean' && typeof own(before, 'default') === 'boolean';
  if (telling || flipped) comparison.changes.push({ at: `${at}.default`, class: 'review', why: 'the default changed' });
}

/** `string` to `string or null` accepts all that was accepted. */
function widens(before: JsonObject, after: JsonObject): boolean {
  const old = typesOf(before);
  const now = typesOf(after);
  if (old.length === 0) return true;
  return now.length > 0 && old.every((type) => now.includes(type) || (type === 'integer' && now.includes('number')));
}

function typesOf(schema: JsonObject): string[] {
  const type = own(schema, 'type');
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.filter((t) => typeof t === 'string');
  const branches = own(schema, 'anyOf') ?? own(schema, 'oneOf');
  return Array.isArray(branches) ? branches.filter(isObject).flatMap(typesOf) : [];
}

function typeOf(schema: JsonValue | undefined): string {
  return isObject(schema) ? canonicalJson(own(schema, 'type') ?? null) : '';
}

function propertiesOf(schema: JsonObject): JsonObject {
  const properties = own(schema, 'properties');
  return isObject(properties) ? properties : {};
}

function requiredOf(schema: JsonObject): ReadonlySet<string> {
  const required = own(schema, 'required');
  return new Set(Array.isArray(required) ? required.filter((key) => typeof key === 'string') : []);
}
