import { UsageError } from './output.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of `90s`, `15m`, `1h`, `30d`, `2w`. @throws UsageError */
export function readDuration(text: string): number {
  const [, number, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const unitMs = UNITS[unit ?? ''];
  if (number === undefined || unitMs === undefined) {
    throw new UsageError(`\`${text}\` is not a length of time; write \`90s\`, \`15m\`, \`1h\`, \`30d\` or \`2w\``);
  }
  return Number(number) * unitMs;
}

/** A moment: that long before now, or an ISO 8601 date or time (UTC unless it says otherwise). @throws UsageError */
export function readMoment(text: string, nowMs: number): number {
  if (/^\d{1,6}[smhdw]$/.test(text)) return nowMs - readDuration(text);
  const zoned = /T.*(Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`;
  const atMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(zoned) : Number.NaN;
  if (Number.isNaN(atMs)) {
    throw new UsageError(`\`${text}\` is not a time; write \`1h\` (ago), \`2026-11-22\` or \`2026-11-22T10:00:00Z\``);
  }
  return atMs;
}
