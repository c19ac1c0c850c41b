import { isObject, own } from '../../core/json.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';

/** What a local reference (`#`, `#/$defs/x`; RFC 6901 in a fragment) points to; undefined when to nothing. */
export function resolvePointer(root: JsonObject, reference: string): JsonValue | undefined {
  let node: JsonValue | undefined = root;
  for (const step of reference.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(node)) node = node[Number(name)];
    else node = isObject(node) ? own(node, name) : undefined;
  }
  return node;
}
