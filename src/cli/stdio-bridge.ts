/**
 * `veto stdio --url`: a pipe to a running gateway, for clients that start processes. Enters: lines of JSON-RPC of
 * either era. Leaves: the same messages over Streamable HTTP, and what the gateway answers, one message a line.
 * Must never happen here: a decision, a changed message, a line that is no JSON-RPC on the output, a request that
 * nobody answers, the key anywhere but in its header.
 */
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import { newId } from '../core/ids.ts';
import type { JsonValue } from '../core/json.ts';
import { own } from '../core/json.ts';
import { REFUSALS } from '../core/refusal.ts';
import { JsonRejected } from '../core/strict-json.ts';
import { parseAnswer } from '../mcp/client-answer.ts';
import { idOfDropped, isBlank, LineDecoder, type DroppedLine } from '../mcp/client-lines.ts';
import { readMessage, RPC, type Message } from '../mcp/json-rpc.ts';
import { isModernRequest } from '../mcp/modern-request.ts';
import { errorText } from '../mcp/server-messages.ts';
import { BRIDGE_LIMITS, type BridgeLimits } from './bridge/bridge-limits.ts';
import { GatewayHttp } from './bridge/gateway-http.ts';
import { LegacySide } from './bridge/legacy-side.ts';
import { ModernSide } from './bridge/modern-side.ts';
import type { BridgePorts } from './bridge/ports.ts';

export interface BridgeSettings {
  /** The MCP endpoint of the gateway. */
  readonly url: URL;
  readonly key: string;
  readonly limits?: Partial<BridgeLimits>;
}

export interface BridgeWorld {
  readonly input: Readable;
  readonly output: Writable;
  readonly clock: Clock;
  /** A number from 0 (inclusive) to 1 (exclusive), to spread retries. */
  readonly jitter: () => number;
  /** Ends it at once, calls under way included. */
  readonly signal: AbortSignal;
  /** One sentence for the operator. */
  report(sentence: string): void;
}

const DRAIN_CHECK_MS = 20;

/** Carries messages until the input ends or the signal says so. Never throws. */
export async function bridgeStdio(settings: BridgeSettings, world: BridgeWorld): Promise<void> {
  const limits = { ...BRIDGE_LIMITS, ...settings.limits };
  const bridge = new Bridge(settings, limits, world);
  const { input } = world;
  const lines = new LineDecoder(limits.lineBytesMax, {
    line: (line) => bridge.take(line),
    dropped: (line) => bridge.refuseLong(line),
  });
  await new Promise<void>((resolve) => {
    input.on('data', (chunk: Buffer) => lines.push(chunk));
    input.once('end', () => lines.push(LINE_END));
    for (const event of ['end', 'error', 'close']) input.once(event, () => resolve());
    if (world.signal.aborted) resolve();
    world.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await bridge.finish();
  input.destroy();
}

/** An unfinished last line is taken like a finished one. */
const LINE_END = Buffer.from('\n');

class Bridge {
  readonly #world: BridgeWorld;
  readonly #limits: BridgeLimits;
  readonly #http: GatewayHttp;
  readonly #modern: ModernSide;
  readonly #legacy: LegacySide;
  #isOver = false;

  constructor({ url, key }: BridgeSettings, limits: BridgeLimits, world: BridgeWorld) {
    this.#world = world;
    this.#limits = limits;
    this.#http = new GatewayHttp(url, key, limits);
    const ports: BridgePorts = {
      http: this.#http,
      clock: world.clock,
      jitter: world.jitter,
      limits,
      endpoint: `${url.origin}${url.pathname}`,
      write: (text) => this.#write(text),
      ownId: () => `veto-stdio-${newId(world.clock.nowMs())}`,
      report: (sentence) => world.report(sentence),
    };
    this.#modern = new ModernSide(ports);
    this.#legacy = new LegacySide(ports);
    world.output.on('drain', () => this.#press(false));
    world.output.on('error', () => world.output.destroy());
  }

  #write(text: string): void {
    const { output } = this.#world;
    if (this.#isOver || output.destroyed || output.writableEnded) return;
    output.write(`${text}\n`);
    if (output.writableLength > this.#limits.outputBytesMax) this.#press(true);
  }

  /** A client that does not read is not written to, and not listened to either. */
  #press(isHigh: boolean): void {
    this.#http.pause(isHigh);
    if (isHigh) this.#world.input.pause();
    else this.#world.input.resume();
  }

  take(line: Buffer): void {
    if (isBlank(line)) return;
    let value: JsonValue;
    try {
      value = parseAnswer(line, this.#limits.depthMax);
    } catch (error) {
      if (!(error instanceof JsonRejected)) throw error;
      return this.#write(errorText(null, { code: RPC.parseError, message: `a line is no JSON: ${error.message}` }));
    }
    const messages = (Array.isArray(value) ? value : [value]).map(readMessage);
    const [first] = messages;
    if (first === undefined || messages.includes(null)) return this.#refuseLine('a line is no JSON-RPC message');
    if (Array.isArray(value))
      this.#takeLegacy(messages as readonly Message[], line); // none is null
    else if (first !== null) this.#takeOne(first, line);
  }

  #takeOne(message: Message, line: Buffer): void {
    if (message.kind === 'request' && isModernRequest(message.method, message.params, undefined)) {
      if (this.#isFull()) return this.#refuseFull([message]);
      return this.#modern.take(message, line);
    }
    const isCancel = message.kind === 'notification' && message.method === 'notifications/cancelled';
    if (isCancel && this.#modern.cancel(own(message.params, 'requestId'))) return;
    // There is nobody to tell: without a session these mean nothing, and the 2026-07-28 wire has none of them.
    if (message.kind !== 'request' && !this.#legacy.isOpen) return;
    this.#takeLegacy([message], line);
  }

  #takeLegacy(messages: readonly Message[], line: Buffer): void {
    if (this.#isFull()) return this.#refuseFull(messages);
    this.#legacy.take(messages, line);
  }

  #isFull(): boolean {
    return this.#modern.count().all + this.#legacy.count >= this.#limits.inFlightMax;
  }

  #refuseFull(messages: readonly Message[]): void {
    const { rpcCode: code } = REFUSALS.OVERLOADED;
    const message = `more than ${this.#limits.inFlightMax} messages are under way; try again shortly`;
    for (const one of messages) if (one.kind === 'request') this.#write(errorText(one.id, { code, message }));
  }

  #refuseLine(message: string): void {
    this.#write(errorText(null, { code: RPC.invalidRequest, message }));
  }

  refuseLong(line: DroppedLine): void {
    const { rpcCode: code } = REFUSALS.BODY_TOO_LARGE;
    const message = `a line of ${line.bytes} bytes is longer than the ${this.#limits.lineBytesMax} that are carried`;
    this.#write(errorText(idOfDropped(line), { code, message }));
  }

  /** Gives calls under way their time, unless the signal says that there is none; then ends the session. */
  async finish(): Promise<void> {
    const { clock, signal } = this.#world;
    this.#modern.close(false);
    const untilMs = clock.monotonicMs() + this.#limits.drainMs;
    while (!signal.aborted && this.#underWay() > 0 && clock.monotonicMs() < untilMs) {
      await new Promise<void>((resolve) => clock.after(DRAIN_CHECK_MS, resolve));
    }
    this.#modern.close(true);
    await this.#legacy.close();
    this.#isOver = true;
    this.#http.close();
  }

  #underWay(): number {
    return this.#modern.count().calls + this.#legacy.count;
  }
}
