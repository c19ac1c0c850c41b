import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { RpcError } from '../../core/exchange.ts';
import { Fault } from '../../core/fault.ts';
import type { JsonValue } from '../../core/json.ts';
import { REFUSALS } from '../../core/refusal.ts';
import { JsonRejected } from '../../core/strict-json.ts';
import { parseAnswer } from '../../mcp/client-answer.ts';
import { readMessage, type Message } from '../../mcp/json-rpc.ts';
import { SseDecoder } from '../../mcp/sse-decoder.ts';
import type { BridgeLimits } from './bridge-limits.ts';

/** A smaller body is in the buffers of the socket at once, so that its size is not why the gateway hangs up. */
const UNREAD_BYTES_MIN = 64 * 1024;
const HANG_UPS: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET']);

export type Headers = Readonly<Record<string, string>>;

/** How an HTTP exchange ended. `stream` is there when it was an event stream: where to go on. */
export type End =
  | { readonly kind: 'complete'; readonly status: number; readonly stream: SseDecoder | null }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly error: RpcError | null;
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: 'broken'; readonly why: string; readonly stream: SseDecoder | null };

export interface ExchangeEars {
  /** The whole request was handed to the operating system. */
  sent?(): void;
  /** A success; `session` is its `Mcp-Session-Id`. */
  accepted?(session: string | null): void;
  /** One JSON-RPC message of the answer, and its text without line breaks. */
  message(message: Message, text: string): void;
  /** Once; not after `close()`. */
  ended(end: End): void;
}

export interface Exchange {
  /** Ends it at once: what the 2026-07-28 wire takes for cancellation. */
  close(): void;
}

/** The MCP endpoint of a running gateway, with its sockets. A redirect is not followed: it would carry off the key. */
export class GatewayHttp {
  readonly #url: URL;
  readonly #headers: Headers;
  readonly #limits: BridgeLimits;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #answers = new Set<IncomingMessage>();
  #isPaused = false;

