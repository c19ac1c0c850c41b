import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import type { JsonValue } from '../../core/json.ts';
import { JsonRejected } from '../../core/strict-json.ts';
import { parseAnswer } from '../../mcp/client-answer.ts';
import { readMessage, type Message } from '../../mcp/json-rpc.ts';

/**
 * Reads the messages out of one line, event or body. Batches exist only in 2025-03-26, but are taken everywhere: each
 * message is judged by itself anyway.
 * @throws Fault('upstream_protocol') when the text is no JSON
 */
export function readMessages(source: Buffer | string, depthMax: number, ignored: (why: string) => void): Message[] {
  let value: JsonValue;
  try {
    value = parseAnswer(source, depthMax);
  } catch (error) {
    if (!(error instanceof JsonRejected)) throw error;
    throw new Fault('upstream_protocol', `${error.message}: \`${excerpt(source)}\``, { cause: error });
  }
  const messages: Message[] = [];
  let hasOther = false;
  for (const item of Array.isArray(value) ? value : [value]) {
    const message = readMessage(item);
    if (message === null) hasOther = true;
    else messages.push(message);
  }
  // Once, however many there are: a batch may be of millions.
  if (hasOther) ignored(`this is no JSON-RPC message: \`${excerpt(source)}\``);
  return messages;
}

/**
 * Hands on the messages of one line or event, and has all that is no answer paid for. Stops when that was too much.
 * @param receive true when the message was an answer
 * @returns false when the upstream floods
 * @throws Fault('upstream_protocol') when the text is no JSON
 */
export function handOn(
  source: Buffer | string,
  depthMax: number,
  noise: NoiseMeter,
  receive: (message: Message) => boolean,
  ignored: (why: string) => void,
): boolean {
  const messages = readMessages(source, depthMax, ignored);
  if (messages.length === 0) return noise.take(source.length);
  for (const message of messages) if (!receive(message) && !noise.take(source.length)) return false;
  return true;
}

const EXCERPT_LENGTH = 120;

/** The beginning of what came, safe to show on one line. */
export function excerpt(source: Buffer | string, length = EXCERPT_LENGTH): string {
  const text = typeof source === 'string' ? source.slice(0, length) : source.toString('utf8', 0, length);
  // eslint-disable-next-line no-control-regex -- control characters are what is replaced
  return text.replace(/[\u0000-\u001f\u007f`]/g, ' ');
}

const BURST_SECONDS = 8;
/** What the smallest message counts for: reading it costs more than its bytes. */
const MESSAGE_BYTES_MIN = 512;
/**
 * What is only passed over is cheap: so many bytes of it count for one, and a line of it for so many. With the standard
 * limit of 1 MiB a second, a server may write 16 MiB a second to stderr or into comments, or 65 536 blank lines: far
 * more than an honest one has to say, and little enough for all other servers to be heard.
 */
const SKIPPED_BYTES_PER_BYTE = 16;
const SKIPPED_LINE_BYTES = 16;

/** Bounds what an upstream may say besides its answers: a bucket of bytes that refills with time. */
export class NoiseMeter {
  readonly #clock: Clock;
  readonly #bytesPerSecond: number;
  #left: number;
  #atMs: number;

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#left = bytesPerSecond * BURST_SECONDS;
    this.#atMs = clock.monotonicMs();
  }

  /** A message that is no answer. False when the upstream floods. */
  take(bytes: number): boolean {
    return this.#pay(Math.max(bytes, MESSAGE_BYTES_MIN));
  }

  /** What is not even read. False when the upstream floods. */
  skip(bytes: number, lines: number): boolean {
    return this.#pay(bytes / SKIPPED_BYTES_PER_BYTE + lines * SKIPPED_LINE_BYTES);
  }

  /** What was skipped has turned out to be of an answer. */
  giveBack(bytes: number): void {
    this.#pay(-bytes / SKIPPED_BYTES_PER_BYTE);
  }

  #pay(cost: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    const refill = ((nowMs - this.#atMs) / 1000) * this.#bytesPerSecond;
    this.#left = Math.min(this.#bytesPerSecond * BURST_SECONDS, this.#left + refill) - cost;
    this.#atMs = nowMs;
    return this.#left >= 0;
  }
}
