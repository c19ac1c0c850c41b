/**
 * What a check may cost, before it runs. In: a vetted schema, once; then arguments. Out: an upper bound of the steps
 * that checking them takes. Must never happen here: a count that a hostile schema or hostile arguments can outrun.
 */
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { KEYWORD_FORMS } from './keywords-table.ts';
import type { Keyword } from './keywords-table.ts';
import { resolvePointer } from './pointer.ts';

/** Upper bounds: every subschema may meet every part of the arguments. A step takes some 10 ns, 80 ns at most. */
export interface Rates {
  /** Steps for each value, and for each name of a property. */
  readonly perValue: number;
  /** Steps for each character of texts and names. */
  readonly perCharacter: number;
}

/** What the vetting of a schema learned of it. */
export interface Vetting {
  /** Every object that was vetted as a schema: nothing else may be referred to. */
  readonly schemas: ReadonlySet<unknown>;
  /** By the matcher of each pattern, or by its text in `patternProperties`. */
  readonly patternRates: ReadonlyMap<unknown, Rates>;
}

const NONE: Rates = { perValue: 0, perCharacter: 0 };
const ONE: Rates = { perValue: 1, perCharacter: 0 };
export const ENDLESS: Rates = { perValue: Infinity, perCharacter: 0 };
/** What native patterns take to be called, and names to be listed for it. */
export const NATIVE_CALL_STEPS = 50;
export const RE2_CALL_STEPS = 500;
/** Each value is serialised to a hash. */
const UNIQUE: Rates = { perValue: 100, perCharacter: 2 };
/** These list the names of an object anew. */
const LISTING: Rates = { perValue: 10, perCharacter: 0 };
const LISTING_KEYWORDS: ReadonlySet<string> = new Set<Keyword>([
  'minProperties',
  'maxProperties',
  'propertyNames',
  'dependencies',
  'dependentSchemas',
  'dependentRequired',
  'unevaluatedProperties',
]);
/** Where anything is `unevaluated`, every step keeps sets of what was evaluated. */
const UNEVALUATED_FACTOR = 20;
/** `minContains` and `maxContains` each count again. */
const CONTAINS_FACTOR = 3;
/** Texts of one length are compared many characters at once. */
const COMPARED_CHARACTER = 0.1;
/** What is written otherwise may be read otherwise by the validator, and is not worth following here. */
const PLAIN_REFERENCE = /^#(?:\/[\w$.~/-]*)?$/;

/** Linear in the size of the schema: costs are kept, and each reference counts as often as it is followed. */
export function ratesOf(schema: unknown, vetting: Vetting): Rates {
  if (!isVetted(schema)) return ONE;
  const counted = new Count(schema, vetting);
  const { perValue, perCharacter } = counted.schema(schema);
  return { perValue: perValue * (counted.unevaluated ? UNEVALUATED_FACTOR : 1), perCharacter };
}

/** @returns the steps for `value`, or the first sum over `stepsMax`: no more than that many parts are looked at */
export function stepsFor(value: JsonValue | undefined, rates: Rates, stepsMax: number): number {
  const { perValue, perCharacter } = rates;
  if (typeof value === 'string') return perValue + perCharacter * value.length;
  if (typeof value !== 'object' || value === null) return perValue;
  let steps = perValue;
  if (Array.isArray(value)) {
    const items: readonly JsonValue[] = value;
    for (let i = 0; i < items.length && steps <= stepsMax; i++) steps += stepsFor(items[i], rates, stepsMax - steps);
    return steps;
  }
  const object = value as JsonObject; // no list
  for (const name in object) {
    if (steps > stepsMax) break;
    steps += perValue + perCharacter * name.length;
    steps += stepsFor(object[name], rates, stepsMax - steps);
  }
  return steps;
}

type Vetted = Readonly<Record<string, unknown>>;

class Count {
  unevaluated = false;
  readonly #root: Vetted;
  readonly #vetting: Vetting;
  readonly #known = new Map<Vetted, Rates>();

