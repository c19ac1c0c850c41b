import type { JsonObject } from '../core/json.ts';
import { isObject, own } from '../core/json.ts';

/** A tool's behaviour as a policy may assume it. */
export interface Hints {
  readonly readOnly: boolean;
  readonly destructive: boolean;
  readonly idempotent: boolean;
  readonly openWorld: boolean;
}

/** What is assumed of a tool that says nothing of itself (specification 2026-07-28, `ToolAnnotations` defaults). */
export const WORST_HINTS: Hints = { readOnly: false, destructive: true, idempotent: false, openWorld: true };

/** The declared hints; whatever is absent or of the wrong type is the worst case. */
export function declaredHints(tool: JsonObject): Hints {
  const annotations = own(tool, 'annotations');
  if (!isObject(annotations)) return WORST_HINTS;
  const readOnly = own(annotations, 'readOnlyHint') === true;
  return {
    readOnly,
    destructive: !readOnly && own(annotations, 'destructiveHint') !== false,
    idempotent: own(annotations, 'idempotentHint') === true,
    openWorld: own(annotations, 'openWorldHint') !== false,
  };
}
