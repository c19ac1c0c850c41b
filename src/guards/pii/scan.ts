/**
 * Finds personal data in any text. In: a text and the classes that matter. Out: where each stands and what it is,
 * never the data. Numbers count only with the right check digits. Every form is bounded, so the time is linear.
 */
import type { Detection } from '../secret/scan.ts';
import { DETECTIONS_MAX } from '../secret/scan.ts';
import { PII_FORMATS } from './formats-table.ts';
import type { PiiClass, PiiFormat } from './formats-table.ts';

export const PII_CLASSES = [
  'email',
  'phone',
  'payment-card',
  'iban',
  'national-id',
  'health-id',
] as const satisfies readonly PiiClass[];

const CONTEXT_CHARS = 48;
/** Numbers of people have at least so many digits within so many characters; text without such a place holds none. */
const DIGITS_MIN = 5;
const WINDOW_CHARS = 24;

/** @returns in the order of the text, not overlapping */
export function scanPii(text: string, classes: ReadonlySet<string>): readonly Detection[] {
  const found: Detection[] = [];
  if (classes.has('email') && text.includes('@')) collect(text, 0, EMAIL, found, classes);
  if (NUMERIC.some((format) => classes.has(format.class))) {
    for (const [from, to] of numericWindows(text)) collect(text.slice(from, to), from, NUMERIC, found, classes);
  }
  return found.length < 2 ? found : withoutOverlap(found);
}

const EMAIL = PII_FORMATS.filter((format) => format.class === 'email');
const NUMERIC = PII_FORMATS.filter((format) => format.class !== 'email');

/** Stretches with digits close together, widened so that the words before them are seen. */
function numericWindows(text: string): readonly (readonly [number, number])[] {
  const windows: [number, number][] = [];
  const recent = Array.from({ length: DIGITS_MIN }, () => -WINDOW_CHARS);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) continue;
    recent[at] = i;
    at = (at + 1) % DIGITS_MIN;
    const first = recent[at] ?? 0;
    if (i - first >= WINDOW_CHARS || first < 0) continue;
    const last = windows.at(-1);
    if (last !== undefined && first - CONTEXT_CHARS <= last[1]) last[1] = i + WINDOW_CHARS;
    else windows.push([Math.max(0, first - CONTEXT_CHARS), i + WINDOW_CHARS]);
  }
  return windows;
}

function collect(
  text: string,
  offset: number,
  formats: readonly PiiFormat[],
  found: Detection[],
  classes: ReadonlySet<string>,
): void {
  for (const format of formats) {
    if (!classes.has(format.class)) continue;
    format.form.lastIndex = 0;
    for (
      let match = format.form.exec(text);
      match !== null && found.length < DETECTIONS_MAX;
      match = format.form.exec(text)
    ) {
      const start = match.index;
      if (!isGenuine(text, start, match[0], format)) continue;
      found.push({
        name: format.name,
        class: format.class,
        start: offset + start,
        end: offset + start + match[0].length,
      });
    }
  }
}

function isGenuine(text: string, start: number, written: string, { check, context }: PiiFormat): boolean {
  if (check !== null && !check(written.replace(/[^A-Za-z0-9]/g, ''))) return false;
  return context === null || context.test(text.slice(Math.max(0, start - CONTEXT_CHARS), start));
}

function withoutOverlap(found: readonly Detection[]): readonly Detection[] {
  const kept: Detection[] = [];
  for (const next of [...found].sort((left, right) => left.start - right.start || right.end - left.end)) {
    if (next.start >= (kept.at(-1)?.end ?? 0)) kept.push(next);
  }
  return kept;
}