  constructor(root: Vetted, vetting: Vetting) {
    this.#root = root;
    this.#vetting = vetting;
  }

  schema(node: unknown): Rates {
    if (!isVetted(node)) return ONE;
    const known = this.#known.get(node);
    if (known) return known;
    this.#known.set(node, ENDLESS);
    let rates = plus(ONE, this.#names(node));
    for (const [keyword, value] of Object.entries(node)) {
      rates = plus(rates, this.#keyword(keyword as Keyword, value)); // vetted: no other
      if (LISTING_KEYWORDS.has(keyword)) rates = plus(rates, LISTING);
    }
    this.#known.set(node, rates);
    return rates;
  }

  #keyword(keyword: Keyword, value: unknown): Rates {
    if (keyword === '$defs' || keyword === 'definitions') return NONE;
    if (keyword === 'contains') return times(this.schema(value), CONTAINS_FACTOR);
    if (keyword === 'uniqueItems') return UNIQUE;
    if (keyword === 'minLength' || keyword === 'maxLength') return { perValue: 1, perCharacter: 1 };
    if (keyword.startsWith('unevaluated')) this.unevaluated = true;
    switch (KEYWORD_FORMS[keyword]) {
      case 'schema':
        return this.schema(value);
      case 'schema-or-list':
      case 'list':
        return Array.isArray(value) ? sum(value, (item) => this.schema(item)) : this.schema(value);
      case 'map': {
        const items: unknown[] = Object.values(value as object); // vetted: a map
        return sum(items, (item) => (Array.isArray(item) ? partsOf(item) : this.schema(item)));
      }
      case 'reference':
        return this.#reference(keyword, value);
      case 'pattern':
        return this.#pattern(value);
      default:
        return partsOf(value);
    }
  }

  /** Names that each property is compared with, one by one: once for their schemas, once for what is additional. */
  #names({ patternProperties = {}, properties = {}, additionalProperties }: Vetted): Rates {
    const patterns = sum(Object.keys(patternProperties as object), (pattern) => this.#pattern(pattern));
    if (additionalProperties === undefined) return patterns;
    const declared = Object.keys(properties as object).length;
    return plus(times(patterns, 2), {
      perValue: NATIVE_CALL_STEPS + declared,
      perCharacter: COMPARED_CHARACTER * declared,
    });
  }

  #pattern(pattern: unknown): Rates {
    return this.#vetting.patternRates.get(pattern) ?? ENDLESS;
  }

  /** Anchors are rare and not worth following here. At the root they go before what a pointer says. */
  #reference(keyword: Keyword, reference: unknown): Rates {
    const anchored = Object.hasOwn(this.#root, '$anchor') || Object.hasOwn(this.#root, '$dynamicAnchor');
    if (keyword !== '$ref' || anchored || typeof reference !== 'string' || !PLAIN_REFERENCE.test(reference))
      return ENDLESS;
    const target = resolvePointer(this.#root as JsonObject, reference); // only walked, and what is found is looked up
    return typeof target === 'boolean' || this.#vetting.schemas.has(target) ? this.schema(target) : ENDLESS;
  }
}

function isVetted(node: unknown): node is Vetted {
  return typeof node === 'object' && node !== null;
}

/** Values that are compared with, part by part. */
function partsOf(value: unknown): Rates {
  if (typeof value === 'string') return { perValue: 1, perCharacter: COMPARED_CHARACTER };
  return isVetted(value) ? plus(ONE, sum(Object.values(value), partsOf)) : ONE;
}

function sum<Item>(items: readonly Item[], rate: (item: Item) => Rates): Rates {
  return items.reduce((total, item) => plus(total, rate(item)), NONE);
}

function plus(one: Rates, other: Rates): Rates {
  return { perValue: one.perValue + other.perValue, perCharacter: one.perCharacter + other.perCharacter };
}

function times({ perValue, perCharacter }: Rates, factor: number): Rates {
  return { perValue: perValue * factor, perCharacter: perCharacter * factor };
}
