import { Fault } from '../core/fault.ts';

/** One event of a `text/event-stream` (WHATWG HTML, 9.2). Comments and empty events are not reported. */
export interface SseEvent {
  /** `message` when the stream names none. */
  readonly type: string;
  readonly data: string;
}

const LF = 0x0a;
const CR = 0x0d;
const BOM = [0xef, 0xbb, 0xbf];
/** What an event may well name besides its data: its type, its id and the retry time. */
const FIELDS = 3;

/**
 * Decodes an event stream from chunks split at any byte. Lines end in LF, CR or CRLF; UTF-8 sequences may be split.
 * One event, however many lines it has, is bounded by `eventBytesMax`.
 */
export class SseDecoder {
  /** The last `id` seen; what `Last-Event-ID` takes. */
  lastEventId = '';
  /** The last `retry` seen, in milliseconds. */
  retryMs: number | null = null;
  readonly #eventBytesMax: number;
  readonly #onEvent: (event: SseEvent) => void;
  readonly #onSkipped: (bytes: number, lines: number) => void;
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #type = '';
  #data: string[] = [];
  #eventBytes = 0;
  #fields = 0;
  #skippedBytes = 0;
  #skippedLines = 0;
  #skipLf = false;
  #atStart = true;

  /**
   * @param onSkipped told, at most once per chunk, of what was no data of an event: comments, empty events, other
   *   fields; of these only the bytes count as long as there are no more than an event has a use for
   */
  constructor(
    eventBytesMax: number,
    onEvent: (event: SseEvent) => void,
    onSkipped: (bytes: number, lines: number) => void = () => undefined,
  ) {
    this.#eventBytesMax = eventBytesMax;
    this.#onEvent = onEvent;
    this.#onSkipped = onSkipped;
  }

  /** @throws Fault('result_too_large') when an event outgrows its bound; the decoder is then of no more use */
  push(chunk: Buffer): void {
    let from = 0;
    if (this.#skipLf && chunk.length > 0) {
      this.#skipLf = false;
      if (chunk[0] === LF) from = 1;
    }
    let cr = chunk.indexOf(CR, from);
    let lf = chunk.indexOf(LF, from);
    while (cr >= 0 || lf >= 0) {
      const end = cr < 0 || (lf >= 0 && lf < cr) ? lf : cr;
      this.#endLine(chunk.subarray(from, end));
      from = end + 1;
      if (end === cr) {
        if (from === chunk.length) this.#skipLf = true;
        else if (chunk[from] === LF) from++;
        cr = chunk.indexOf(CR, from);
      }
      if (lf >= 0 && lf < from) lf = chunk.indexOf(LF, from);
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
    if (this.#skippedBytes > 0 || this.#skippedLines > 0) this.#onSkipped(this.#skippedBytes, this.#skippedLines);
    this.#skippedBytes = 0;
    this.#skippedLines = 0;
  }

  #keep(rest: Buffer): void {
    this.#partialBytes += rest.length;
    this.#checkSize();
    this.#partial.push(Buffer.from(rest));
  }

  #checkSize(): void {
    if (this.#partialBytes + this.#eventBytes <= this.#eventBytesMax) return;
    throw new Fault('result_too_large', `an event of the stream is larger than ${this.#eventBytesMax} bytes`);
  }

  #endLine(end: Buffer): void {
    let line = end;
    if (this.#partial.length > 0) {
      this.#partial.push(end);
      line = Buffer.concat(this.#partial);
      this.#partial = [];
      this.#partialBytes = 0;
    }
    if (this.#atStart) {
      this.#atStart = false;
      if (BOM.every((byte, i) => line[i] === byte)) line = line.subarray(BOM.length);
    }
    if (line.length === 0) this.#dispatch();
    else this.#field(line);
  }

  #field(line: Buffer): void {
    const colon = line.indexOf(':');
    if (colon === 0) {
      this.#skip(line.length, 1);
      return;
    }
    this.#eventBytes += line.length;
    this.#checkSize();
    const name = line.toString('utf8', 0, colon < 0 ? line.length : colon);
    const value = colon < 0 ? '' : line.toString('utf8', line[colon + 1] === 0x20 ? colon + 2 : colon + 1);
    if (name === 'data') {
      this.#data.push(value);
      return;
    }
    this.#skip(line.length, ++this.#fields > FIELDS ? 1 : 0);
    if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.lastEventId = value;
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) this.retryMs = Number(value);
  }

  #dispatch(): void {
    const lines = this.#data;
    const type = this.#type === '' ? 'message' : this.#type;
    this.#type = '';
    this.#eventBytes = 0;
    this.#fields = 0;
    if (lines.length > 0) this.#data = [];
    const data = lines.length === 1 ? lines[0] : lines.join('\n');
    if (data !== undefined && data !== '') this.#onEvent({ type, data });
    else this.#skip(0, lines.length + 1);
  }

  #skip(bytes: number, lines: number): void {
    this.#skippedBytes += bytes;
    this.#skippedLines += lines;
  }
}
