import type { JsonValue } from '../core/json.ts';
import { guardNamed } from '../guards/guards.ts';
import type { DeclaredType } from '../guards/typing.ts';
import type { Policy } from '../policy/policy.ts';

/** What preparing guards asks of the policy in force. */
export type Typing = Pick<Policy, 'declaredTypes'>;

/**
 * How the URI of a resource is read, as an argument `uri`. One that the server lists is its own word; any other was
 * chosen by the caller and is read like an argument.
 */
export function typeOfUri(uri: string, isListed: boolean): DeclaredType {
  const type = isListed ? 'string' : /^\s*file:/i.test(uri) ? 'path' : 'url';
  return { argument: 'uri', type, tuning: {} };
}

/** Types that a policy's rules give to a tool's arguments; the first rule that types an argument counts. */
export function typesOfRules(policy: Typing, server: string | null, tool: string): DeclaredType[] {
  const declared = new Map<string, DeclaredType>();
  for (const { argument, type, condition } of policy.declaredTypes(server, tool)) {
    const guard = guardNamed(type);
    if (guard === null || declared.has(argument)) continue;
    const tuning = guard.type.tuningKeys.flatMap((key): [string, JsonValue][] => {
      const value = condition[key];
      return value === undefined ? [] : [[key, value]];
    });
    declared.set(argument, { argument, type, tuning: Object.fromEntries(tuning) });
  }
  return [...declared.values()];
}
