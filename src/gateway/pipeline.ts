/**
 * The walk of a call: one straight function, because its order is the security argument.
 * Enters: a request of a recognised caller. Leaves: the upstream's answer, or a refusal.
 * Must never happen here: something is forwarded that was not judged by every room and durably recorded before.
 */
import type { Authenticated, Resolved } from '../core/call.ts';
import type { Decision, Watch } from '../core/decision.ts';
import type { Answer, Exchange } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import { Permit } from '../core/permit.ts';
import { refuse, type Refusal } from '../core/refusal.ts';
import { INSTRUCTIONS } from '../integrity/results.ts';
import type { CallFacts } from '../limits/limits.ts';
import type { UpstreamAnswer } from '../upstreams/upstream.ts';
import { answerRefusal, isRefusal } from './answers.ts';
import { decide, isHidden } from './decide.ts';
import { passError } from './upstream-errors.ts';
import type { Faces } from './faces.ts';
import { upstreamParams } from './params.ts';
import { question } from './question.ts';
import { bare, receive } from './receive.ts';
import { settledError, settledResult, unjudged, type Judgement, type Records, type Refused } from './records.ts';
import type { Continuation, RequestStates } from './request-states.ts';
import { absent, resolve, type Located } from './resolve.ts';
import type { Rooms } from './rooms.ts';
import type { GatewaySnapshot } from './snapshot.ts';
import { speaksOfTask, taskOwner, type TaskNames } from './task-names.ts';

/** What the walk needs beyond the rooms. */
export interface Walk {
  readonly rooms: Rooms;
  readonly records: Records;
  readonly faces: Faces;
  readonly tasks: TaskNames;
  readonly states: RequestStates;
}

/** How a permitted call takes effect: usually `upstreams.forward`; it spends the permit. */
export type Effect = (permit: Permit, call: Resolved, continued: Continuation) => Promise<UpstreamAnswer>;

/**
 * Walks one call through the rooms. A room that throws refuses the call, and the record says which call it was.
 * @param round what this round continues, when the gateway itself retries for a legacy client
 */
