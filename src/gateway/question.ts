import type { Finding } from '../core/decision.ts';
import type { Question } from '../policy/policy.ts';
import type { Located } from './resolve.ts';
import type { GatewaySnapshot } from './snapshot.ts';

/** The facts that rules may read about this call. */
export function question(
  { call, served, roots }: Pick<Located, 'call' | 'served' | 'roots'>,
  gateway: GatewaySnapshot,
  findings: readonly Finding[],
  nowMs: number,
  history?: Question['history'],
): Question {
  return {
    gateway: gateway.name,
    method: call.method,
    server: call.upstream,
    target: call.upstreamTarget,
    arguments: call.arguments,
    definition: call.definition,
    hintsContradicted: served?.hints.contradicted ?? false,
    pinState: call.pinState,
    caller: call.caller,
    client: call.client,
    nowMs,
    environment: gateway.environment,
    findings,
    roots,
    ...(history ? { history } : {}),
  };
}
