import type { PinState } from '../core/definition.ts';
import type { Finding } from '../core/decision.ts';
import type { JsonObject } from '../core/json.ts';
import {
  REJECTED_MAX,
  UNATTENDED_MAX,
  type ApprovedDefinition,
  type DriftClass,
  type Pin,
  type PinEvent,
  type PinKey,
  type PinStatus,
  type PinWrite,
  type Verifier,
} from './ports.ts';

/** Something a server offers under a pin's name. */
export interface Sighting {
  readonly key: PinKey;
  readonly body: JsonObject;
  readonly fingerprint: string;
}

/** What the judges of this room say; asked only when a pin is missing or the offer differs from it. */
export interface Judges {
  /** Of a definition never seen before: may first use vouch for it? */
  first(sighting: Sighting): FirstSight;
  /** Of a change: how it weighs, and whether calls made for `before` still mean the same to the server. */
  change(before: JsonObject, after: Sighting): Weighed;
}

/** `allow`: first use may vouch for it; `show`: a person should look first; `block`: quarantine. */
export interface FirstSight {
  readonly verdict: 'allow' | 'show' | 'block';
  readonly findings: readonly Finding[];
}

export interface Weighed {
  readonly drift: DriftClass;
  readonly compatible: boolean;
  readonly findings: readonly Finding[];
}

export interface Circumstances {
  readonly mode: 'first_use' | 'review';
  /** Whether a dangerous change takes the approved definition out of service as well. */
  readonly blockDangerous: boolean;
  /** The principal whose call or list brought the news. */
  readonly agent: string;
  readonly nowMs: number;
}

/** Harmless changes of one pin are pinned anew at most this often; meanwhile the approved definition is served. */
export const HARMLESS_INTERVAL_MS = 60_000;

const RULE_HARMLESS: Verifier = { by: 'rule', who: 'harmless-drift' };
const FIRST_USE: Verifier = { by: 'first_use', who: 'first-use' };

/**
 * The one place where news from a server meets a pin. An agent's traffic can tighten a pin or have a harmless
 * change pinned by rule; it can never lift what waits for a person.
 *
 * @returns what to write, or null when the pin says all there is to say
 */
export function sight(pin: Pin | null, sighting: Sighting, judges: Judges, now: Circumstances): PinWrite | null {
  if (pin === null) return sightFirst(sighting, judges, now);
  if (isKnown(pin, sighting.fingerprint)) return null;
  if (pin.unattended >= UNATTENDED_MAX) return overrun(pin, sighting, now);
  if (pin.approved === null || pin.status === 'retired') return replaceWaiting(pin, sighting, judges, now);
  return sightChange(pin, pin.approved, sighting, judges, now);
}

function isKnown(pin: Pin, seen: string): boolean {
  if (pin.waiting?.fingerprint === seen) return true;
  if (pin.approved?.fingerprint === seen) return true;
  return pin.rejected.includes(seen);
}

function sightFirst(sighting: Sighting, judges: Judges, now: Circumstances): PinWrite {
  const { verdict, findings } = judges.first(sighting);
  const blank: Pin = {
    ...sighting.key,
    version: 0,
    status: 'new',
    approved: null,
    baseline: null,
    trustedSinceMs: null,
    waiting: null,
    unattended: 0,
    rejected: [],
  };
  if (now.mode === 'first_use' && verdict === 'allow') {
    const approved = vouched(sighting, FIRST_USE, now.nowMs);
    const next: Pin = { ...blank, status: 'pinned', approved, baseline: approved, trustedSinceMs: now.nowMs };
    const note = findings[0]?.why ?? 'first use';
    return write(blank, next, sighting, { event: 'pinned_first_use', verifier: FIRST_USE, note, now });
  }
  const status: PinStatus = verdict === 'block' ? 'quarantined' : 'new';
  const waiting = { ...offered(sighting), drift: driftOf(verdict), findings, seenAtMs: now.nowMs };
  const note = findings[0]?.why ?? 'waits for its first review';
  const event = verdict === 'block' ? 'quarantined' : 'first_seen';
  return write(blank, { ...blank, status, waiting, unattended: 1 }, sighting, { event, ...byAgent(now), note });
}

