import { isObject, type JsonObject } from '../../src/core/json.ts';
import { contextOf, inspectDefinition } from '../../src/integrity/inspect.ts';

/** What a row says beside the definition. */
const BESIDE = new Set(['label', 'category', 'class', 'source', 'risk', 'scored', 'date', 'context', 'server']);

/** Whether a definition would be shown to a person or blocked. */
export function tool(row: JsonObject): boolean | null {
  const { name, context } = row;
  if (typeof name !== 'string') return null;
  const definition = Object.fromEntries(Object.entries(row).filter(([key]) => !BESIDE.has(key)));
  const names = isObject(context) ? context['trusted_names'] : undefined;
  const trusted = Array.isArray(names) ? names.filter((one) => typeof one === 'string') : [];
  return inspectDefinition('tool', name, definition, contextOf({ own: [], trusted, strict: true })).verdict !== 'allow';
}
