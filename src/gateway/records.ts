import type { AuditRecord, RecordLog } from '../audit/record.ts';
import type { Authenticated, Resolved, Target } from '../core/call.ts';
import { digest, sha256 } from '../core/canonical-json.ts';
import type { Clock } from '../core/clock.ts';
import type { Decision, Finding } from '../core/decision.ts';
import type { RpcError } from '../core/exchange.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { Principal } from '../core/principal.ts';
import { refuse, type Refusal } from '../core/refusal.ts';
import type { PinEvent } from '../integrity/ports.ts';
import type { GatewaySnapshot } from './snapshot.ts';
import type { Evaluation } from '../policy/evaluate.ts';
import type { Question } from '../policy/policy.ts';
import type { Collision } from './exposure.ts';

type Allowed = Extract<Decision, { effect: 'allow' }>;

/** What a refusal knows of the call: as much as the rooms found out before they said no. */
export type Refused = Authenticated & Partial<Resolved>;

export interface Judgement {
  readonly decision: Decision | null;
  readonly findings: readonly Finding[];
  readonly policyHash: string;
  /** Labels of the deployment that rules could read. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A call that no room has judged yet. */
export function unjudged({ policy, environment }: Pick<GatewaySnapshot, 'policy' | 'environment'>): Judgement {
  return { decision: null, findings: [], policyHash: policy.hash, environment };
}

/** Writes the gateway's records. Durable before forwarding (`intend`), handed over otherwise. */
export class Records {
  readonly #log: RecordLog;
  readonly #clock: Clock;

  constructor(log: RecordLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /**
   * Resolves to null when durable, else to the refusal of the call.
   * @param responses the client's answers to a server's questions, which go upstream with this round
   */
  async intend(
    call: Resolved,
    decision: Allowed,
    judgement: Judgement,
    responses: JsonObject | null,
  ): Promise<Refusal | null> {
    try {
      await this.#log.append(this.#intent(call, decision, judgement, responses));
      return null;
    } catch (error) {
      return refuse('RECORD_FAILED', undefined, { detail: error instanceof Error ? error.message : String(error) });
    }
  }

  #intent(call: Resolved, decision: Allowed, judgement: Judgement, responses: JsonObject | null): AuditRecord {
    return {
      kind: 'intend',
      ...about(call, this.#clock.nowMs()),
      arguments: call.arguments,
      argumentsDigest: call.argumentsDigest,
      decision: 'allow',
      rule: decision.rule,
      ...judged(call, judgement),
      ...(responses === null ? {} : { detail: { inputResponsesDigest: digest(responses) } }),
    };
  }

  refused(call: Refused, refusal: Refusal, judgement: Judgement): void {
    this.#log.enqueue({
      kind: 'refusal',
      ...about(call, this.#clock.nowMs()),
      arguments: call.arguments,
      argumentsDigest: call.argumentsDigest,
      decision: 'deny',
      ...(judgement.decision ? { rule: judgement.decision.rule } : {}),
      ...judged(call, judgement),
      code: refusal.code,
      reason: refusal.detail,
    });
  }

  settle(call: Resolved, startedMs: number, settled: Settled): void {
    const durationMs = Math.round((this.#clock.monotonicMs() - startedMs) * 1000) / 1000;
    this.#log.enqueue({ kind: 'settle', ...about(call, this.#clock.nowMs()), durationMs, ...settled });
  }

  /** A list that was shown: how many entries, and which ones were not. */
  listed(call: Authenticated, shown: number, hidden: readonly string[], policyHash: string): void {
    const detail: JsonObject = hidden.length === 0 ? { shown } : { shown, hidden: [...hidden] };
    this.#log.enqueue({ kind: 'listing', ...about(call, this.#clock.nowMs()), policyHash, detail });
  }

  /** A call that was decided and not made. Awaited: what is not recorded is not answered. */
  async evaluated(call: Authenticated, asked: Question, evaluation: Evaluation, policyHash: string): Promise<void> {
    const { decision, code, rule, reason } = evaluation;
    const { principal } = asked.caller;
    await this.#log.append({
      kind: 'evaluation',
      ...about(call, this.#clock.nowMs()),
      ...(asked.server === null ? {} : { server: asked.server }),
      arguments: call.arguments,
      argumentsDigest: call.argumentsDigest,
      decision: decision === 'allow' ? 'allow' : 'deny',
      rule,
      policyHash,
      ...(code === null ? {} : { code, reason }),
      ...found(asked.findings),
      detail: { decision, for: principal.id },
    });
  }

  /** A pin that came to be or changed. */
  pinned(gateway: string, event: PinEvent): void {
    const { upstream, name, atMs, fingerprint, previousFingerprint, kind, version, from, to, note } = event;
    const drift = event.drift === undefined ? {} : { drift: event.drift };
    const verifier = { ...event.verifier };
    const detail: JsonObject = { kind, version, from, to, ...drift, previousFingerprint, note, verifier };
    this.#log.enqueue({
      kind: 'integrity',
      atMs,
      callId: '',
      gateway,
      server: upstream,
      target: name,
      ...(fingerprint === null ? {} : { fingerprint }),
      code: `pin.${event.event}`,
      ...found(event.findings ?? []),
      detail,
    });
  }

