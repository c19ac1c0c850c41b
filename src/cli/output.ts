import type { Io } from './io.ts';

/** A mistake of the person at the keyboard: exit code 2, one sentence, no stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Exit codes of every command. */
export const EXIT = { fine: 0, finding: 1, usage: 2 } as const;

/** Parameters of the escape sequence (ECMA-48, SGR). */
const COLOURS = { dim: '2', red: '31', green: '32', yellow: '33', bold: '1', removed: '7;31', added: '7;32' } as const;

/** Text in a colour, where there are colours. */
export function paint(io: Io, colour: keyof typeof COLOURS, text: string): string {
  return io.colour ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
}

/**
 * Text that came from elsewhere, made safe for a terminal: control characters, and characters that reorder or hide
 * text (Unicode categories Cc, Cf, Zl, Zp), are shown as escapes. They are those of JSON, so that a line of JSON stays
 * one, with the same meaning.
 */
export function printable(text: string): string {
  if (ASCII.test(text)) return text;
  return text.replaceAll(UNPRINTABLE, (character) => {
    const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

const ASCII = /^[\x20-\x7e]*$/;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** One JSON value on one line, safe for a terminal and still JSON: what is not printable is escaped as JSON escapes. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  return ASCII.test(text) ? text : text.replaceAll(UNPRINTABLE, escapeUnits);
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }).join('');
}

/** One JSON value on one line. */
export function writeJson(io: Io, value: unknown): void {
  io.out(`${jsonText(value)}\n`);
}

/** Rows in aligned columns under a heading; cells are made printable. */
export function writeTable(io: Io, heading: readonly string[], rows: readonly (readonly string[])[]): void {
  const cells = rows.map((row) => row.map(printable));
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  io.out(`${paint(io, 'bold', alignRow(heading, widths))}\n`);
  for (const row of cells) io.out(`${alignRow(row, widths)}\n`);
}

function alignRow(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd();
}

/** A time for people: UTC, to the second or to the millisecond. */
export function showTime(atMs: number | null, withMs = false): string {
  if (atMs === null || !Number.isFinite(atMs) || Math.abs(atMs) > 8.64e15) return '-';
  const text = new Date(atMs).toISOString();
  return withMs ? text.replace('T', ' ') : `${text.slice(0, 19).replace('T', ' ')}Z`;
}
