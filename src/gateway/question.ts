import type { Resolved } from '../core/call.ts';
import type { Finding } from '../core/decision.ts';
import type { Question } from '../policy/policy.ts';
import type { Rooms } from './rooms.ts';
import type { GatewaySnapshot } from './snapshot.ts';

/** The facts that rules may read about this call. */
export function question(
  call: Resolved,
  gateway: GatewaySnapshot,
  findings: readonly Finding[],
  rooms: Rooms,
): Question {
  return {
    gateway: gateway.name,
    method: call.method,
    server: call.upstream,
    target: call.upstreamTarget,
    arguments: call.arguments,
    definition: call.definition,
    pinState: call.pinState,
    caller: call.caller,
    client: call.client,
    nowMs: rooms.clock.nowMs(),
    environment: gateway.environment,
    findings,
    roots: rooms.upstreams.settings(call.upstream)?.roots ?? [],
  };
}
