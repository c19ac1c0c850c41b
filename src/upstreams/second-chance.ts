import { Fault } from '../core/fault.ts';
import { isModernError, RPC } from '../mcp/json-rpc.ts';
import type { Era } from '../mcp/revisions.ts';
import { HttpRefused, SessionLost } from './transports/wire-faults.ts';

/**
 * What has to be put right before a call is sent once more. Only where the server refused it unread, or where sending
 * it twice does no harm.
 */
export type SecondChance = 'refresh-list' | 'probe-again' | 'new-session' | 'send-again';

/** Methods that change nothing (a broken modern stream is a lost call; 2026-07-28, changelog 9). */
const READS = new Set(['resources/read', 'prompts/get', 'completion/complete', 'tasks/get']);

/** Statuses with which a server that is not modern refuses a modern message. */
const FOREIGN = new Set([400, 404, 405]);

/** After an error answer; null when it is the answer. */
export function afterError(code: number, era: Era): SecondChance | null {
  if (era === 'legacy') return isModernError(code) ? 'probe-again' : null;
  if (code === RPC.headerMismatch) return 'refresh-list';
  return code === RPC.unsupportedVersion ? 'probe-again' : null;
}

/** After a fault; null when it is final. */
export function afterFault(error: unknown, method: string, era: Era, wire: string): SecondChance | null {
  if (error instanceof SessionLost) return 'new-session';
  if (error instanceof HttpRefused) return era === 'modern' && FOREIGN.has(error.status) ? 'probe-again' : null;
  const broken = error instanceof Fault && error.code === 'upstream_closed' && wire === 'streamable-http';
  return broken && READS.has(method) ? 'send-again' : null;
}
