import { resolvePointer } from './pointer.ts';
import { isObject } from '../../core/json.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';

/** Subschemas that one value may pass before a check is put under a time limit. */
const STEPS_MAX = 2000;

/**
 * Whether checking one value against `root` could take long: references that form a circle, or that double at every
 * step. Counts each reference as often as it is followed; linear in the size of the schema, because costs are kept.
 */
export function isExpensive(root: JsonObject): boolean {
  const costs = new Map<JsonObject, number>();
  const visit = (node: JsonValue | undefined): number => {
    if (Array.isArray(node)) return node.reduce((sum: number, item) => sum + visit(item), 0);
    if (!isObject(node)) return 0;
    const known = costs.get(node);
    if (known !== undefined) return known;
    costs.set(node, Infinity);
    let cost = 1;
    for (const [keyword, value] of Object.entries(node)) {
      if (keyword === '$defs' || keyword === 'definitions' || keyword === 'enum' || keyword === 'const') continue;
      cost += keyword === '$ref' || keyword === '$dynamicRef' ? visitReference(root, value, visit) : visit(value);
    }
    costs.set(node, cost);
    return cost;
  };
  return visit(root) > STEPS_MAX;
}

/** Anchors are rare and not worth following here: they count as expensive. */
function visitReference(
  root: JsonObject,
  reference: JsonValue | undefined,
  visit: (node: JsonValue | undefined) => number,
): number {
  if (typeof reference !== 'string' || !/^#(?:\/|$)/.test(reference)) return Infinity;
  return visit(resolvePointer(root, reference));
}
