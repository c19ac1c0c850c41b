import type { Guard } from './guard.ts';
import { pathGuard } from './path/guard.ts';
import { urlGuard } from './url/guard.ts';

/** Every kind of argument that can be read. A new one is one file and one line here. */
export const GUARDS = [pathGuard, urlGuard] as const satisfies readonly Guard[];

export type GuardName = (typeof GUARDS)[number]['name'];

export function guardNamed(name: string): Guard | null {
  return GUARDS.find((guard) => guard.name === name) ?? null;
}
