import type { KeyEntry } from '../../authn/ports.ts';
import type { Target } from '../../core/call.ts';
import type { PinState } from '../../core/definition.ts';
import { own, type JsonObject } from '../../core/json.ts';
import type { Principal } from '../../core/principal.ts';
import { judgedHints } from '../../integrity/judged-hints.ts';
import { mayServe, pinStateOf } from '../../integrity/pins.ts';
import type { Pin } from '../../integrity/ports.ts';
import { MODERN_REVISION } from '../../mcp/revisions.ts';
import type { Question } from '../../policy/policy.ts';
import type { GatewaySnapshot } from '../snapshot.ts';
import type { PinCaller } from './callers.ts';

/** What the policy of the gateway would let one principal do. Effects: `allow`, `require_approval`, `deny`. */
export interface Reach {
  readonly principal: string;
  /** With the approved definition, by any arguments; null when nothing is served now. */
  readonly now: readonly string[] | null;
  /** With the definition that waits, were it approved; null when none waits. */
  readonly approved: readonly string[] | null;
}

/** What is known of the world in which a policy is asked. */
export interface ReachWorld {
  readonly gateway: GatewaySnapshot;
  /** Declared roots of the upstream. */
  readonly roots: readonly string[];
  /** Keys that work now. */
  readonly keys: readonly Pick<KeyEntry, 'gateway' | 'principal'>[];
  readonly callers: readonly PinCaller[];
  readonly nowMs: number;
}

/** Principals asked about. */
const PRINCIPALS_MAX = 50;

/** Asks the policy with the arguments left open, once per principal that has a live key or called it. */
export function reachOf(pin: Pin, world: ReachWorld): readonly Reach[] {
  const about = targetOf(pin);
  if (about === null) return [];
  const served = mayServe(pin) ? pin.approved : null;
  return principalsOf(pin, world)
    .slice(0, PRINCIPALS_MAX)
    .map((principal) => {
      const ask = { ...about, pin, world, principal };
      const now = served && outcomes(ask, served.body, pinStateOf(pin));
      return { principal: principal.id, now, approved: pin.waiting && outcomes(ask, pin.waiting.body, 'pinned') };
    });
}

interface About {
  readonly kind: 'tool' | 'prompt' | 'resource';
  readonly method: string;
  readonly target: Target;
}

function targetOf({ kind, name }: Pin): About | null {
  if (kind === 'tool') return { kind, method: 'tools/call', target: { kind, name } };
  if (kind === 'prompt') return { kind, method: 'prompts/get', target: { kind, name } };
  return kind === 'resource' ? { kind, method: 'resources/read', target: { kind, uri: name } } : null;
}

function principalsOf(pin: Pin, { keys, callers }: ReachWorld): Principal[] {
  const found = new Map<string, Principal>();
  for (const key of keys) if (key.gateway === pin.gateway) found.set(key.principal.id, key.principal);
  for (const { principal: id } of callers)
    if (id !== '' && !found.has(id)) found.set(id, { id, kind: 'agent', groups: [], roles: [], attributes: {} });
  return [...found.values()];
}

interface Asked extends About {
  readonly pin: Pin;
  readonly world: ReachWorld;
  readonly principal: Principal;
}

function outcomes(asked: Asked, body: JsonObject, pinState: PinState): string[] {
  const { kind, method, target, pin, world, principal } = asked;
  const question: Question = {
    gateway: world.gateway.name,
    method,
    server: pin.upstream,
    target,
    arguments: null,
    definition: { kind, name: pin.name, body },
    hintsContradicted: judgedHints(kind, pin.name, body).contradicted,
    pinState,
    caller: { principal, keyId: null, authenticatedBy: 'local', isValid: () => true },
    client: CLIENT,
    nowMs: world.nowMs,
    environment: world.gateway.environment,
    findings: [],
    roots: world.roots,
  };
  const outcome = world.gateway.policy.explain(question)['outcome'] as JsonObject; // as `explain.ts` writes it
  const reachable = own(outcome, 'reachable');
  return Array.isArray(reachable) ? reachable.map(String) : [];
}

const CLIENT: Question['client'] = {
  name: null,
  version: null,
  era: 'modern',
  revision: MODERN_REVISION,
  transport: 'streamable-http',
  capabilities: {},
  address: 'local',
  session: null,
};
