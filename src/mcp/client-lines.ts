const LF = 0x0a;
const CR = 0x0d;
const NOTHING = Buffer.alloc(0);
const TAB = 0x09;
const SPACE = 0x20;
/** What is kept of both ends of a line that is too long: enough for the id of a message. */
const END_BYTES = 256;

/** A line that was dropped because of its length. */
export interface DroppedLine {
  readonly bytes: number;
  readonly head: string;
  readonly tail: string;
}

export interface LineEvents {
  /** Without its end. */
  line(line: Buffer): void;
  dropped(line: DroppedLine): void;
  /** What no line was made of: blank lines, and bytes of a line beyond what it may have. At most once per chunk. */
  skipped?(bytes: number, lines: number): void;
}

/** Cuts newline-framed bytes (stdio transport) into lines of at most `lineBytesMax` bytes. */
export class LineDecoder {
  readonly #lineBytesMax: number;
  readonly #events: LineEvents;
  #kept: Buffer[] = [];
  #bytes = 0;
  #tail: Buffer = NOTHING;
  #skippedBytes = 0;
  #skippedLines = 0;

  constructor(lineBytesMax: number, events: LineEvents) {
    this.#lineBytesMax = lineBytesMax;
    this.#events = events;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      this.#add(chunk.subarray(from, end));
      this.#finish();
      from = end + 1;
    }
    if (from < chunk.length) this.#add(chunk.subarray(from));
    if (this.#skippedBytes > 0) this.#events.skipped?.(this.#skippedBytes, this.#skippedLines);
    this.#skippedBytes = 0;
    this.#skippedLines = 0;
  }

  #add(part: Buffer): void {
    if (part.length === 0) return;
    const before = this.#bytes;
    this.#bytes += part.length;
    if (this.#bytes <= this.#lineBytesMax) {
      this.#kept.push(part);
      return;
    }
    this.#skippedBytes += this.#bytes - Math.max(before, this.#lineBytesMax);
    const head = this.#kept.length > 1 ? Buffer.concat(this.#kept) : (this.#kept[0] ?? part);
    this.#kept = [Buffer.from(head.subarray(0, END_BYTES))];
    this.#tail = Buffer.from(Buffer.concat([this.#tail, part.subarray(-END_BYTES)]).subarray(-END_BYTES));
  }

  #finish(): void {
    const bytes = this.#bytes;
    if (bytes === 0) {
      this.#blank(1);
      return;
    }
    const line = this.#kept.length === 1 && this.#kept[0] ? this.#kept[0] : Buffer.concat(this.#kept);
    const tail = this.#tail;
    this.#kept = [];
    this.#bytes = 0;
    this.#tail = NOTHING;
    if (bytes > this.#lineBytesMax) {
      this.#events.dropped({ bytes, head: line.toString('utf8'), tail: tail.toString('utf8') });
      return;
    }
    const end = line[line.length - 1] === CR ? line.length - 1 : line.length;
    if (end > 0) this.#events.line(end === line.length ? line : line.subarray(0, end));
    else this.#blank(2);
  }

  #blank(bytes: number): void {
    this.#skippedBytes += bytes;
    this.#skippedLines++;
  }
}

/** Whether a line says nothing: only what JSON takes for blanks (RFC 8259, section 2). */
export function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === SPACE || byte === TAB || byte === CR);
}

const ID_FIRST = /^\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,15})\s*,/;
const ID_LAST = /,\s*"id"\s*:\s*(\d{1,15})\s*\}\s*$/;

/**
 * The id of a message of which only both ends are left, where its place there is beyond doubt: first (or after
 * `jsonrpc`), or last. Null when it cannot be told.
 */
export function idOfDropped(line: DroppedLine): number | null {
  const found = ID_FIRST.exec(line.head) ?? ID_LAST.exec(line.tail);
  return found === null ? null : Number(found[1]);
}