export async function walk(
  way: Walk,
  gateway: GatewaySnapshot,
  exchange: Exchange,
  effect: Effect,
  round?: Continuation,
): Promise<Answer> {
  const { rooms, records } = way;
  const judgement: Writable<Judgement> = unjudged(gateway);
  const no = (call: Refused, refusal: Refusal, shown = refusal): Answer => {
    records.refused(call, refusal, judgement);
    return answerRefusal(shown, exchange.method, call.id);
  };

  let known: Refused | null = null;
  try {
    const received = receive(exchange);
    if (isRefusal(received)) return no(bare(exchange), received);
    const recognised: Authenticated = { ...received, caller: exchange.caller };
    known = recognised;

    const continued = round ?? way.states.open(received, exchange);
    if (isRefusal(continued)) return no(known, continued);

    const located = await resolve(recognised, gateway, way);
    if ('refusal' in located) return no(known, located.refusal, located.shown);
    const { call, served, roots } = located;
    known = call;
    // Lists of a slow server may have been waited for.
    if (!call.caller.isValid()) return no(call, refuse('AUTHN_INVALID'));
    if (continued.carried && continued.carried.upstream !== call.upstream) return no(call, refuse('PARAMS_INVALID'));

    judgement.findings = rooms.inspection.inspectCall(call, served, continued.responses, roots, gateway.policy);
    const facts = limitFacts(call);
    const nowMs = rooms.clock.nowMs();
    const history = (watch: Watch): number => rooms.limits.count(watch, facts, nowMs);
    const asked = question(located, gateway, judgement.findings, nowMs, history);
    const decision = decide(gateway.policy, asked);
    judgement.decision = decision;
    if (decision.effect === 'deny') {
      if (decision.attempts) rooms.limits.attempt(decision.attempts, facts);
      const refusal = refuse(decision.code, decision.publicMessage, { detail: decision.reason });
      return no(call, refusal, isHidden(gateway.policy, asked) ? absent(located, rooms) : refusal);
    }

    const taken = rooms.limits.take(decision.obligations, facts);
    if (!taken.ok)
      return no(call, refuse('LIMIT_EXCEEDED', undefined, { detail: taken.detail, retryAfterMs: taken.retryAfterMs }));

    let end = taken.giveBack;
    try {
      const unmet =
        (await rooms.approvals.demand(decision.obligations, call)) ?? way.states.spend(continued, call.caller);
      if (unmet) return no(call, unmet);
      const unrecorded = await records.intend(call, decision, judgement, continued.responses);
      if (unrecorded) {
        way.states.giveBack(continued, call.caller);
        return no(call, unrecorded);
      }
      end = taken.release;
      const permit = Permit.grant({ call, params: upstreamParams(call, exchange.params, continued) });
      return await carryOut(way, located, decision, () => effect(permit, call, continued));
    } finally {
      end();
    }
  } catch (error) {
    return no(known ?? bare(exchange), refusalOf(error));
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Allowed = Extract<Decision, { effect: 'allow' }>;

/** Forwards, inspects what came back, and settles the record whatever happened. */
async function carryOut(
  { rooms, records, tasks }: Walk,
  { call, served, redactClasses: inherited }: Located,
  decision: Allowed,
  forward: () => Promise<UpstreamAnswer>,
): Promise<Answer> {
  const startedMs = rooms.clock.monotonicMs();
  try {
    const answer = await forward();
    const owed = decision.obligations.flatMap((one) => (one.kind === 'redact' ? one.classes : []));
    const redactClasses = owed.length === 0 ? inherited : [...inherited, ...owed];
    if (answer.kind === 'error') {
      const { error, findings, why } = rooms.inspection.inspectError(call, answer.error, redactClasses);
      records.settle(call, startedMs, settledError(answer.error, findings));
      return error === null ? withheld('error', why, call) : passError(error, call);
    }
    const named = speaksOfTask(answer.result)
      ? tasks.rename(answer.result, taskOwner(call, redactClasses))
      : answer.result;
    const { result, findings, why } = rooms.inspection.inspectResult(call, served, named, redactClasses);
    if (findings.some(({ code }) => code === INSTRUCTIONS))
      rooms.limits.distrust(decision.obligations, limitFacts(call));
    records.settle(call, startedMs, settledResult(named, result, findings));
    if (result !== null) return { kind: 'result', result };
    return withheld('result', why, call);
  } catch (error) {
    const refusal = turnedAway(error)
      ? rooms.credentials.obtain({ upstream: call.upstream, caller: call.caller, said: error.message })
      : refusalOf(error);
    const outcome = refusal.code === 'CANCELLED' ? 'cancelled' : 'failed';
    records.settle(call, startedMs, { outcome, code: refusal.code, reason: refusal.detail });
    return answerRefusal(refusal, call.method, call.id);
  }
}

function withheld(what: 'result' | 'error', why: string, { method, id }: Resolved): Answer {
  return answerRefusal(refuse('RESULT_REFUSED', `the ${what} was withheld: ${why}`), method, id);
}

function limitFacts(call: Resolved): CallFacts {
  const { upstreamTarget: target, caller, client } = call;
  return {
    gateway: call.gateway,
    principal: caller.principal.id,
    keyId: caller.keyId,
    session: client.session,
    agent: client.name,
    server: call.upstream,
    tool: target.kind === 'tool' || target.kind === 'prompt' ? target.name : call.method,
    arguments: call.arguments,
  };
}

/** Whether the upstream did not let the call in for want of a credential. */
function turnedAway(error: unknown): error is Fault {
  return error instanceof Fault && error.code === 'upstream_unauthorized';
}

/** Faults of the world become refusals; the text of a bug stays in the record. */
function refusalOf(error: unknown): Refusal {
  if (!(error instanceof Fault))
    return refuse('INTERNAL', undefined, {
      detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  const { code, message } = error;
  if (code === 'cancelled') return refuse('CANCELLED', undefined, { detail: message });
  if (code === 'upstream_timeout') return refuse('UPSTREAM_TIMEOUT', undefined, { detail: message });
  if (code === 'result_too_large')
    return refuse('RESULT_REFUSED', 'the result is larger than this gateway passes on', { detail: message });
  if (code === 'upstream_overloaded') return refuse('OVERLOADED', undefined, { detail: message, retryAfterMs: 1_000 });
  if (code === 'store_failed') return refuse('RECORD_FAILED', undefined, { detail: message });
  if (code === 'relay_refused') return refuse('RELAY_REFUSED', message);
  return refuse('UPSTREAM_FAILED', undefined, { detail: message });
}
