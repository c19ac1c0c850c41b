import type { Finding } from '../core/decision.ts';
import { canonicalJson } from '../core/canonical-json.ts';
import type { JsonObject } from '../core/json.ts';
import { declaredHints } from './annotations.ts';
import { ALONE, examine, scoreOf, toFinding, type Around } from './descriptions/analyse.ts';
import type { Placed } from './descriptions/signal.ts';
import { newWords } from './drift-text.ts';
import type { Change } from './change.ts';
import { compareSchemas } from './drift-schema.ts';
import type { DriftClass, PinnedKind } from './ports.ts';

/** What a change amounts to. */
export interface Drift {
  readonly class: DriftClass;
  /** Whether calls made for the old definition still mean the same to a server that offers the new one. */
  readonly compatible: boolean;
  /** Worst first. */
  readonly changes: readonly Change[];
  /** The same as findings, for records and policy. */
  readonly findings: readonly Finding[];
}

/** New reasons for distrust from this score on are worth a person's look, from the second on they block. */
const REVIEW_FROM = 0.2;
const DANGER_FROM = 0.4;

const NONE: Drift = { class: 'none', compatible: true, changes: [], findings: [] };
const RANK: Readonly<Record<DriftClass, number>> = { none: 0, harmless: 1, review: 2, dangerous: 3 };

/**
 * Judges a change by what it adds: wording is free, orders are not; options may grow, demands may not.
 * @param around names of other tools that are known to exist
 */
export function compareDefinitions(
  kind: PinnedKind,
  name: string,
  before: JsonObject,
  after: JsonObject,
  around: Around = ALONE,
): Drift {
  const fields = changedFields(before, after);
  if (fields.length === 0) return NONE;
  const schema = compareSchemas(before, after);
  const changes = [...schema.changes, ...hintChanges(before, after), ...fieldChanges(kind, fields)];
  const suspicions = newSuspicions(kind, name, before, after, around);
  changes.push(...judgeSuspicions(suspicions), ...newWords(kind, name, before, after, around));
  if (changes.length === 0) changes.push({ at: fields[0] ?? '', class: 'harmless', why: 'the wording changed' });
  changes.sort((a, b) => RANK[b.class] - RANK[a.class]);
  return {
    class: changes[0]?.class ?? 'harmless',
    compatible: schema.compatible,
    changes,
    findings: [...changes.filter((c) => c.class !== 'harmless').map(asFinding), ...suspicions.map(toFinding)],
  };
}

/** Top-level fields whose canonical form differs: key order and blanks never count. */
export function changedFields(before: JsonObject, after: JsonObject): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => formOf(before, key) !== formOf(after, key)).sort();
}

function formOf(object: JsonObject, key: string): string | null {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return value === undefined ? null : canonicalJson(value);
}

/** Effective hints, absence being the worst case: tightening is harmless, loosening is a promise nobody checked. */
function hintChanges(before: JsonObject, after: JsonObject): Change[] {
  const old = declaredHints(before);
  const now = declaredHints(after);
  const changes: Change[] = [];
  const loosened = (hint: string, why: string): void => {
    changes.push({ at: `annotations.${hint}`, class: 'dangerous', why });
  };
  if (!old.readOnly && now.readOnly) loosened('readOnlyHint', 'the tool now claims to be read-only');
  else if (old.destructive && !now.destructive)
    loosened('destructiveHint', 'the tool now claims not to be destructive');
  if (!old.idempotent && now.idempotent)
    loosened('idempotentHint', 'the tool now claims that repeating it is harmless');
  if (old.openWorld && !now.openWorld) loosened('openWorldHint', 'the tool now claims to stay in a closed world');
  return changes;
}

/** Fields with a meaning of their own in a definition; anything else is new to us and worth a look. */
const TEXTUAL = new Set([
  'description',
  'title',
  'inputSchema',
  'outputSchema',
  'annotations',
  '_meta',
  'execution',
  'arguments',
  'icons',
  'name',
  'mimeType',
  'size',
  'serverInfo',
  'instructions',
  'capabilities',
]);

function fieldChanges(kind: PinnedKind, fields: readonly string[]): Change[] {
  const changes: Change[] = [];
  for (const field of fields) {
    if (!TEXTUAL.has(field))
      changes.push({ at: field, class: 'review', why: `the field \`${field}\` is not known to this version` });
    else if (field === 'name' && kind === 'tool')
      changes.push({ at: field, class: 'dangerous', why: 'the name changed' });
    else if (field === 'arguments')
      changes.push({ at: field, class: 'harmless', why: 'the arguments of the prompt changed' });
  }
  return changes;
}

/** Hits that the new definition has and the old one had not. */
function newSuspicions(
  kind: PinnedKind,
  name: string,
  before: JsonObject,
  after: JsonObject,
  around: Around,
): Placed[] {
  const old = new Set(examine(kind, name, before, around).map((p) => keyOf(p, before)));
  return examine(kind, name, after, around).filter((p) => !old.has(keyOf(p, after)));
}

function keyOf(placed: Placed, body: JsonObject): string {
  const field = body[placed.at];
  const words = typeof field === 'string' ? field.slice(placed.start, placed.end) : '';
  return `${placed.code} ${placed.at} ${words}`;
}

function judgeSuspicions(found: readonly Placed[]): Change[] {
  const score = scoreOf(found);
  const worst = found.toSorted((a, b) => b.weight - a.weight)[0];
  if (!worst || score < REVIEW_FROM) return [];
  return [{ at: worst.at, class: score >= DANGER_FROM ? 'dangerous' : 'review', why: `the new text ${worst.why}` }];
}

function asFinding(change: Change): Finding {
  const code = change.class === 'dangerous' ? 'tool.drift.dangerous' : 'tool.drift';
  return { code, by: 'integrity', at: change.at, why: change.why, locked: false };
}
