// `veto stdio --url`: a client that starts processes on one side, a running gateway on the other. Enters: lines of
// JSON-RPC. Leaves: the same messages as POSTs with the key, and their answers as lines. Must never happen here: a line
// on the output that is no message, the key sent anywhere but to the given address, a request without an answer.
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import { own, type JsonValue } from '../core/json.ts';
import { JsonRejected, parseStrict } from '../core/strict-json.ts';
import { LineReader } from '../listener/line-reader.ts';
import { readMessage, RPC, type Message, type RequestId } from '../mcp/json-rpc.ts';
import { errorText } from '../mcp/server-messages.ts';
import { SseDecoder } from '../mcp/sse-decoder.ts';
import { BridgeHeaders, modernRevision } from './bridge-headers.ts';

export interface BridgeSettings {
  /** MCP endpoint of the gateway. */
  readonly url: string;
  readonly key: string;
  readonly clock: Clock;
  /** Ends the bridge. */
  readonly signal: AbortSignal;
}

const LINE_BYTES_MAX = 4 * 1024 * 1024;
const EVENT_BYTES_MAX = 64 * 1024 * 1024;
/** Messages under way at one time; beyond, the input waits. */
const IN_FLIGHT_MAX = 1024;
const RETRY_MS = 1000;
const RETRIES_MAX = 5;
/** Outside JSON-RPC's own range: the gateway did not answer at all. */
const GATEWAY_UNREACHABLE = -31030;

/** Carries messages both ways until the input ends or the signal says so. Never throws for what a gateway does. */
export async function bridgeStdio(settings: BridgeSettings, input: Readable, output: Writable): Promise<void> {
  const write = (text: string): void => {
    if (!output.destroyed) output.write(`${text}\n`);
  };
  const bridge = new Bridge(settings, write, () => drained(output));
  output.on('error', () => input.destroy());
  const onAbort = (): void => void input.destroy();
  settings.signal.addEventListener('abort', onAbort, { once: true });
  bridge.onPressure = (isHigh) => (isHigh ? input.pause() : input.resume());
  const reader = new LineReader(input, LINE_BYTES_MAX, (line) => bridge.take(line));
  await reader.ended;
  settings.signal.removeEventListener('abort', onAbort);
  await bridge.close();
}

interface Session {
  readonly id: string;
  readonly revision: string;
}

class Bridge {
  onPressure: (isHigh: boolean) => void = () => undefined;
  readonly #settings: BridgeSettings;
  readonly #write: (text: string) => void;
  /** Waits until the client has read what was written. */
  readonly #read: () => Promise<void>;
  readonly #headers = new BridgeHeaders();
  readonly #ending = new AbortController();
  readonly #calls = new Map<RequestId, AbortController>();
  readonly #working = new Set<Promise<void>>();
  #session: Session | null = null;
  /** Later messages wait for the answer to `initialize`, which brings the session. */
  #opening: Promise<void> = Promise.resolve();

  constructor(settings: BridgeSettings, write: (text: string) => void, read: () => Promise<void>) {
    this.#settings = settings;
    this.#write = write;
    this.#read = read;
  }

