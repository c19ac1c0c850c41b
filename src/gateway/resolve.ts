import type { Authenticated, Received, Resolved, Target } from '../core/call.ts';
import { identityOf, type Caller } from '../core/principal.ts';
import { refuse, type Refusal } from '../core/refusal.ts';
import { route } from './exposure.ts';
import type { Face, Faces } from './faces.ts';
import type { ServedDefinition } from '../integrity/offer.ts';
import type { Rooms } from './rooms.ts';
import type { GatewaySnapshot } from './snapshot.ts';
import type { TaskNames } from './task-names.ts';

/** A resolved call together with what integrity said of its definition. */
export interface Located {
  readonly call: Resolved;
  readonly served: ServedDefinition | null;
  /** Declared roots of the upstream; always the same array for one configuration. */
  readonly roots: readonly string[];
  /** Of a task: what the rule that allowed its call wants redacted. */
  readonly redactClasses: readonly string[];
}

const NO_ROOTS: readonly string[] = [];
const NO_CLASSES: readonly string[] = [];

/** Finds the upstream and the pinned definition of what a call names. Unknown and withheld look the same. */
export async function resolve(
  received: Received,
  caller: Caller,
  gateway: GatewaySnapshot,
  { faces, tasks, rooms }: { readonly faces: Faces; readonly tasks: TaskNames; readonly rooms: Rooms },
): Promise<Located | Refusal> {
  const call: Authenticated = { ...received, caller };
  if (received.target.kind === 'task') return resolveTask(call, gateway, tasks);
  const face = await faces.of(gateway, caller, received.client);
  const found = route(face.exposure, received.target);
  if (!found) return withheld(received, face) ?? turnedAway(face, caller, rooms) ?? notFound(received, face);
  const { served } = found;
  return {
    served,
    roots: rooms.upstreams.settings(found.upstream)?.roots ?? NO_ROOTS,
    redactClasses: NO_CLASSES,
    call: {
      ...call,
      upstream: found.upstream,
      upstreamTarget: found.target,
      definition: served?.definition ?? null,
      fingerprint: served?.fingerprint ?? null,
      pinState: served?.pinState ?? 'unpinned',
    },
  };
}

/** A task belongs to the principal who started it, at the upstream where it runs. */
function resolveTask(call: Authenticated, gateway: GatewaySnapshot, tasks: TaskNames): Located | Refusal {
  if (call.target.kind !== 'task') return refuse('TARGET_UNKNOWN');
  const known = tasks.open(call.target.id, call.gateway, identityOf(call.caller.principal));
  if (!known || !gateway.upstreams.includes(known.upstream)) return refuse('TARGET_UNKNOWN', 'there is no such task');
  return {
    served: null,
    roots: NO_ROOTS,
    redactClasses: known.redactClasses,
    call: {
      ...call,
      upstream: known.upstream,
      upstreamTarget: { kind: 'task', id: known.taskId, tool: known.tool },
      definition: null,
      fingerprint: null,
      pinState: 'unpinned',
    },
  };
}

/** A name that integrity keeps back: known to its users, so they may learn why it is gone. */
function withheld({ target }: Received, { exposure }: Face): Refusal | null {
  if (target.kind === 'none' || target.kind === 'task') return null;
  const name = target.kind === 'resource' ? target.uri : target.name;
  for (const { upstream, admission } of exposure.offerings) {
    const kept = admission.withheld.find((w) => w.kind === target.kind && w.name === name);
    if (kept) return refuse('TOOL_DRIFTED', undefined, { detail: `\`${name}\` of \`${upstream}\`: ${kept.reason}` });
  }
  return null;
}

/** The name may be one of a server that lets nobody in without a credential. */
function turnedAway({ unavailable }: Face, caller: Caller, { credentials }: Rooms): Refusal | null {
  for (const [upstream, { code, message: said }] of unavailable) {
    if (code === 'upstream_unauthorized') return credentials.obtain({ upstream, caller, said });
  }
  return null;
}

function notFound({ target }: Received, face: Face): Refusal {
  const detail =
    face.unavailable.size === 0
      ? undefined
      : `not asked: ${[...face.unavailable.values()].map((f) => f.message).join('; ')}`;
  if (face.unavailable.size > 0) {
    return refuse('UPSTREAM_FAILED', 'a server behind the gateway is not available at the moment', {
      detail: detail ?? '',
    });
  }
  return unknown(target);
}

/** How a name that does not exist is refused; one that is hidden from the caller must look the same. */
export function unknown(target: Target): Refusal {
  if (target.kind === 'tool') return refuse('TARGET_UNKNOWN', `unknown tool: ${target.name}`);
  if (target.kind === 'prompt') return refuse('TARGET_UNKNOWN', `unknown prompt: ${target.name}`);
  if (target.kind === 'resource') return refuse('TARGET_UNKNOWN', 'resource not found', { data: { uri: target.uri } });
  return refuse('TARGET_UNKNOWN');
}
