import { canonicalJson } from '../../core/canonical-json.ts';
import { isObject, type JsonValue } from '../../core/json.ts';

/** Start and end (exclusive) in UTF-16 code units. */
export type Mark = readonly [number, number];

/** A line that only one of two values has. */
export interface DifferingLine {
  readonly sign: '-' | '+';
  /** Path inside the field, such as `properties.id.description`; empty for a text that is the field itself. */
  readonly at: string;
  readonly text: string;
  /** What differs from the line on the other side; empty when there is no such line, or all of it differs. */
  readonly marks: readonly Mark[];
}

interface Line {
  readonly at: string;
  readonly text: string;
}

/**
 * Two values of one field, compared so that a person can read it: texts by line, anything else by path, and within
 * lines that correspond by word. Order of keys does not count. Linear, but for texts of up to `CELLS_MAX` pairs of
 * words or lines that differ.
 */
export function differingLines(before: JsonValue | undefined, after: JsonValue | undefined): DifferingLine[] {
  if (isText(before) && isText(after)) return byLine(before?.split('\n') ?? [], after?.split('\n') ?? []);
  return byPath(linesOf(before, ''), linesOf(after, ''));
}

function isText(value: JsonValue | undefined): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

/** Every leaf as JSON, so that the text `"1"` is not taken for the number. */
function linesOf(value: JsonValue | undefined, at: string): Line[] {
  if (value === undefined) return [];
  const entries = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : [];
  if (entries.length === 0) return [{ at, text: canonicalJson(value) }];
  return entries.flatMap(([key, inner]) => linesOf(inner, join(at, key)));
}

function join(at: string, key: string | number): string {
  if (typeof key === 'number') return `${at}[${key}]`;
  return at === '' ? key : `${at}.${key}`;
}

function byPath(before: readonly Line[], after: readonly Line[]): DifferingLine[] {
  const old = new Map(before.map((line) => [line.at, line]));
  const now = new Map(after.map((line) => [line.at, line]));
  const lines: DifferingLine[] = [];
  for (const line of before) {
    const other = now.get(line.at);
    if (other === undefined) lines.push({ sign: '-', ...line, marks: [] });
    else if (other.text !== line.text) lines.push(...paired(line, other));
  }
  for (const line of after) if (!old.has(line.at)) lines.push({ sign: '+', ...line, marks: [] });
  return lines;
}

function byLine(before: readonly string[], after: readonly string[]): DifferingLine[] {
  const lines: DifferingLine[] = [];
  for (const [from, to] of hunks(before, after)) {
    const old = before.slice(...from).map((text) => ({ at: '', text }));
    const now = after.slice(...to).map((text) => ({ at: '', text }));
    const pairs = Math.min(old.length, now.length);
    for (let i = 0; i < pairs; i++) lines.push(...paired(old[i] ?? NO_LINE, now[i] ?? NO_LINE));
    for (const line of old.slice(pairs)) lines.push({ sign: '-', ...line, marks: [] });
    for (const line of now.slice(pairs)) lines.push({ sign: '+', ...line, marks: [] });
  }
  return lines;
}

const NO_LINE: Line = { at: '', text: '' };

/** Words, blanks and single other characters: the whole text in pieces. */
const WORDS = /[\p{L}\p{N}_]+|\s+|./gsu;

function paired(old: Line, now: Line): DifferingLine[] {
  const before = old.text.match(WORDS) ?? [];
  const after = now.text.match(WORDS) ?? [];
  const found = hunks(before, after);
  const marksOf = (words: readonly string[], side: 0 | 1): Mark[] => {
    const starts = [0];
    for (const word of words) starts.push((starts.at(-1) ?? 0) + word.length);
    const marks = found.map((hunk): Mark => [starts[hunk[side][0]] ?? 0, starts[hunk[side][1]] ?? 0]);
    const real = marks.filter(([start, end]) => start < end);
    const isWhole = real.length === 1 && real[0]?.[0] === 0 && real[0][1] === starts.at(-1);
    return isWhole ? [] : real;
  };
  return [
    { sign: '-', ...old, marks: marksOf(before, 0) },
    { sign: '+', ...now, marks: marksOf(after, 1) },
  ];
}

/** Beyond so many pairs of pieces the whole stretch counts as changed. */
const CELLS_MAX = 4_000_000;

/** Stretches `[from, to)` of both sides that do not correspond, in order. */
function hunks(before: readonly string[], after: readonly string[]): [Mark, Mark][] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < Math.min(before.length, after.length) - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const old = before.slice(head, before.length - tail);
  const now = after.slice(head, after.length - tail);
  if (old.length === 0 && now.length === 0) return [];
  const kept = old.length * now.length > CELLS_MAX ? [] : longestCommon(old, now);
  const found: [Mark, Mark][] = [];
  let [a, b] = [0, 0];
  for (const [x, y] of [...kept, [old.length, now.length] as const]) {
    if (a < x || b < y) found.push([[head + a, head + x], [head + b, head + y]]); // prettier-ignore
    [a, b] = [x + 1, y + 1];
  }
  return found;
}

/** Pairs of positions of a longest common subsequence (Wagner and Fischer, 1974). */
function longestCommon(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      const skipped = Math.max(lengths[at + width] ?? 0, lengths[at + 1] ?? 0);
      lengths[at] = a[i] === b[j] ? (lengths[at + width + 1] ?? 0) + 1 : skipped;
    }
  }
  const pairs: (readonly [number, number])[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const at = i * width + j;
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if ((lengths[at + width] ?? 0) >= (lengths[at + 1] ?? 0)) i++;
    else j++;
  }
  return pairs;
}
