import { isObject, type JsonObject } from '../core/json.ts';
import { OWN_TYPES } from './conditions/own-types.ts';
import type { Rule } from './rule.ts';

/** An argument that some rule reads as more than text. */
export interface RuledArgument {
  /** `path`, `files[*].path`. */
  readonly argument: string;
  /** Name of a guard's type. */
  readonly type: string;
  /** The condition as it was written, tuning (`base`, `dialect`) included. */
  readonly condition: JsonObject;
}

/**
 * Which arguments of a tool its rules read as a guard's type. Rules whose target does not fit are left out, what else
 * they ask is not looked at: how an argument is to be read does not depend on who calls. `string`, `number` and `enum`
 * declare nothing, so that a pattern in a rule never takes an argument from its guard; nor does `**`, which names all.
 * @returns in the order of the rules
 */
export function declaredTypes(rules: readonly Rule[], server: string | null, tool: string): readonly RuledArgument[] {
  const question = { method: 'tools/call', server, target: { kind: 'tool', name: tool } } as const;
  return rules
    .filter((rule) => rule.target.test(question))
    .flatMap((rule) => [rule.match, ...rule.unless].flat())
    .flatMap(({ argument, written }) => {
      if (argument === null || argument.includes('**') || !isObject(written)) return [];
      const type = written['type'];
      return typeof type === 'string' && !Object.hasOwn(OWN_TYPES, type)
        ? [{ argument, type, condition: written }]
        : [];
    });
}
