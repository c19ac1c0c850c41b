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
import type { Collision } from './claims.ts';

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
    const entry = entryOf('intend', call, this.#clock.nowMs());
    addJudgement(entry, call, judgement);
    entry.decision = 'allow';
    entry.rule = decision.rule;
    if (responses !== null) entry.detail = { inputResponsesDigest: digest(responses) };
    return entry;
  }

  refused(call: Refused, refusal: Refusal, judgement: Judgement): void {
    const entry = entryOf('refusal', call, this.#clock.nowMs());
    addJudgement(entry, call, judgement);
    entry.decision = 'deny';
    entry.rule = judgement.decision?.rule;
    entry.code = refusal.code;
    entry.reason = refusal.detail;
    this.#log.enqueue(entry);
  }

  settle(call: Resolved, startedMs: number, settled: Settled): void {
    const entry = entryOf('settle', call, this.#clock.nowMs());
    entry.durationMs = Math.round((this.#clock.monotonicMs() - startedMs) * 1000) / 1000;
    entry.outcome = settled.outcome;
    entry.code = settled.code;
    entry.reason = settled.reason;
    entry.resultDigest = settled.resultDigest;
    entry.resultBytes = settled.resultBytes;
    entry.findings = settled.findings;
    this.#log.enqueue(entry);
  }

  /** A list that was shown: how many entries, and which ones were not. */
  listed(call: Authenticated, shown: number, hidden: readonly string[], policyHash: string): void {
    const entry = entryOf('listing', call, this.#clock.nowMs());
    entry.policyHash = policyHash;
    entry.detail = hidden.length === 0 ? { shown } : { shown, hidden: [...hidden] };
    this.#log.enqueue(entry);
  }

  /** A call that was decided and not made. Awaited: what is not recorded is not answered. */
  async evaluated(call: Authenticated, asked: Question, evaluation: Evaluation, policyHash: string): Promise<void> {
    const { decision, code, rule, reason } = evaluation;
    const { principal } = asked.caller;
    await this.#log.append({
      ...entryOf('evaluation', call, this.#clock.nowMs()),
      server: asked.server ?? undefined,
      arguments: call.arguments,
      argumentsDigest: call.argumentsDigest,
      decision: decision === 'allow' ? 'allow' : 'deny',
      rule,
      policyHash,
      ...(code === null ? {} : { code, reason }),
      findings: findingsTold(asked.findings),
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
      findings: findingsTold(event.findings ?? []),
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
export type Settled = Pick<AuditRecord, 'outcome' | 'code' | 'reason' | 'resultDigest' | 'resultBytes' | 'findings'>;

/**
 * An error that the upstream answered.
 * @param findings when there are any, they stand in the record in place of what the error said
 */
export function settledError(error: RpcError, findings: readonly Finding[]): Settled {
  const reason = findings[0]?.why ?? error.message;
  return { outcome: 'error', code: String(error.code), reason, findings: findingsTold(findings) };
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
    code: passed === null ? 'RESULT_REFUSED' : undefined,
    resultDigest: sha256(text),
    resultBytes: Buffer.byteLength(text),
    findings: findingsTold(findings),
  };
}

type Entry = { -readonly [K in keyof AuditRecord]-?: AuditRecord[K] };

/** A record of what is known of the call, with room for everything else: all records of calls have one form. */
function entryOf(kind: AuditRecord['kind'], call: Refused, atMs: number): Entry {
  const { caller, client } = call;
  const { principal } = caller;
  return {
    kind,
    atMs,
    callId: call.id,
    gateway: call.gateway,
    principal: principal.id,
    onBehalfOf: principal.onBehalfOf?.id,
    keyId: caller.keyId ?? undefined,
    address: client.address,
    client: { name: client.name, version: client.version, revision: client.revision },
    method: call.method,
    server: call.upstream,
    target: targetName(call.upstreamTarget ?? call.target),
    fingerprint: call.fingerprint ?? undefined,
    arguments: undefined,
    argumentsDigest: undefined,
    decision: undefined,
    rule: undefined,
    policyHash: undefined,
    facts: undefined,
    shadow: undefined,
    alerts: undefined,
    code: undefined,
    reason: undefined,
    findings: undefined,
    outcome: undefined,
    durationMs: undefined,
    resultDigest: undefined,
    resultBytes: undefined,
    detail: undefined,
  };
}

/** What was decided about, the decision, and beside it what was not enforced. */
function addJudgement(entry: Entry, call: Refused, { decision, findings, policyHash, environment }: Judgement): void {
  entry.arguments = call.arguments;
  entry.argumentsDigest = call.argumentsDigest;
  entry.policyHash = policyHash;
  entry.findings = findingsTold(findings);
  if (decision === null) return;
  const { shadow } = decision;
  const alerts = alertsOf(decision);
  entry.facts = factsOf(call, environment);
  if (shadow !== undefined) entry.shadow = { effect: shadow.effect, rules: [...shadow.rules] };
  if (alerts.length > 0) entry.alerts = alerts;
}

function alertsOf(decision: Decision): string[] {
  const owed = decision.effect === 'deny' ? (decision.alerts ?? []) : decision.obligations;
  if (owed.length === 0) return [];
  return [...new Set(owed.flatMap((one) => (one.kind === 'alert' ? one.channels : [])))];
}

/** What rules may read of a call and no other field of the record tells; `veto policy replay` decides by it. */
function factsOf({ caller, client, pinState }: Refused, environment: Judgement['environment']): JsonObject {
  const { principal, authenticatedBy } = caller;
  const { onBehalfOf } = principal;
  const facts = factsAbout(principal);
  if (onBehalfOf !== undefined) facts['onBehalfOf'] = factsAbout(onBehalfOf);
  facts['authenticatedBy'] = authenticatedBy;
  facts['transport'] = client.transport;
  if (client.session !== null) facts['session'] = client.session;
  if (pinState !== undefined) facts['pinState'] = pinState;
  if (Object.keys(environment).length > 0) facts['environment'] = environment;
  return facts;
}

function factsAbout({ kind, groups, roles, attributes }: Principal): JsonObject {
  const facts: JsonObject = { kind };
  if (groups.length > 0) facts['groups'] = [...groups];
  if (roles.length > 0) facts['roles'] = [...roles];
  if (Object.keys(attributes).length > 0) facts['attributes'] = attributes;
  return facts;
}

function targetName(target: Target): string | undefined {
  if (target.kind === 'none') return undefined;
  if (target.kind === 'resource') return target.uri;
  return target.kind === 'task' ? target.id : target.name;
}

function findingsTold(findings: readonly Finding[]): JsonValue | undefined {
  if (findings.length === 0) return undefined;
  return findings.map(({ code, by, at, why, locked, noted, span }) => {
    return { code, by, at, why, locked, ...(noted === true ? { noted } : {}), ...(span ? { span: [...span] } : {}) };
  });
}