  /** A name that two servers claim: who keeps it, and under which other one clients find the newcomer's. */
  collided(gateway: string, { kind, name, keeper, newcomer, exposedAs }: Collision): void {
    this.#log.enqueue({
      kind: 'integrity',
      atMs: this.#clock.nowMs(),
      callId: '',
      gateway,
      server: newcomer,
      target: name,
      code: 'name.collision',
      reason: `\`${name}\` is a name of \`${keeper}\`; the one of \`${newcomer}\` is exposed as \`${exposedAs}\``,
      detail: { kind, keeper, exposedAs },
    });
  }

  note(kind: 'refusal' | 'authentication', gateway: string, about: Partial<AuditRecord>): void {
    this.#log.enqueue({ callId: '', ...about, kind, gateway, atMs: this.#clock.nowMs() });
  }
}

/** How a forwarded call ended. */
export type Settled = Pick<
  AuditRecord,
  'outcome' | 'code' | 'reason' | 'resultDigest' | 'resultBytes' | 'findings' | 'detail'
>;

/**
 * An error that the upstream answered.
 * @param findings when there are any, they stand in the record in place of what the error said
 */
export function settledError(error: RpcError, findings: readonly Finding[]): Settled {
  const reason = findings[0]?.why ?? error.message;
  return { outcome: 'error', code: String(error.code), reason, ...found(findings) };
}

/**
 * A result, with the digest of its JSON text as passed on.
 * @param passed null: withheld, then the digest is of what came
 */
export function settledResult(came: JsonObject, passed: JsonObject | null, findings: readonly Finding[]): Settled {
  const text = JSON.stringify(passed ?? came);
  const outcome = came.isError === true ? 'error_result' : 'ok';
  return {
    outcome,
    ...(passed === null ? { code: 'RESULT_REFUSED' } : {}),
    resultDigest: sha256(text),
    resultBytes: Buffer.byteLength(text),
    ...found(findings),
  };
}

type About = Pick<AuditRecord, 'atMs' | 'callId' | 'gateway' | 'principal' | 'address' | 'client' | 'method'> &
  Partial<AuditRecord>;

function about(call: Refused, atMs: number): About {
  const { principal } = call.caller;
  const target = targetName(call.upstreamTarget ?? call.target);
  return {
    atMs,
    callId: call.id,
    gateway: call.gateway,
    principal: principal.id,
    ...(principal.onBehalfOf ? { onBehalfOf: principal.onBehalfOf.id } : {}),
    ...(call.caller.keyId === null ? {} : { keyId: call.caller.keyId }),
    address: call.client.address,
    client: { name: call.client.name, version: call.client.version, revision: call.client.revision },
    method: call.method,
    ...(call.upstream === undefined ? {} : { server: call.upstream }),
    ...(target === null ? {} : { target }),
    ...(call.fingerprint ? { fingerprint: call.fingerprint } : {}),
  };
}

/** The decision, and beside it what was not enforced. */
function judged(call: Refused, { decision, findings, policyHash, environment }: Judgement): Partial<AuditRecord> {
  const { shadow } = decision ?? {};
  const alerts = decision === null ? [] : alertsOf(decision);
  return {
    policyHash,
    ...(decision === null ? {} : { facts: factsOf(call, environment) }),
    ...(shadow === undefined ? {} : { shadow: { effect: shadow.effect, rules: [...shadow.rules] } }),
    ...(alerts.length === 0 ? {} : { alerts }),
    ...found(findings),
  };
}

function alertsOf(decision: Decision): string[] {
  const owed = decision.effect === 'deny' ? (decision.alerts ?? []) : decision.obligations;
  return [...new Set(owed.flatMap((one) => (one.kind === 'alert' ? one.channels : [])))];
}

/** What rules may read of a call and no other field of the record tells; `veto policy replay` decides by it. */
function factsOf({ caller, client, pinState }: Refused, environment: Judgement['environment']): JsonObject {
  const { principal, authenticatedBy } = caller;
  const { onBehalfOf } = principal;
  return {
    ...aboutPrincipal(principal),
    ...(onBehalfOf === undefined ? {} : { onBehalfOf: aboutPrincipal(onBehalfOf) }),
    authenticatedBy,
    transport: client.transport,
    ...(client.session === null ? {} : { session: client.session }),
    ...(pinState === undefined ? {} : { pinState }),
    ...filled({ environment }),
  };
}

function aboutPrincipal({ kind, groups, roles, attributes }: Principal): JsonObject {
  return { kind, ...filled({ groups: [...groups], roles: [...roles], attributes }) };
}

function filled(fields: JsonObject): JsonObject {
  const isFilled = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isFilled(value)));
}

function targetName(target: Target): string | null {
  if (target.kind === 'none') return null;
  if (target.kind === 'resource') return target.uri;
  return target.kind === 'task' ? target.id : target.name;
}

function found(findings: readonly Finding[]): { findings?: JsonValue } {
  if (findings.length === 0) return {};
  const told = findings.map(({ code, by, at, why, locked, noted, span }) => {
    return { code, by, at, why, locked, ...(noted === true ? { noted } : {}), ...(span ? { span: [...span] } : {}) };
  });
  return { findings: told };
}
