import { readBody } from '../../audit/match.ts';
import type { RecordLog } from '../../audit/record.ts';
import { own, type JsonObject } from '../../core/json.ts';
import type { Pin } from '../../integrity/ports.ts';

/** Somebody who called what a pin is about. */
export interface PinCaller {
  readonly principal: string;
  /** Public id of the key; null for other proofs. */
  readonly keyId: string | null;
  readonly calls: number;
  readonly lastAtMs: number;
}

/** Forwarded calls that are looked at, the newest first. */
export const CALLS_READ_MAX = 10_000;

/**
 * Who called it, by the audit log, the most frequent first; of the server itself: who called anything of it.
 * @param log null: nothing was ever recorded
 * @throws Fault('store_failed')
 */
export async function callersOf(log: Pick<RecordLog, 'query'> | null, pin: Pin): Promise<PinCaller[]> {
  if (log === null) return [];
  const found = new Map<string, PinCaller>();
  const { gateway, upstream: server, name } = pin;
  const which = { kinds: ['intend'], gateway, server, newestFirst: true, limit: CALLS_READ_MAX } as const;
  for await (const record of log.query(pin.kind === 'server' ? which : { ...which, target: name })) {
    const body = readBody(record.body);
    if (body === null) continue;
    const principal = textOf(body, 'principal') ?? '';
    const keyId = textOf(body, 'keyId');
    const key = JSON.stringify([principal, keyId]);
    const known = found.get(key);
    const lastAtMs = Math.max(known?.lastAtMs ?? 0, Number(own(body, 'atMs') ?? 0));
    found.set(key, { principal, keyId, calls: (known?.calls ?? 0) + 1, lastAtMs });
  }
  return [...found.values()].toSorted((a, b) => b.calls - a.calls);
}

function textOf(body: JsonObject, field: string): string | null {
  const value = own(body, field);
  return typeof value === 'string' ? value : null;
}