function driftOf(verdict: FirstSight['verdict']): DriftClass {
  return verdict === 'block' ? 'dangerous' : 'review';
}

function sightChange(
  pin: Pin,
  approved: ApprovedDefinition,
  s: Sighting,
  judges: Judges,
  now: Circumstances,
): PinWrite | null {
  const weighed = weigh(pin, approved, s, judges);
  const calm = pin.status === 'pinned' || pin.status === 'rejected';
  if (calm && weighed.drift === 'harmless' && weighed.compatible) {
    if (approved.verifier.by === 'rule' && now.nowMs - approved.atMs < HARMLESS_INTERVAL_MS) return null;
    const next: Pin = { ...pin, status: 'pinned', approved: vouched(s, RULE_HARMLESS, now.nowMs) };
    const note = weighed.findings[0]?.why ?? 'harmless by rule';
    return write(pin, next, s, { event: 'pinned_by_rule', verifier: RULE_HARMLESS, note, now });
  }
  const blocked =
    pin.status === 'quarantined' || !weighed.compatible || (now.blockDangerous && weighed.drift === 'dangerous');
  const status: PinStatus = blocked ? 'quarantined' : 'changed';
  const waiting = { ...offered(s), drift: weighed.drift, findings: weighed.findings, seenAtMs: now.nowMs };
  const note = weighed.findings[0]?.why ?? 'the definition changed';
  const event = blocked ? 'quarantined' : 'changed';
  return write(pin, { ...pin, status, waiting, unattended: pin.unattended + 1 }, s, { event, ...byAgent(now), note });
}

/** Against the approved definition, and against the last one a person or first use vouched for: the worse counts. */
function weigh(pin: Pin, approved: ApprovedDefinition, sighting: Sighting, judges: Judges): Weighed {
  const step = judges.change(approved.body, sighting);
  if (!pin.baseline || pin.baseline.fingerprint === approved.fingerprint || step.drift !== 'harmless') return step;
  if (pin.baseline.fingerprint === sighting.fingerprint) return step;
  const whole = judges.change(pin.baseline.body, sighting);
  return { drift: whole.drift, compatible: step.compatible, findings: whole.findings };
}

function replaceWaiting(pin: Pin, sighting: Sighting, judges: Judges, now: Circumstances): PinWrite {
  const { verdict, findings } = judges.first(sighting);
  const quarantine = verdict === 'block' && pin.status !== 'retired';
  const status: PinStatus = quarantine ? 'quarantined' : pin.status === 'rejected' ? 'new' : pin.status;
  const waiting = { ...offered(sighting), drift: driftOf(verdict), findings, seenAtMs: now.nowMs };
  const next: Pin = { ...pin, status, waiting, unattended: pin.unattended + 1 };
  const note = findings[0]?.why ?? 'the definition changed while it waited';
  return write(pin, next, sighting, { event: quarantine ? 'quarantined' : 'changed', ...byAgent(now), note });
}

/** Too much news for nobody to have looked: quarantine once, then write nothing more. */
function overrun(pin: Pin, sighting: Sighting, now: Circumstances): PinWrite | null {
  if (pin.status === 'quarantined' || pin.status === 'retired') return null;
  const note = `changed ${UNATTENDED_MAX} times without anyone looking`;
  return write(pin, { ...pin, status: 'quarantined' }, sighting, { event: 'quarantined', ...byAgent(now), note });
}

/** A person's answer that cannot be carried out: what they looked at is not what waits any more. */
export interface Outdated {
  readonly outdated: string;
}

/** Who answers, and which definition they looked at. */
export interface Answer {
  readonly person: string;
  /** The fingerprint that was on the screen. */
  readonly fingerprint: string;
  readonly note: string;
  readonly nowMs: number;
}

