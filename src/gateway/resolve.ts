import type { Authenticated, Resolved, Target } from '../core/call.ts';
import { identityOf, type Caller } from '../core/principal.ts';
import { refuse, type Refusal } from '../core/refusal.ts';
import { isHidden } from './decide.ts';
import { route } from './exposure.ts';
import type { Face, Faces } from './faces.ts';
import type { ServedDefinition } from '../integrity/offer.ts';
import { question } from './question.ts';
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
  /** Where the name was found; null for a task, which is no name of an upstream's. */
  readonly face: Face | null;
}

/** Why a name leads nowhere, for the record, and what of it the caller is told. */
export interface Unlocated {
  readonly refusal: Refusal;
  readonly shown: Refusal;
}

const NO_ROOTS: readonly string[] = [];
const NO_CLASSES: readonly string[] = [];

/**
 * Finds the upstream and the pinned definition of what a call names. What integrity keeps back is told as such only to
 * those from whom the policy does not hide it.
 */
export async function resolve(
  call: Authenticated,
  gateway: GatewaySnapshot,
  { faces, tasks, rooms }: { readonly faces: Faces; readonly tasks: TaskNames; readonly rooms: Rooms },
): Promise<Located | Unlocated> {
  if (call.target.kind === 'task') return resolveTask(call, gateway, tasks);
  const face = await faces.of(gateway, call.caller, call.client);
  const found = route(face.exposure, call.target);
  if (!found) return withheld(call, gateway, face, rooms) ?? plainly(absent({ call, face }, rooms));
  const { served } = found;
  return {
    served,
    face,
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
function resolveTask(call: Authenticated, gateway: GatewaySnapshot, tasks: TaskNames): Located | Unlocated {
  if (call.target.kind !== 'task') return plainly(refuse('TARGET_UNKNOWN'));
  const known = tasks.open(call.target.id, call.gateway, identityOf(call.caller.principal));
  if (!known || !gateway.upstreams.includes(known.upstream))
    return plainly(refuse('TARGET_UNKNOWN', 'there is no such task'));
  return {
    served: null,
    face: null,
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

const plainly = (refusal: Refusal): Unlocated => ({ refusal, shown: refusal });

/** A name that integrity keeps back: known to its users, so they may learn why it is gone; to others it is unknown. */
function withheld(call: Authenticated, gateway: GatewaySnapshot, face: Face, rooms: Rooms): Unlocated | null {
  const { target } = call;
  if (target.kind === 'none' || target.kind === 'task') return null;
  const name = target.kind === 'resource' ? target.uri : target.name;
  for (const { upstream, admission } of face.exposure.offerings) {
    const kept = admission.withheld.find((w) => w.kind === target.kind && w.name === name);
    if (!kept) continue;
    const refusal = refuse('TOOL_DRIFTED', undefined, { detail: `\`${name}\` of \`${upstream}\`: ${kept.reason}` });
    const { pinState } = kept;
    const resolved = { ...call, upstream, upstreamTarget: target, definition: null, fingerprint: null, pinState };
    const roots = rooms.upstreams.settings(upstream)?.roots ?? NO_ROOTS;
    const asked = question({ call: resolved, served: null, roots }, gateway, [], rooms.clock.nowMs());
    if (!isHidden(gateway.policy, asked)) return plainly(refusal);
    return { refusal, shown: absent({ call, face }, rooms) };
  }
  return null;
}

/**
 * How a name that does not exist is refused, as things stand with the upstreams; one that is hidden from the caller
 * must look the same.
 */
export function absent(
  { call: { target, caller }, face }: { readonly call: Authenticated; readonly face: Face | null },
  rooms: Rooms,
): Refusal {
  if (face === null) return unknown(target);
  return turnedAway(face, caller, rooms) ?? notFound(target, face);
}

/** The name may be one of a server that lets nobody in without a credential. */
function turnedAway({ unavailable }: Face, caller: Caller, { credentials }: Rooms): Refusal | null {
  for (const [upstream, { code, message: said }] of unavailable) {
    if (code === 'upstream_unauthorized') return credentials.obtain({ upstream, caller, said });
  }
  return null;
}

function notFound(target: Target, face: Face): Refusal {
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

function unknown(target: Target): Refusal {
  if (target.kind === 'tool') return refuse('TARGET_UNKNOWN', `unknown tool: ${target.name}`);
  if (target.kind === 'prompt') return refuse('TARGET_UNKNOWN', `unknown prompt: ${target.name}`);
  if (target.kind === 'resource') return refuse('TARGET_UNKNOWN', 'resource not found', { data: { uri: target.uri } });
  return refuse('TARGET_UNKNOWN');
}
