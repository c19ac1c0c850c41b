/** What the clock on a wall in some time zone shows. */
export interface WallTime {
  readonly hour: number;
  readonly minute: number;
  /** `mon` … `sun`. */
  readonly day: string;
  /** ISO 8601 date. */
  readonly date: string;
}

const MINUTE_MS = 60_000;

/** Reads the clock of one time zone; the last minute is at hand, because calls come in bunches. */
export class WallClock {
  readonly #format: Intl.DateTimeFormat;
  #minute = -1;
  #time: WallTime = { hour: 0, minute: 0, day: 'thu', date: '1970-01-01' };

  /** @throws RangeError for an unknown time zone */
  constructor(timezone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  }

  /** @param nowMs milliseconds since the Unix epoch */
  read(nowMs: number): WallTime {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute === this.#minute) return this.#time;
    const parts = Object.fromEntries(this.#format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
    this.#time = {
      hour: Number(parts['hour']),
      minute: Number(parts['minute']),
      day: (parts['weekday'] ?? '').toLowerCase(),
      date: `${parts['year']}-${parts['month']}-${parts['day']}`,
    };
    this.#minute = minute;
    return this.#time;
  }
}

/** Whether the platform knows a time zone of that name. The usual one is not asked for: that would load all of them. */
export function isTimezone(name: string): boolean {
  if (name === 'UTC') return true;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Whether a time lies in a window; one that runs over midnight belongs to the day on which it starts. */
export function isWithin(
  time: WallTime,
  fromMinute: number,
  untilMinute: number,
  days: ReadonlySet<string> | null,
): boolean {
  const now = time.hour * 60 + time.minute;
  const overnight = untilMinute <= fromMinute;
  const isEvening = overnight ? now >= fromMinute : now >= fromMinute && now < untilMinute;
  if (isEvening && (!days || days.has(time.day))) return true;
  if (!overnight || now >= untilMinute) return false;
  const yesterday = DAYS[(DAYS.indexOf(time.day) + 6) % 7] ?? '';
  return !days || days.has(yesterday);
}

/** Minutes since midnight of `HH:MM`. */
export function minuteOf(timeOfDay: string): number {
  const [hour, minute] = timeOfDay.split(':');
  return Number(hour) * 60 + Number(minute);
}
