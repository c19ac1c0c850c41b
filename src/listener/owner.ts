import type { Principal } from '../core/principal.ts';

/** A text that is the same for the same principal only; sessions and limits belong to it. */
export function ownerOf(principal: Principal): string {
  const own = `${principal.kind} ${JSON.stringify(principal.id)}`;
  return principal.onBehalfOf === undefined ? own : `${own} for ${ownerOf(principal.onBehalfOf)}`;
}