  take(line: Buffer | null): void {
    if (line === null) return this.#write(errorText(null, { code: RPC.parseError, message: 'the line is too long' }));
    if (line.length === 0) return;
    let value: JsonValue;
    try {
      value = parseStrict(line);
    } catch (error) {
      const why = error instanceof JsonRejected ? error.message : 'it cannot be read';
      return this.#write(errorText(null, { code: RPC.parseError, message: `the line is not acceptable JSON: ${why}` }));
    }
    const message = readMessage(value);
    if (message === null) {
      const error = { code: RPC.invalidRequest, message: 'the line is not one JSON-RPC message' };
      return this.#write(errorText(null, error));
    }
    if (this.#calledOff(message)) return;
    const opens = message.kind === 'request' && message.method === 'initialize';
    const working = this.#opening
      .then(() => this.#carry(message, line))
      .catch((error: unknown) => this.#failed(message, error))
      .finally(() => {
        this.#working.delete(working);
        if (this.#working.size === IN_FLIGHT_MAX - 1) this.onPressure(false);
      });
    this.#working.add(working);
    if (this.#working.size === IN_FLIGHT_MAX) this.onPressure(true);
    if (opens) this.#opening = working;
  }

  /** Over HTTP, a request of 2026-07-28 is cancelled by hanging up; in a session the notification is carried. */
  #calledOff(message: Message): boolean {
    if (message.kind !== 'notification' || message.method !== 'notifications/cancelled') return false;
    const id = own(message.params, 'requestId');
    const call = typeof id === 'string' || typeof id === 'number' ? this.#calls.get(id) : undefined;
    call?.abort();
    return call !== undefined;
  }

  async #carry(message: Message, line: Buffer): Promise<void> {
    const revision = modernRevision(message);
    const hangUp = new AbortController();
    if (message.kind === 'request' && revision !== null) this.#calls.set(message.id, hangUp);
    try {
      const signal = AbortSignal.any([hangUp.signal, this.#ending.signal]);
      const headers =
        message.kind === 'request' && revision !== null ? this.#headers.of(message, revision) : this.#sessionHeaders();
      const response = await this.#fetch('POST', { ...headers, 'content-type': 'application/json' }, line, signal);
      await this.#receive(message, response, signal);
    } catch (error) {
      if (!hangUp.signal.aborted && !this.#ending.signal.aborted) throw error;
    } finally {
      if (message.kind === 'request' && this.#calls.get(message.id) === hangUp) this.#calls.delete(message.id);
    }
  }

  #sessionHeaders(): Record<string, string> {
    if (this.#session === null) return {};
    return { 'mcp-session-id': this.#session.id, 'mcp-protocol-version': this.#session.revision };
  }

  #fetch(method: string, headers: Record<string, string>, body: Buffer | null, signal: AbortSignal): Promise<Response> {
    return fetch(this.#settings.url, {
      method,
      redirect: 'error',
      signal,
      headers: { accept: 'application/json, text/event-stream', 'x-veto-api-key': this.#settings.key, ...headers },
      ...(body === null ? {} : { body: new Uint8Array(body) }),
    });
  }

  async #receive(message: Message, response: Response, signal: AbortSignal): Promise<void> {
    if (response.headers.get('content-type') === 'text/event-stream') return this.#follow(message, response, signal);
    const text = await response.text();
    if (message.kind !== 'request') return this.#received(message);
    if (text === '') {
      if (!response.ok) throw new Error(`the gateway answered ${response.status}`);
      return;
    }
    const answer = readMessage(parseStrict(text));
    if (answer === null) throw new Error(`the gateway answered ${response.status} with something that is no message`);
    this.#note(message, answer, response);
    if (answer.kind === 'error' && answer.id === null) this.#write(errorText(message.id, answer.error));
    else this.#write(text);
  }

  /** The client said that it is ready: from now on what belongs to no request is listened to. */
  #received(message: Message): void {
    if (message.kind !== 'notification' || message.method !== 'notifications/initialized') return;
    const { signal } = this.#ending;
    if (this.#session !== null) void this.#listen(signal).catch(() => undefined);
  }

  #note(message: Extract<Message, { kind: 'request' }>, answer: Message, response: Response): void {
    if (answer.kind !== 'result') return;
    if (message.method === 'tools/list') this.#headers.learn(answer.result);
    const id = response.headers.get('mcp-session-id');
    const revision = own(answer.result, 'protocolVersion');
    if (message.method !== 'initialize' || id === null || typeof revision !== 'string') return;
    this.#session = { id, revision };
  }

  /** Hands on what a stream carries; one that breaks before its answer is resumed where the session allows it. */
  async #follow(message: Message | null, response: Response, signal: AbortSignal): Promise<void> {
    let lastEventId = '';
    let answered = message !== null && message.kind !== 'request';
    let current: Response | null = response;
    for (let tries = 0; current !== null; tries++) {
      const decoder = new SseDecoder(EVENT_BYTES_MAX, ({ data }) => {
        const sent = readMessage(parseStrict(data));
        if (sent === null) return;
        if (message !== null && isAnswer(sent, message)) answered = true;
        this.#write(data);
      });
      await pour(current, decoder, signal, this.#read).catch((error: unknown) => {
        if (signal.aborted) throw error;
      });
      lastEventId = decoder.lastEventId === '' ? lastEventId : decoder.lastEventId;
      if (answered || lastEventId === '' || this.#session === null || signal.aborted || tries >= RETRIES_MAX) break;
      await this.#pause(decoder.retryMs ?? RETRY_MS, signal);
      current = await this.#resume(lastEventId, signal);
    }
    if (!answered && message !== null && !signal.aborted) throw new Error('the stream of the gateway broke off');
  }

  async #resume(lastEventId: string, signal: AbortSignal): Promise<Response | null> {
    const headers = { ...this.#sessionHeaders(), ...(lastEventId === '' ? {} : { 'last-event-id': lastEventId }) };
    const response = await this.#fetch('GET', headers, null, signal);
    if (response.status === 200) return response;
    await response.body?.cancel();
    return null;
  }

  /** Keeps a stream open for what belongs to no request, as long as the session lives. */
  async #listen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const response = await this.#resume('', signal);
      if (response === null) return;
      await this.#follow(null, response, signal).catch(() => undefined);
      await this.#pause(RETRY_MS, signal);
    }
  }

  #pause(forMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const callOff = this.#settings.clock.after(forMs, () => resolve());
      signal.addEventListener('abort', () => (callOff(), resolve()), { once: true });
    });
  }

  #failed(message: Message, error: unknown): void {
    if (message.kind !== 'request') return;
    const cause = error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : '';
    const why = `no answer from the gateway at \`${this.#settings.url}\`${cause === '' ? '' : `: ${cause}`}`;
    this.#write(errorText(message.id, { code: GATEWAY_UNREACHABLE, message: why }));
  }

  /** The client has nothing more to say: calls under way are hung up, the session is ended. */
  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#working);
    if (this.#session === null) return;
    const late = new AbortController();
    const callOff = this.#settings.clock.after(RETRY_MS, () => late.abort());
    await this.#fetch('DELETE', this.#sessionHeaders(), null, late.signal).catch(() => undefined);
    callOff();
  }
}

function drained(output: Writable): Promise<void> {
  if (!output.writableNeedDrain || output.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      output.off('drain', go).off('close', go);
      resolve();
    };
    output.on('drain', go).on('close', go);
  });
}

function isAnswer(sent: Message, message: Message): boolean {
  if (message.kind !== 'request' || (sent.kind !== 'result' && sent.kind !== 'error')) return false;
  return sent.id === message.id;
}

async function pour(
  response: Response,
  decoder: SseDecoder,
  signal: AbortSignal,
  read: () => Promise<void>,
): Promise<void> {
  if (response.body === null) return;
  for await (const chunk of response.body) {
    if (signal.aborted) return;
    decoder.push(Buffer.from(chunk as Uint8Array)); // what a body of bytes is made of
    await read();
  }
}
