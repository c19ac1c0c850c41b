import type { Readable } from 'node:stream';

const LF = 0x0a;
const CR = 0x0d;

/** Cuts a stream of bytes into lines. A line beyond `bytesMax` is reported as null and skipped, not kept. */
export class LineReader {
  /** Resolves at the end of the input, however it ends. An unfinished last line is given like a finished one. */
  readonly ended: Promise<void>;
  readonly #bytesMax: number;
  readonly #take: (line: Buffer | null) => void;
  #parts: Buffer[] = [];
  #bytes = 0;
  #isSkipping = false;

  constructor(input: Readable, bytesMax: number, take: (line: Buffer | null) => void) {
    this.#bytesMax = bytesMax;
    this.#take = take;
    this.ended = new Promise((resolve) => {
      input.on('data', (chunk: Buffer) => this.#push(chunk));
      input.on('end', () => this.#endLine(Buffer.alloc(0)));
      input.on('error', () => resolve());
      input.on('close', () => resolve());
      input.on('end', () => resolve());
    });
  }

  #push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      this.#endLine(chunk.subarray(from, end));
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  #keep(part: Buffer): void {
    if (this.#isSkipping || part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes > this.#bytesMax) {
      this.#isSkipping = true;
      this.#parts = [];
    } else this.#parts.push(part);
  }

  #endLine(end: Buffer): void {
    this.#keep(end);
    const line = this.#isSkipping ? null : this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    this.#isSkipping = false;
    this.#take(line === null || line === undefined ? null : withoutCr(line));
  }
}

function withoutCr(line: Buffer): Buffer {
  return line.at(-1) === CR ? line.subarray(0, -1) : line;
}
