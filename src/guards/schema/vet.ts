/**
 * Makes a stranger's schema safe to compile. In: `inputSchema` as the server sent it. Out: a copy with only known
 * keywords of the right form, bounded in size, closed to undeclared properties at the top, and what checking
 * it may cost. Must never happen here: fetching a reference, or passing on what is not understood.
 */
import { isObject, own } from '../../core/json.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { ENDLESS, ratesOf } from './cost.ts';
import type { Rates } from './cost.ts';
import { JSON_TYPES, KEYWORD_FORMS, NAME_MAPS } from './keywords-table.ts';
import type { Keyword } from './keywords-table.ts';
import { planPattern } from './pattern.ts';
import type { PatternPlan } from './pattern.ts';

export interface SchemaLimits {
  /** Subschemas, and a tenth for each name or allowed value. */
  readonly nodesMax: number;
  readonly depthMax: number;
}

export const SCHEMA_LIMITS: SchemaLimits = { nodesMax: 5000, depthMax: 48 };

/**
 * The validator makes one pattern of the names of an object with `additionalProperties`. The engine compiles it when it
 * is first used, at about 1 µs a character, and nothing interrupts it: an object may have as many, and a schema that
 * has more in all is checked under the time limit, which falls between two of them.
 */
const NAMES_CHARS_MAX = 20_000;

/** A schema is not usable: too large, refers elsewhere, not a schema at all. One sentence. */
export class SchemaRefused extends Error {
  override readonly name = 'SchemaRefused';
}

/** Like JSON, but a pattern is a matcher whose time is bounded. */
export type VettedSchema = boolean | { readonly [keyword: string]: unknown };

export interface Vetted {
  readonly schema: VettedSchema;
  readonly rates: Rates;
  /** What was left out because it means nothing in JSON Schema; one line each. */
  readonly notes: readonly string[];
}

/** @throws SchemaRefused */
export function vetSchema(source: JsonObject, limits: SchemaLimits = SCHEMA_LIMITS): Vetted {
  const vetting = new Vetting(limits, own(source, '$id'));
  const schema = closeTop(vetting.copy(source, 0), source);
  vetting.joinNames(schema);
  const slow = vetting.namesChars > NAMES_CHARS_MAX;
  return { schema, rates: slow ? ENDLESS : ratesOf(schema, vetting), notes: vetting.notes };
}

const COMPOSITION = [
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'then',
  'else',
  '$ref',
  '$dynamicRef',
  'dependentSchemas',
  'dependencies',
] as const;
const OPENNESS = ['additionalProperties', 'unevaluatedProperties', 'patternProperties'] as const;

/**
 * Refuses undeclared properties at the top unless the schema speaks of them itself. `{ "type": "object" }` without
 * `properties` accepts any object, as the MCP specification says of it (Tools, Data Types).
 */
function closeTop(schema: VettedSchema, source: JsonObject): VettedSchema {
  if (typeof schema === 'boolean') return schema;
  const composed = COMPOSITION.some((keyword) => Object.hasOwn(source, keyword));
  const open = OPENNESS.some((keyword) => Object.hasOwn(source, keyword));
  if (open || (!composed && !Object.hasOwn(source, 'properties'))) return schema;
  return { ...schema, [composed ? 'unevaluatedProperties' : 'additionalProperties']: false };
}

class Vetting {
  readonly notes: string[] = [];
  namesChars = 0;
  readonly schemas = new Set<unknown>();
  readonly patternRates = new Map<unknown, Rates>();
  readonly #limits: SchemaLimits;
  readonly #rootId: JsonValue | undefined;
  readonly #plans = new Map<string, PatternPlan>();
  #nodes = 0;
  #innerIds = 0;
  #references = 0;

  constructor(limits: SchemaLimits, rootId: JsonValue | undefined) {
    this.#limits = limits;
    this.#rootId = rootId;
  }

  copy(source: JsonValue | undefined, depth: number): VettedSchema {
    if (typeof source === 'boolean') return source;
    if (!isObject(source)) throw new SchemaRefused('a part of the schema is neither an object nor true or false');
    if (depth > this.#limits.depthMax)
      throw new SchemaRefused(`the schema nests deeper than ${this.#limits.depthMax} levels`);
    this.#count(1);
    if (depth > 0 && Object.hasOwn(source, '$id')) this.#innerIds++;
    const target: Record<string, unknown> = {};
    this.schemas.add(target);
    for (const keyword of Object.keys(source)) {
      if (!isKeyword(keyword)) continue;
      const value = this.#keyword(keyword, source[keyword] ?? null, depth, source);
      if (value !== undefined) target[keyword] = value;
    }
    if (this.#innerIds > 0 && this.#references > 0)
      throw new SchemaRefused('the schema has references and an `$id` inside, which change what they mean');
    if (depth > 0) this.joinNames(target);
    return target;
  }

  joinNames(schema: VettedSchema): void {
    if (typeof schema === 'boolean' || schema['additionalProperties'] === undefined) return;
    const names = [schema['patternProperties'], schema['properties']].flatMap((map) => Object.keys(map ?? {}));
    const chars = names.reduce((sum, name) => sum + name.length, 0);
    if (chars > NAMES_CHARS_MAX)
      throw new SchemaRefused(`the properties of one object have names of more than ${NAMES_CHARS_MAX} characters`);
    this.namesChars += chars;
  }

  #count(nodes: number): void {
    this.#nodes += nodes;
    if (this.#nodes > this.#limits.nodesMax)
      throw new SchemaRefused(`the schema has more than ${this.#limits.nodesMax} parts`);
  }

  #keyword(keyword: Keyword, value: JsonValue, depth: number, source: JsonObject): unknown {
    const form = KEYWORD_FORMS[keyword];
    switch (form) {
      case 'schema':
        return this.copy(value, depth + 1);
      case 'schema-or-list':
        return Array.isArray(value) ? this.#list(value, depth) : this.copy(value, depth + 1);
      case 'list':
        return Array.isArray(value) ? this.#list(value, depth) : this.#malformed(keyword);
      case 'map':
        return this.#map(keyword, value, depth);
      case 'reference':
        return this.#reference(value);
      case 'pattern':
        return this.#pattern(value);
      case 'type':
        return this.#type(value);
      case 'number':
        return this.#number(keyword, value, source);
      default:
        return this.#plain(keyword, form, value);
    }
  }

  #list(value: readonly JsonValue[], depth: number): readonly VettedSchema[] {
    return value.map((item) => this.copy(item, depth + 1));
  }

