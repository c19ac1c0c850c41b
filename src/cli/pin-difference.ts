import { canonicalJson } from '../core/canonical-json.ts';
import type { JsonValue } from '../core/json.ts';
import { changedFields, compareDefinitions } from '../integrity/drift.ts';
import { fieldFingerprints } from '../integrity/fingerprint.ts';
import { inspectDefinition } from '../integrity/inspect.ts';
import type { Pin } from '../integrity/ports.ts';
import type { Settings } from '../config/settings.ts';
import type { Registry } from '../store/sqlite/registry.ts';
import type { Io } from './io.ts';
import { paint, printable, showTime } from './output.ts';
import { CALLS_READ_MAX, callersOf, gatewaysWith, reachOf, type Caller, type Reach } from './pin-dependents.ts';

/** Where the pin stands, beside the pin itself. */
export interface Place {
  readonly directory: string;
  readonly registry: Registry;
  readonly settings: Settings | null;
}

/** What a person needs to see before they answer. */
export async function differenceOf(pin: Pin, { directory, registry, settings }: Place, nowMs: number) {
  const before = pin.approved?.body ?? {};
  const after = pin.waiting?.body ?? pin.approved?.body ?? {};
  const [old, now] = [fieldFingerprints(before), fieldFingerprints(after)];
  const drift = pin.approved ? compareDefinitions(pin.kind, pin.name, before, after) : null;
  const inspection = inspectDefinition(pin.kind, pin.name, after);
  const callers = await callersOf(directory, pin);
  return {
    class: drift?.class ?? null,
    compatible: drift?.compatible ?? null,
    verdict: inspection.verdict,
    changes: changedFields(before, after).map((field) => ({
      field,
      before: before[field] ?? null,
      after: after[field] ?? null,
      digests: [old[field] ?? null, now[field] ?? null],
    })),
    findings: drift ? drift.findings : inspection.findings,
    callers,
    gateways: gatewaysWith(settings, pin.upstream),
    policy: reachOf(pin, settings, { registry, callers, nowMs }),
  };
}

type Difference = Awaited<ReturnType<typeof differenceOf>>;

/** The same for people. */
export function showDifference(io: Io, pin: Pin, told: Difference): void {
  const title = printable(`${pin.gateway} / ${pin.upstream} / ${pin.kind} ${pin.name}`);
  io.out(`${paint(io, 'bold', title)}  ${pin.status}\n`);
  for (const { field, before, after } of told.changes) writeField(io, field, before, after);
  for (const { at, why, code } of told.findings)
    io.out(`! ${printable(`${at || '(whole)'}: ${why}`)} ${paint(io, 'dim', code)}\n`);
  writeCallers(io, told.callers);
  if (told.gateways)
    io.out(`served by ${told.gateways.map((one) => `\`${printable(one)}\``).join(', ') || 'no gateway'}\n`);
  writePolicy(io, told.policy);
  if (pin.waiting) io.out(`fingerprint ${pin.waiting.fingerprint}\n`);
}

function writeCallers(io: Io, callers: readonly Caller[]): void {
  io.out(`${paint(io, 'bold', 'called by')}${callers.length === 0 ? ' nobody yet' : ''}\n`);
  const total = callers.reduce((sum, { calls }) => sum + calls, 0);
  for (const { principal, keyId, calls, lastAtMs } of callers) {
    const key = keyId === null ? '' : ` (key ${keyId})`;
    io.out(`  ${printable(`${principal}${key}`)}: ${calls} calls, the last ${showTime(lastAtMs)}\n`);
  }
  if (total >= CALLS_READ_MAX) io.out(`  counted in the newest ${CALLS_READ_MAX} calls only\n`);
}

function writePolicy(io: Io, reach: readonly Reach[] | string): void {
  if (typeof reach === 'string') return io.out(`policy: ${printable(reach)}\n`);
  if (reach.length === 0) return;
  io.out(`${paint(io, 'bold', 'the policy would')}\n`);
  for (const { principal, now, approved } of reach) {
    const said = [now && `now ${now.join(' or ')}`, approved && `once approved ${approved.join(' or ')}`];
    io.out(`  ${printable(principal)}: ${said.filter(Boolean).join(', ')}\n`);
  }
}

function writeField(io: Io, field: string, before: JsonValue, after: JsonValue): void {
  io.out(`${paint(io, 'bold', printable(field))}\n`);
  const old = linesOf(before);
  const now = linesOf(after);
  for (const line of old.filter((one) => !now.includes(one))) io.out(`${paint(io, 'red', `- ${printable(line)}`)}\n`);
  for (const line of now.filter((one) => !old.includes(one))) io.out(`${paint(io, 'green', `+ ${printable(line)}`)}\n`);
}

/** A value as lines that can be compared: texts by line, objects by path. */
function linesOf(value: JsonValue, at = ''): string[] {
  if (value === null && at === '') return [];
  if (typeof value === 'string' && at === '') return value.split('\n');
  if (typeof value !== 'object' || value === null) return [`${at}: ${canonicalJson(value)}`];
  const entries = Object.entries(value).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return entries.flatMap(([key, inner]) => linesOf(inner, at === '' ? key : `${at}.${key}`));
}
