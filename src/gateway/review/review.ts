/**
 * What a person needs to see before they answer for a definition. Enters: a pin, and what is known around it. Leaves:
 * the difference field by field, findings, who depends on it, what the policy would let it do. Must never happen here:
 * a change of a pin, or a word that depends on who looks.
 */
import type { RecordLog } from '../../audit/record.ts';
import type { KeyEntry } from '../../authn/ports.ts';
import type { Finding } from '../../core/decision.ts';
import { isObject, own, type JsonObject, type JsonValue } from '../../core/json.ts';
import { changedFields, compareDefinitions } from '../../integrity/drift.ts';
import { fieldFingerprints } from '../../integrity/fingerprint.ts';
import { inspectDefinition, type Inspection } from '../../integrity/inspect.ts';
import type { DriftClass, Pin } from '../../integrity/ports.ts';
import type { GatewaySnapshot } from '../snapshot.ts';
import { callersOf, type PinCaller } from './callers.ts';
import { differingLines, type DifferingLine } from './difference.ts';
import { reachOf, type Reach } from './reach.ts';

/** What is known around a pin. */
export interface ReviewWorld {
  /** null: nothing was ever recorded. */
  readonly records: Pick<RecordLog, 'query'> | null;
  /** Keys that work now, stored and declared. */
  readonly keys: readonly Pick<KeyEntry, 'gateway' | 'principal'>[];
  /** Gateways as they decide now; a sentence when that is not known. */
  readonly gateways: ReadonlyMap<string, GatewaySnapshot> | string;
  /** Declared roots of an upstream. */
  rootsOf(upstream: string): readonly string[];
  readonly nowMs: number;
}

/** One top-level field that differs. */
export interface FieldDifference {
  readonly field: string;
  /** null: the definition has no such field. */
  readonly before: JsonValue;
  readonly after: JsonValue;
  /** SHA-256 of both in RFC 8785 form, lower-case hexadecimal. */
  readonly digests: readonly [string | null, string | null];
  readonly lines: readonly DifferingLine[];
}

/** A finding as people and machines are told. */
export interface ToldFinding {
  readonly code: string;
  /** Dotted; empty for the whole. */
  readonly field: string;
  readonly span: readonly [number, number] | null;
  /** The words at the span, with a little around them; null when there are none. */
  readonly excerpt: string | null;
  readonly why: string;
}

/** What a person needs to see before they answer. */
export interface PinReview {
  /** How what waits weighs against what is approved; null when nothing was ever approved. */
  readonly class: DriftClass | null;
  /** Whether calls made for the approved definition still mean the same to the server. */
  readonly compatible: boolean | null;
  /** Of the definition that waits, else the approved one, looked at alone. */
  readonly verdict: Inspection['verdict'];
  readonly score: number;
  readonly changes: readonly FieldDifference[];
  readonly findings: readonly ToldFinding[];
  readonly callers: readonly PinCaller[];
  /** Gateways that have the upstream; null when that is not known. */
  readonly gateways: readonly string[] | null;
  /** A sentence when the policy cannot be asked. */
  readonly policy: readonly Reach[] | string;
}

/** @throws Fault('store_failed') when the record cannot be read */
export async function reviewPin(pin: Pin, world: ReviewWorld): Promise<PinReview> {
  const before = pin.approved?.body ?? {};
  const after = pin.waiting?.body ?? before;
  const [old, now] = [fieldFingerprints(before), fieldFingerprints(after)];
  const drift = pin.approved ? compareDefinitions(pin.kind, pin.name, before, after) : null;
  const inspection = inspectDefinition(pin.kind, pin.name, after);
  const callers = await callersOf(world.records, pin);
  return {
    class: drift?.class ?? null,
    compatible: drift?.compatible ?? null,
    verdict: inspection.verdict,
    score: inspection.score,
    changes: changedFields(before, after).map((field) => ({
      field,
      before: before[field] ?? null,
      after: after[field] ?? null,
      digests: [old[field] ?? null, now[field] ?? null],
      lines: differingLines(own(before, field), own(after, field)),
    })),
    findings: findingsOf(pin, drift?.findings ?? inspection.findings, after),
    callers,
    gateways: typeof world.gateways === 'string' ? null : gatewaysWith(world.gateways, pin.upstream),
    policy: policyOf(pin, world, callers),
  };
}

/** What was seen when the definition came, with its neighbours known, first; then what looking at it now adds. */
function findingsOf(pin: Pin, seenNow: readonly Finding[], body: JsonObject): ToldFinding[] {
  const all = [...(pin.waiting?.findings ?? []), ...seenNow].map((finding) => told(finding, body));
  const byText = new Map(all.map((finding) => [JSON.stringify(finding), finding]));
  return [...byText.values()];
}

function told({ code, at, span, why }: Finding, body: JsonObject): ToldFinding {
  return { code, field: at, span: span ?? null, excerpt: excerptOf(body, at, span), why };
}

/** Characters shown before and after the words of a finding, and of these words themselves. */
const AROUND_CHARS = 24;
const EXCERPT_CHARS_MAX = 160;

function excerptOf(body: JsonObject, at: string, span: Finding['span']): string | null {
  if (span === undefined) return null;
  let value: JsonValue | undefined = body;
  for (const key of at.split('.')) value = isObject(value) ? own(value, key) : undefined;
  if (typeof value !== 'string') return null;
  const from = Math.max(0, span[0] - AROUND_CHARS);
  const to = Math.min(value.length, span[1] + AROUND_CHARS, span[0] + EXCERPT_CHARS_MAX);
  return `${from > 0 ? '…' : ''}${value.slice(from, to).toWellFormed()}${to < value.length ? '…' : ''}`;
}

function gatewaysWith(gateways: ReadonlyMap<string, GatewaySnapshot>, upstream: string): string[] {
  return [...gateways.values()].filter((one) => one.upstreams.includes(upstream)).map((one) => one.name);
}

function policyOf(pin: Pin, world: ReviewWorld, callers: readonly PinCaller[]): readonly Reach[] | string {
  if (typeof world.gateways === 'string') return world.gateways;
  const gateway = world.gateways.get(pin.gateway);
  if (!gateway) return `the configuration has no gateway \`${pin.gateway}\``;
  const { keys, nowMs } = world;
  return reachOf(pin, { gateway, roots: world.rootsOf(pin.upstream), keys, callers, nowMs });
}
