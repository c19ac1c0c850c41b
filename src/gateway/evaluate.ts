/**
 * What would come of a call. Enters: a hand-written call of a recognised caller. Leaves: the decision of the policy in
 * force with its explanation, recorded. Must never happen here: something is forwarded or counted against a limit, or
 * somebody learns what another principal may do whose gateway does not say so.
 */
import type { Authenticated, Client, Target } from '../core/call.ts';
import { digest } from '../core/canonical-json.ts';
import type { Finding } from '../core/decision.ts';
import type { Definition } from '../core/definition.ts';
import { newId } from '../core/ids.ts';
import type { JsonValue } from '../core/json.ts';
import type { Caller, Principal } from '../core/principal.ts';
import { refuse, type Refusal } from '../core/refusal.ts';
import { judgedHints } from '../integrity/judged-hints.ts';
import type { ServedDefinition } from '../integrity/offer.ts';
import type { CallDocument } from '../policy/call-schema.ts';
import { evaluateCall, type Evaluation } from '../policy/evaluate.ts';
import type { Question } from '../policy/policy.ts';
import { questionOf } from '../policy/question-of.ts';
import { readCall, type CallMistake } from '../policy/read-call.ts';
import { decide } from './decide.ts';
import { route } from './exposure.ts';
import type { Face } from './faces.ts';
import type { Walk } from './pipeline.ts';
import type { GatewaySnapshot } from './snapshot.ts';

/** `call_id` finds the record. */
export type RecordedEvaluation = { readonly call_id: string } & Evaluation;

export type Evaluated =
  /** `workMs`: what judging took of the processor, in milliseconds. */
  | { readonly kind: 'evaluation'; readonly evaluation: RecordedEvaluation; readonly workMs: number }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly CallMistake[] }
  | { readonly kind: 'refusal'; readonly refusal: Refusal };

/** Who asks, and from where. */
export interface Asking {
  readonly caller: Caller;
  readonly address: string;
}

/**
 * Decides a call without forwarding it. What the call does not say of itself is taken from the gateway: the caller's
 * own principal, the served definition, roots, labels, pin state.
 * @throws Fault('store_failed') when it cannot be recorded: then there is no answer either
 */
export async function evaluate(
  way: Walk,
  gateway: GatewaySnapshot,
  asking: Asking,
  body: JsonValue,
): Promise<Evaluated> {
  const read = readCall(body);
  if (!read.ok) return { kind: 'mistakes', mistakes: read.mistakes };
  const refusal = overstepping(gateway, asking.caller, read.call);
  if (refusal) return { kind: 'refusal', refusal };
  const nowMs = way.rooms.clock.nowMs();
  const said = questionOf(read.call, { nowMs, gateway: gateway.name });
  const found = await locate(way, gateway, asking, said);
  const startedMs = way.rooms.clock.monotonicMs();
  const asked = questionFor(way, gateway, asking, read.call, said, found);
  const evaluation = evaluateCall(gateway.policy, asked, decide(gateway.policy, asked));
  const workMs = way.rooms.clock.monotonicMs() - startedMs;
  const call: Authenticated = { ...recorded(asked), id: newId(nowMs), caller: asking.caller, receivedAtMs: nowMs };
  await way.records.evaluated(call, asked, evaluation, gateway.policy.hash);
  return { kind: 'evaluation', evaluation: { call_id: call.id, ...evaluation }, workMs };
}

/** Strict: whoever may ask for others learns what they may do, and by trying, what they are. */
function overstepping(gateway: GatewaySnapshot, { principal, keyId }: Caller, call: CallDocument): Refusal | null {
  if (gateway.evaluate === 'off') return refuse('EVALUATION_REFUSED', 'this gateway answers no evaluations');
  if (gateway.evaluate === 'any') return null;
  const { context = {} } = call;
  if (call.principal !== undefined && !isOwn(call, principal)) {
    return refuse('EVALUATION_REFUSED', 'this key may ask only for its own principal; leave `principal` out');
  }
  if (context.key !== undefined && context.key !== keyId) {
    return refuse('EVALUATION_REFUSED', 'this key may ask only for itself; leave `context.key` out');
  }
  if (context.gateway !== undefined && context.gateway !== gateway.name) {
    return refuse('EVALUATION_REFUSED', 'this key may ask only of its own gateway; leave `context.gateway` out');
  }
  return null;
}

