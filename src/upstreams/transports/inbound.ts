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
  for (const item of Array.isArray(value) ? value : [value]) {
    const message = readMessage(item);
    if (message === null) ignored(`this is no JSON-RPC message: \`${excerpt(source)}\``);
    else messages.push(message);
  }
  return messages;
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

  /** False when the upstream floods. */
  take(bytes: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    const refill = ((nowMs - this.#atMs) / 1000) * this.#bytesPerSecond;
    const cost = Math.max(bytes, MESSAGE_BYTES_MIN);
    this.#left = Math.min(this.#bytesPerSecond * BURST_SECONDS, this.#left + refill) - cost;
    this.#atMs = nowMs;
    return this.#left >= 0;
  }
}