  constructor(url: URL, key: string, limits: BridgeLimits) {
    this.#url = url;
    this.#headers = { 'x-veto-api-key': key, 'user-agent': 'veto-stdio' };
    this.#limits = limits;
    const options = { keepAlive: true, maxSockets: Infinity, timeout: limits.stalledMs };
    this.#agent = url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** Sends one request. Never throws: failures come as its end. */
  exchange(
    method: 'POST' | 'GET' | 'DELETE',
    headers: Headers,
    body: string | Buffer | null,
    ears: ExchangeEars,
  ): Exchange {
    const accept = method === 'POST' ? 'application/json, text/event-stream' : 'text/event-stream';
    const bytes = body === null ? 0 : Buffer.byteLength(body);
    const length: Headers = body === null ? {} : { 'content-length': String(bytes) };
    const type: Headers = body === null ? {} : { 'content-type': 'application/json' };
    const request = this.#url.protocol === 'https:' ? httpsRequest : httpRequest;
    const sending = request(this.#url, {
      method,
      agent: this.#agent,
      timeout: this.#limits.connectMs,
      headers: { ...this.#headers, accept, ...type, ...length, ...headers },
    });
    const open = new OpenExchange(sending, bytes, ears, this.#limits, (answer) => this.#answered(answer));
    sending.end(body ?? undefined);
    return open;
  }

  #answered(answer: IncomingMessage): void {
    this.#answers.add(answer);
    answer.once('close', () => this.#answers.delete(answer));
    if (this.#isPaused) answer.pause();
  }

  /** Stops reading while the client does not read. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    for (const answer of this.#answers) {
      if (isPaused) answer.pause();
      else answer.resume();
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

class OpenExchange implements Exchange {
  readonly #request: ClientRequest;
  readonly #ears: ExchangeEars;
  readonly #limits: BridgeLimits;
  readonly #bodyBytes: number;
  #isSent = false;
  /** Once an answer came that refuses. */
  #refuseNow: (() => void) | null = null;
  #isOver = false;
  #stream: SseDecoder | null = null;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    request: ClientRequest,
    bodyBytes: number,
    ears: ExchangeEars,
    limits: BridgeLimits,
    answered: (answer: IncomingMessage) => void,
  ) {
    this.#request = request;
    this.#bodyBytes = bodyBytes;
    this.#ears = ears;
    this.#limits = limits;
    request.once('finish', () => {
      this.#isSent = true;
      ears.sent?.();
    });
    request.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => request.setTimeout(limits.stalledMs));
      else request.setTimeout(limits.stalledMs);
    });
    request.once('timeout', () => this.#break('it does not answer'));
    request.on('error', (error) => this.#cut(describe(error)));
    request.once('response', (answer) => {
      answered(answer);
      this.#read(answer);
    });
  }

  close(): void {
    this.#isOver = true;
    this.#request.destroy();
  }

  /** A gateway that does not want a body reads no more of it and hangs up, which may cut off its own answer. */
  #cut(why: string): void {
    if (this.#isOver) return;
    if (this.#refuseNow !== null) return this.#refuseNow();
    if (this.#isSent || this.#bodyBytes < UNREAD_BYTES_MIN || !HANG_UPS.has(why)) {
      return this.#break(why);
    }
    const { rpcCode: code } = REFUSALS.BODY_TOO_LARGE;
    const message = `the gateway broke off a message of ${this.#bodyBytes} bytes, as it does when one is too large`;
    this.#end({ kind: 'refused', status: 413, error: { code, message }, retryAfterMs: null });
  }

  #break(why: string): void {
    if (this.#isOver) return;
    this.#request.destroy();
    this.#end({ kind: 'broken', why, stream: this.#stream });
  }

  #end(end: End): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ears.ended(end);
  }

  #read(answer: IncomingMessage): void {
    const status = answer.statusCode ?? 0;
    const isFine = status >= 200 && status <= 299;
    const type = (answer.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
    if (isFine) {
      const session = answer.headers['mcp-session-id'];
      this.#ears.accepted?.(typeof session === 'string' ? session : null);
    }
    if (isFine && type === 'text/event-stream') {
      this.#stream = new SseDecoder(this.#limits.answerBytesMax, (event) => {
        if (event.type === 'message') this.#say(event.data);
      });
    }
    answer.on('data', (chunk: Buffer) => this.#take(chunk));
    answer.on('error', (error) => this.#cut(describe(error)));
    answer.once('close', () => this.#cut('the connection broke'));
    if (!isFine) this.#refuseNow = () => this.#refuse(status, answer);
    answer.once('end', () => {
      if (this.#refuseNow !== null) this.#refuseNow();
      else if (this.#stream === null && !this.#say(this.#body())) this.#break('its answer is no JSON-RPC message');
      this.#end({ kind: 'complete', status, stream: this.#stream });
    });
  }

  #take(chunk: Buffer): void {
    if (this.#isOver) return;
    try {
      if (this.#stream !== null) return this.#stream.push(chunk);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return this.#break(error.message);
    }
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.answerBytesMax) this.#break('its answer is too large');
    else this.#chunks.push(chunk);
  }

  #body(): Buffer {
    return this.#chunks.length === 1 ? (this.#chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#chunks);
  }

  /** Hands on the messages in a body or an event. @returns whether all of it was JSON-RPC */
  #say(source: Buffer | string): boolean {
    if (this.#isOver || source.length === 0) return true;
    const value = parse(source, this.#limits.depthMax);
    if (value === undefined) return false;
    for (const item of Array.isArray(value) ? value : [value]) {
      const message = readMessage(item);
      if (message === null) return false;
      this.#ears.message(message, item === value ? oneLine(source, item) : JSON.stringify(item));
    }
    return true;
  }

  #refuse(status: number, answer: IncomingMessage): void {
    const value = parse(this.#body(), this.#limits.depthMax);
    const message = value === undefined ? null : readMessage(value);
    const seconds = Number(answer.headers['retry-after'] ?? Number.NaN);
    this.#end({
      kind: 'refused',
      status,
      error: message?.kind === 'error' ? message.error : null,
      retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null,
    });
  }
}

function parse(source: Buffer | string, depthMax: number): JsonValue | undefined {
  try {
    return parseAnswer(source, depthMax);
  } catch (error) {
    if (error instanceof JsonRejected) return undefined;
    throw error;
  }
}

/** The text as it came where it is one line already, so that nothing of it changes. */
function oneLine(source: Buffer | string, value: JsonValue): string {
  const text = typeof source === 'string' ? source : source.toString('utf8');
  return /[\r\n]/.test(text) ? JSON.stringify(value) : text;
}

function describe(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
