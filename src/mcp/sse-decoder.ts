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
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #type = '';
  #data: string[] = [];
  #dataBytes = 0;
  #skipLf = false;
  #atStart = true;

  constructor(eventBytesMax: number, onEvent: (event: SseEvent) => void) {
    this.#eventBytesMax = eventBytesMax;
    this.#onEvent = onEvent;
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
  }

  #keep(rest: Buffer): void {
    this.#partialBytes += rest.length;
    this.#checkSize();
    this.#partial.push(Buffer.from(rest));
  }

  #checkSize(): void {
    if (this.#partialBytes + this.#dataBytes <= this.#eventBytesMax) return;
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
    if (colon === 0) return;
    const name = line.toString('utf8', 0, colon < 0 ? line.length : colon);
    const value = colon < 0 ? '' : line.toString('utf8', line[colon + 1] === 0x20 ? colon + 2 : colon + 1);
    if (name === 'data') {
      this.#dataBytes += line.length;
      this.#checkSize();
      this.#data.push(value);
    } else if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.lastEventId = value;
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) this.retryMs = Number(value);
  }

  #dispatch(): void {
    const data = this.#data.length === 1 ? this.#data[0] : this.#data.join('\n');
    const type = this.#type === '' ? 'message' : this.#type;
    const has = this.#data.length > 0;
    this.#type = '';
    this.#data = [];
    this.#dataBytes = 0;
    if (has && data !== undefined && data !== '') this.#onEvent({ type, data });
  }
}