/** A person vouches for exactly the definition they looked at: the waiting one, or the approved one again. */
export function approve(pin: Pin, answer: Answer): PinWrite | Outdated {
  const chosen = [pin.waiting, pin.approved].find((d) => d?.fingerprint === answer.fingerprint);
  if (!chosen) return outdated(pin, answer.fingerprint);
  const verifier: Verifier = { by: 'person', who: answer.person };
  const approved = vouched(chosen, verifier, answer.nowMs);
  const rejected = pin.rejected.filter((f) => f !== answer.fingerprint);
  const trustedSinceMs = pin.trustedSinceMs ?? answer.nowMs;
  const trust = { status: 'pinned', approved, baseline: approved, trustedSinceMs } as const;
  const next: Pin = { ...pin, ...trust, waiting: null, unattended: 0, rejected };
  return write(pin, next, chosen, { event: 'approved', verifier, note: answer.note, now: answer });
}

/** A person refuses what waits. The approved definition, if there is one, goes on being served where compatible. */
export function reject(pin: Pin, answer: Answer): PinWrite | Outdated {
  if (pin.waiting?.fingerprint !== answer.fingerprint) return outdated(pin, answer.fingerprint);
  const verifier: Verifier = { by: 'person', who: answer.person };
  const rejected = [...pin.rejected, answer.fingerprint].slice(-REJECTED_MAX);
  const status: PinStatus = pin.status === 'retired' ? 'retired' : 'rejected';
  const next: Pin = { ...pin, status, waiting: null, unattended: 0, rejected };
  return write(pin, next, pin.waiting, { event: 'rejected', verifier, note: answer.note, now: answer });
}

/** A person takes the trust away. Only `approve` gives it back. */
export function retire(pin: Pin, answer: Omit<Answer, 'fingerprint'>): PinWrite {
  const verifier: Verifier = { by: 'person', who: answer.person };
  const next: Pin = { ...pin, status: 'retired', trustedSinceMs: null, unattended: 0 };
  return write(pin, next, pin.approved, { event: 'retired', verifier, note: answer.note, now: answer });
}

/** Whether the approved definition may be served at all; compatibility with the present offer is asked besides. */
export function mayServe(pin: Pin): boolean {
  return pin.approved !== null && (pin.status === 'pinned' || pin.status === 'changed' || pin.status === 'rejected');
}

/** The word that policies know for a pin's status. */
export function pinStateOf(pin: Pin): PinState {
  return pin.status === 'retired' ? 'unpinned' : pin.status;
}

function outdated(pin: Pin, asked: string): Outdated {
  const waits = pin.waiting ? `\`${pin.waiting.fingerprint.slice(0, 12)}\` waits` : 'nothing waits';
  return {
    outdated: `\`${asked.slice(0, 12)}\` is not what waits for review now (${waits}); look at the difference again`,
  };
}

function offered(sighting: Pick<Sighting, 'body' | 'fingerprint'>): Pick<Sighting, 'body' | 'fingerprint'> {
  return { body: sighting.body, fingerprint: sighting.fingerprint };
}

function vouched(of: Pick<Sighting, 'body' | 'fingerprint'>, verifier: Verifier, atMs: number): ApprovedDefinition {
  return { ...offered(of), verifier, atMs };
}

function byAgent(now: Circumstances): { verifier: Verifier; now: Circumstances } {
  return { verifier: { by: 'agent', who: now.agent }, now };
}

interface Cause {
  readonly event: PinEvent['event'];
  readonly verifier: Verifier;
  readonly note: string;
  readonly now: { readonly nowMs: number };
}

function write(from: Pin, to: Pin, about: Pick<Sighting, 'body' | 'fingerprint'> | null, cause: Cause): PinWrite {
  const version = from.version + 1;
  const weighed = [to.waiting, from.waiting].find((one) => one && one.fingerprint === about?.fingerprint);
  const event: PinEvent = {
    gateway: to.gateway,
    upstream: to.upstream,
    kind: to.kind,
    name: to.name,
    version,
    atMs: cause.now.nowMs,
    event: cause.event,
    from: from.version === 0 ? null : from.status,
    to: to.status,
    fingerprint: about?.fingerprint ?? null,
    previousFingerprint: from.approved?.fingerprint ?? null,
    body: about?.body ?? null,
    verifier: cause.verifier,
    ...(weighed ? { drift: weighed.drift, findings: weighed.findings } : {}),
    note: cause.note,
  };
  return { expectedVersion: from.version, pin: { ...to, version }, event };
}