  #map(keyword: Keyword, value: JsonValue, depth: number): unknown {
    if (!isObject(value)) return this.#malformed(keyword);
    const target: Record<string, unknown> = Object.create(null);
    for (const [name, item] of Object.entries(value)) {
      if (keyword === 'patternProperties') this.#namePattern(name);
      const names = NAME_MAPS.has(keyword) && Array.isArray(item);
      const copied = names ? this.#plain(keyword, 'names', item) : this.copy(item, depth + 1);
      if (copied !== undefined) target[name] = copied;
    }
    return target;
  }

  /** The validator compiles these itself, so only the native engine is to be had: bounded by form, or by time. */
  #namePattern(source: string): void {
    const plan = this.#plan(source);
    if (plan.engine === 'refused') throw new SchemaRefused(`${plan.why}, in \`patternProperties\``);
    if (nativeOf(source, 'u') === null)
      throw new SchemaRefused('`patternProperties` has a pattern that is not an ECMAScript pattern');
    if (plan.engine === 'native') this.patternRates.set(source, plan.rates);
  }

  #plan(source: string): PatternPlan {
    const plan = this.#plans.get(source) ?? planPattern(source);
    this.#plans.set(source, plan);
    return plan;
  }

  #reference(value: JsonValue): string {
    this.#references++;
    if (typeof value !== 'string') throw new SchemaRefused('a reference is not a string');
    const base = typeof this.#rootId === 'string' ? this.#rootId.replace(/#$/, '') : '';
    const local = base !== '' && value.startsWith(base) ? value.slice(base.length) || '#' : value;
    if (!local.startsWith('#')) throw new SchemaRefused('the schema refers to another document, which is not fetched');
    return local;
  }

  #pattern(value: JsonValue): RegExp {
    if (typeof value !== 'string') throw new SchemaRefused('`pattern` is not a string');
    const plan = this.#plan(value);
    if (plan.engine === 'refused') throw new SchemaRefused(plan.why);
    const matcher = plan.engine === 're2' ? plan.matcher : (nativeOf(value, 'u') ?? nativeOf(value, ''));
    if (matcher === null) throw new SchemaRefused('a pattern is not a regular expression');
    if (plan.engine !== 'timed') this.patternRates.set(matcher, plan.rates);
    return matcher;
  }

  #type(value: JsonValue): unknown {
    const names = (Array.isArray(value) ? value : [value]).filter((name) => typeof name === 'string');
    const known = names.filter((name) => JSON_TYPES.has(name));
    if (known.length > 0 && known.length === names.length) return known.length === 1 ? known[0] : known;
    this.notes.push(`\`type: ${names.join(', ')}\` is no type of JSON Schema and was not checked`);
    return undefined;
  }

  /** Draft-04 wrote exclusive bounds as a flag beside the bound. */
  #number(keyword: Keyword, value: JsonValue, source: JsonObject): unknown {
    if (typeof value === 'number') return value;
    if (typeof value !== 'boolean' || !keyword.startsWith('exclusive')) return this.#malformed(keyword);
    const bound = own(source, keyword === 'exclusiveMinimum' ? 'minimum' : 'maximum');
    return value && typeof bound === 'number' ? bound : undefined;
  }

  #plain(keyword: Keyword, form: 'boolean' | 'names' | 'values' | 'value' | 'text', value: JsonValue): unknown {
    if (form === 'value') return value;
    if (form === 'boolean' && typeof value === 'boolean') return value;
    if (form === 'text' && typeof value === 'string') return value;
    if (form === 'values' && Array.isArray(value)) return this.#counted(value);
    if (form === 'names' && Array.isArray(value) && value.every((name) => typeof name === 'string'))
      return this.#counted(value);
    return this.#malformed(keyword);
  }

  #counted(values: readonly JsonValue[]): readonly JsonValue[] {
    this.#count(values.length / 10);
    return values;
  }

  #malformed(keyword: Keyword): undefined {
    this.notes.push(`\`${keyword}\` does not have the form that JSON Schema gives it and was not checked`);
    return undefined;
  }
}

function isKeyword(name: string): name is Keyword {
  return Object.hasOwn(KEYWORD_FORMS, name);
}

function nativeOf(source: string, flags: string): RegExp | null {
  try {
    return new RegExp(source, flags);
  } catch {
    return null;
  }
}
