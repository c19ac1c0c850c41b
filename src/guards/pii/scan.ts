/**
 * Finds personal data in any text. In: a text and the classes that matter. Out: where each stands and what it is,
 * never the data. Numbers count only with the right check digits. Every form is bounded, so the time is linear.
 */
import type { Detection } from '../secret/scan.ts';
import { DETECTIONS_MAX } from '../secret/scan.ts';
import { PII_FORMATS } from './formats-table.ts';
import type { PiiClass, PiiFormat } from './formats-table.ts';

export const PII_CLASSES = ['email', 'phone', 'payment-card', 'iban', 'national-id', 'health-id'] as const satisfies readonly PiiClass[];

const CONTEXT_CHARS = 48;
const HAS_DIGITS = /\d{2}/;

/** @returns in the order of the text, not overlapping */
export function scanPii(text: string, classes: ReadonlySet<string>): readonly Detection[] {
  const digits = HAS_DIGITS.test(text);
  const found: Detection[] = [];
  for (const format of PII_FORMATS) {
    if (!classes.has(format.class) || !couldHold(text, format, digits)) continue;
    collect(text, format, found);
    if (found.length >= DETECTIONS_MAX) break;
  }
  return found.length < 2 ? found : withoutOverlap(found);
}

function couldHold(text: string, { needs }: PiiFormat, digits: boolean): boolean {
  return needs === '@' ? text.includes('@') : digits && (needs === null || text.includes(needs));
}

function collect(text: string, format: PiiFormat, found: Detection[]): void {
  format.form.lastIndex = 0;
  for (let match = format.form.exec(text); match !== null && found.length < DETECTIONS_MAX; match = format.form.exec(text)) {
    const start = match.index;
    const bare = match[0].replace(/[^A-Za-z0-9]/g, '');
    if (format.check !== null && !format.check(bare)) continue;
    if (format.context !== null && !format.context.test(text.slice(Math.max(0, start - CONTEXT_CHARS), start))) continue;
    found.push({ name: format.name, class: format.class, start, end: start + match[0].length });
  }
}

function withoutOverlap(found: readonly Detection[]): readonly Detection[] {
  const kept: Detection[] = [];
  for (const next of [...found].sort((left, right) => left.start - right.start || right.end - left.end)) {
    if (next.start >= (kept.at(-1)?.end ?? 0)) kept.push(next);
  }
  return kept;
}
