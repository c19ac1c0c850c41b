/**
 * The wire for clients that start Veto as a process: one JSON-RPC message per line, both eras side by side.
 * Enters: lines. Leaves: lines of JSON-RPC and nothing else. Must never happen here: a line that is no message on the
 * output, a line of unbounded length in memory, a request of one era answered in the form of the other.
 */
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { own } from '../core/json.ts';
import type { Caller } from '../core/principal.ts';
import { Roster } from '../core/roster.ts';
import { JsonRejected, parseStrict } from '../core/strict-json.ts';
import type { Door } from '../gateway/door.ts';
import { BATCH_REVISION, readBatch } from '../mcp/batch.ts';
import { isBlank } from '../mcp/client-lines.ts';
import { readMessage, RPC, type Message } from '../mcp/json-rpc.ts';
import { isModernRequest } from '../mcp/modern-request.ts';
import { errorText } from '../mcp/server-messages.ts';
import type { Hall, Watched } from './hall.ts';
import { takeMessage } from './legacy-call.ts';
import { LegacySession } from './legacy-session.ts';
import { LineReader } from './line-reader.ts';
import { findRequest, type OpenExchange, type RpcRequest, type Sender } from './open-exchange.ts';
import { Quota } from './quota.ts';
import type { ListenerLimits } from './section.ts';
import { serveModernLine } from './modern-stdio.ts';

export interface StdioSettings {
  readonly gateway: string;
  /** Who started the process, or whose key it was given. */
  readonly caller: Caller;
  readonly serverInfo: JsonObject;
  readonly limits: ListenerLimits;
}

export interface StdioServer {
  /** Resolves when the input ended and everything that was asked is answered or cancelled. */
  readonly done: Promise<void>;
  /** Ends subscriptions gracefully, gives calls `drainMs`, then resolves `done`. */
  close(): Promise<void>;
}

const SWEEP_MS = 500;
const DRAIN_CHECK_MS = 20;

/** Speaks MCP on a pair of streams. A revoked key ends it. */
export function serveStdio(
  settings: StdioSettings,
  door: Door,
  clock: Clock,
  input: Readable,
  output: Writable,
): StdioServer {
  const pipe = new Pipe(settings, door, clock, output);
  const reader = new LineReader(input, settings.limits.bodyBytesMax, (line) => pipe.take(line));
  pipe.onPressure = (isHigh) => (isHigh ? input.pause() : input.resume());
  const done = reader.ended.then(() => pipe.finish());
  pipe.startSweeping(() => input.destroy());
  return {
    done,
    async close() {
      input.destroy();
      await done;
    },
  };
}

class Pipe {
  onPressure: (isHigh: boolean) => void = () => undefined;
  readonly #hall: Hall;
  readonly #sender: Sender;
  readonly #output: Writable;
  readonly #modern = new Roster<OpenExchange>();
  readonly #session: LegacySession;
  #stopSweeping: () => void = () => undefined;

  constructor(settings: StdioSettings, door: Door, clock: Clock, output: Writable) {
    const { limits } = settings;
    this.#sender = { gateway: settings.gateway, caller: settings.caller, address: 'local' };
    this.#output = output;
    this.#hall = {
      door,
      clock,
      limits,
      serverInfo: settings.serverInfo,
      inFlight: new Quota(limits.inFlightMax, limits.inFlightPerPrincipalMax),
      streams: new Quota(limits.streamsMax, limits.streamsPerPrincipalMax),
      unsent: new Quota(limits.unsentBytesTotalMax, limits.unsentBytesPerPrincipalMax),
      watched: new Roster<Watched>(),
      refused: () => undefined,
    };
    const write = (text: string): void => this.#write(text);
    const isOpen = (): boolean => !output.destroyed;
    const outlet = {
      send: write,
      get canReach() {
        return isOpen();
      },
    };
    this.#session = new LegacySession(this.#sender, 'stdio', outlet, clock, limits.asksMax);
    output.on('drain', () => this.onPressure(false));
    output.on('error', () => output.destroy());
  }

  #write(text: string): void {
    if (this.#output.destroyed || this.#output.writableEnded) return;
    const isHigh = !this.#output.write(`${text}\n`);
    if (isHigh && this.#output.writableLength > this.#hall.limits.streamBufferBytesMax) this.onPressure(true);
  }

  /** Takes one line; null for one that was too long. */
  take(line: Buffer | null): void {
    if (line === null) return this.#refuse(RPC.parseError, 'the line is longer than this gateway accepts');
    if (isBlank(line)) return;
    let value: JsonValue;
    try {
      value = parseStrict(line, { depthMax: this.#hall.limits.jsonDepthMax });
    } catch (error) {
      const why = error instanceof JsonRejected ? error.message : 'it cannot be read';
      return this.#refuse(RPC.parseError, `the line is not acceptable JSON: ${why}`);
    }
    if (Array.isArray(value)) return this.#takeBatch(value);
    const message = readMessage(value);
    if (message === null) return this.#refuse(RPC.invalidRequest, 'the line is not one JSON-RPC message');
    this.#work(message);
  }

  /** Each element on its own; answers come line by line, which JSON-RPC leaves to the server. */
  #takeBatch(items: readonly JsonValue[]): void {
    if (this.#session.agreed?.revision !== BATCH_REVISION) {
      return this.#refuse(RPC.invalidRequest, `batches are accepted in a session of ${BATCH_REVISION} only`);
    }
    const messages = readBatch(items, this.#hall.limits.batchMax);
    if (typeof messages === 'string') return this.#refuse(RPC.invalidRequest, messages);
    for (const message of messages) this.#work(message);
  }

  #work(message: Message): void {
    void this.#route(message);
  }

  #route(message: Message): Promise<void> {
    if (message.kind === 'request' && isModernRequest(message.method, message.params, undefined)) {
      return this.#takeModern(message);
    }
    if (message.kind === 'notification' && message.method === 'notifications/cancelled') {
      findRequest(this.#modern, own(message.params, 'requestId'))?.cancel();
    }
    if (message.kind === 'notification' && !message.method.startsWith('notifications/')) return Promise.resolve();
    return takeMessage(this.#hall, this.#session, this.#sender, message);
  }

  #takeModern(request: RpcRequest): Promise<void> {
    if (findRequest(this.#modern, request.id)) {
      const error = { code: RPC.invalidRequest, message: 'a request of this id is still being answered' };
      this.#write(errorText(request.id, error));
      return Promise.resolve();
    }
    return serveModernLine(this.#hall, this.#sender, request, this.#modern, (text) => this.#write(text));
  }

  #refuse(code: number, message: string): void {
    this.#write(errorText(null, { code, message }));
  }

  startSweeping(stop: () => void): void {
    this.#stopSweeping = this.#hall.clock.after(SWEEP_MS, () => {
      if (this.#sender.caller.isValid()) this.startSweeping(stop);
      else stop();
    });
  }

  /** The client said all it had to say, or the gateway stops. */
  async finish(): Promise<void> {
    this.#stopSweeping();
    for (const open of this.#hall.watched.all()) open.drain();
    const { clock, limits, inFlight } = this.#hall;
    const untilMs = clock.monotonicMs() + limits.drainMs;
    while (inFlight.total > 0 && clock.monotonicMs() < untilMs) {
      await new Promise<void>((resolve) => clock.after(DRAIN_CHECK_MS, resolve));
    }
    for (const exchange of this.#modern.all()) exchange.cancel();
    this.#session.close();
  }
}
