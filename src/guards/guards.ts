import type { Guard } from './guard.ts';
import { pathGuard } from './path/guard.ts';
import { shellGuard } from './shell/guard.ts';
import { sqlGuard } from './sql/guard.ts';
import { startSql } from './sql/sql.ts';
import { urlGuard } from './url/guard.ts';

/** Every kind of argument that can be read. A new one is one file and one line here. */
export const GUARDS = [pathGuard, urlGuard, sqlGuard, shellGuard] as const satisfies readonly Guard[];

/** @returns null when there is no guard of that name */
export function guardNamed(name: string): Guard | null {
  return GUARDS.find((guard) => guard.name === name) ?? null;
}

/**
 * Loads what guards need before they can read: the SQL parsers. Until then SQL is unreadable, hence a finding.
 * @throws when a parser cannot be loaded
 */
export function warmGuards(): Promise<void> {
  return startSql();
}