/** Whether everything that a call says of its principal is so. */
function isOwn(call: CallDocument, own: Principal): boolean {
  const claimed = questionOf(call, { nowMs: 0 }).caller.principal;
  const given = Object.keys(call.principal ?? {});
  const differs = (key: string): boolean => {
    if (key === 'on_behalf_of') return !isSameOther(claimed.onBehalfOf, own.onBehalfOf);
    if (key === 'groups' || key === 'roles') return !isSameSet(claimed[key], own[key]);
    if (key === 'attributes') return digest({ ...claimed.attributes }) !== digest({ ...own.attributes });
    return key === 'id' ? claimed.id !== own.id : claimed.kind !== own.kind;
  };
  return given.includes('id') && !given.some(differs);
}

function isSameOther(claimed: Principal | undefined, own: Principal | undefined): boolean {
  if (claimed === undefined || own === undefined) return false;
  return claimed.id === own.id && isSameSet(claimed.groups, own.groups) && isSameSet(claimed.roles, own.roles);
}

const isSameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.every((name) => other.includes(name)) && other.every((name) => one.includes(name));

function questionFor(
  { rooms }: Walk,
  gateway: GatewaySnapshot,
  { caller, address }: Asking,
  call: CallDocument,
  said: Question,
  found: Location,
): Question {
  const { context = {} } = call;
  const client: Client = { ...said.client, address: context.address ?? address };
  const isSelf = call.principal === undefined || isOwn(call, caller.principal);
  const self = context.key === undefined || context.key === caller.keyId ? caller : { ...caller, keyId: context.key };
  const served = said.definition === null ? found.served : hypothetical(said.definition, said.pinState);
  const { server, target } = found;
  const roots = context.roots ?? (server === null ? [] : (rooms.upstreams.settings(server)?.roots ?? []));
  const asked: Question = {
    ...said,
    server,
    target,
    arguments: target.kind === 'resource' ? (call.arguments ?? {}) : said.arguments,
    roots,
    client,
    caller: isSelf ? self : said.caller,
    definition: served?.definition ?? null,
    hintsContradicted: served?.hints.contradicted ?? false,
    pinState: context.pin_state ?? served?.pinState ?? found.pinState ?? said.pinState,
    environment: { ...gateway.environment, ...said.environment },
  };
  const withheld = found.withheld && said.definition === null ? [WITHHELD] : [];
  const observed = rooms.inspection.inspectCall(
    { ...recorded(asked), id: '', caller, receivedAtMs: said.nowMs, ...resolved(asked) },
    served,
    null,
    roots,
    gateway.policy,
  );
  return { ...asked, findings: [...withheld, ...said.findings, ...observed] };
}

const WITHHELD: Finding = {
  code: 'tool.withheld',
  by: 'integrity',
  at: '',
  why: 'its definition is held back until a person reviewed it',
  locked: true,
};

interface Location {
  readonly server: string | null;
  /** Under the upstream's own name. */
  readonly target: Target;
  readonly served: ServedDefinition | null;
  readonly withheld: boolean;
  readonly pinState?: Question['pinState'];
}

/** What of the gateway's own a call names: by its server's own name, or as clients know it. */
async function locate(
  { faces }: Walk,
  gateway: GatewaySnapshot,
  { caller, address }: Asking,
  { server, target, client }: Question,
): Promise<Location> {
  const nowhere: Location = { server, target, served: null, withheld: false };
  if (target.kind === 'none' || target.kind === 'task') return nowhere;
  const { exposure } = await faces.of(gateway, caller, { ...client, address });
  if (server === null) {
    const found = route(exposure, target);
    if (found) return { server: found.upstream, target: found.target, served: found.served, withheld: false };
  }
  const name = target.kind === 'resource' ? target.uri : target.name;
  return among(exposure, server, target, name) ?? nowhere;
}

function among({ offerings }: Face['exposure'], server: string | null, target: Target, name: string): Location | null {
  for (const { upstream, admission } of offerings) {
    if (server !== null && upstream !== server) continue;
    const served = admission.served.find(({ definition: of }) => of.kind === target.kind && of.name === name);
    if (served) return { server: upstream, target, served, withheld: false };
    const kept = admission.withheld.find((of) => of.kind === target.kind && of.name === name);
    if (kept) return { server: upstream, target, served: null, withheld: true, pinState: kept.pinState };
  }
  return null;
}

/** A definition that came with the call, as if it were pinned. */
function hypothetical(definition: Definition, pinState: Question['pinState']): ServedDefinition {
  const hints = judgedHints(definition.kind, definition.name, definition.body);
  return { definition, fingerprint: '', pinState, pinnedAtMs: 0, hints, notices: [] };
}

function recorded({ gateway, method, target, client, arguments: args }: Question) {
  const given = args ?? {};
  return { gateway, method, target, client, arguments: given, argumentsDigest: digest(given) };
}

function resolved({ server, target, definition, pinState }: Question) {
  return { upstream: server ?? '', upstreamTarget: target, definition, fingerprint: null, pinState };
}
