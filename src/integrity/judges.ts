import type { JsonObject } from '../core/json.ts';
import { compareSchemas } from './drift-schema.ts';
import { compareDefinitions } from './drift.ts';
import { contextOf, inspectDefinition } from './inspect.ts';
import type { Judges, Sighting } from './pins.ts';

/** The names around a definition. */
export interface Neighbourhood {
  /** Tools of the same upstream. */
  readonly own: readonly string[];
  /** Approved tools of other upstreams behind the same gateway. */
  readonly trusted: readonly string[];
}

/** The judges as the pins ask them; the names around are prepared once for the whole list. */
export function createJudges(around: Neighbourhood): Judges {
  const context = contextOf({ ...around, strict: false });
  return {
    first({ key, body }) {
      const { verdict, findings } = inspectDefinition(key.kind, key.name, body, context);
      return { verdict, findings };
    },
    change(before, { key, body }) {
      const { class: drift, compatible, findings } = compareDefinitions(key.kind, key.name, before, body, context);
      return { drift, compatible, findings };
    },
  };
}

/** Whether calls made for `before` still mean the same to a server that now offers `after`. */
export function isCompatible(before: JsonObject, after: Sighting): boolean {
  return after.key.kind !== 'tool' || compareSchemas(before, after.body).compatible;
}
