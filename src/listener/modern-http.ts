import { identityOf } from '../core/principal.ts';
import type { ServerResponse } from 'node:http';
import type { Client } from '../core/call.ts';
import type { Answer } from '../core/exchange.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import { refuse } from '../core/refusal.ts';
import { mirroredParams, type MirroredParam } from '../mcp/headers.ts';
import {
  checkMirroredParams,
  checkModernHeaders,
  checkModernMethod,
  discovery,
  modernClient,
  readModernMeta,
  type Rejected,
} from '../mcp/modern-request.ts';
import { errorText, eventText, notificationText } from '../mcp/server-messages.ts';
import { EventStream, takesStream } from './event-stream.ts';
import { askDoor, askIntroduction, refusalAnswer, turnDown, type Hall, type Watched } from './hall.ts';
import { encodeModern, LISTEN, tagged } from './modern-answer.ts';
import { OpenExchange, type RpcRequest, type Sender } from './open-exchange.ts';
import { overloaded, retryAfter, sendJson } from './reply.ts';
import { countUnsent } from './unsent.ts';

/**
 * One POST of the 2026-07-28 wire. It is answered with one JSON body, unless something has to be said before: then the
 * response becomes an event stream. When the client closes it, the call is cancelled (Streamable HTTP › Cancellation).
 */
class ModernHttpExchange extends OpenExchange implements Watched {
  readonly ask = null;
  readonly session = null;
  readonly #hall: Hall;
  readonly #res: ServerResponse;
  readonly #wantsLog: boolean;
  readonly #startedMs: number;
  #stream: EventStream | null = null;
  #isOver = false;

  constructor(hall: Hall, sender: Sender, client: Client, request: RpcRequest, wantsLog: boolean, res: ServerResponse) {
    super(sender, client, request, hall.clock.nowMs());
    this.#hall = hall;
    this.#res = res;
    this.#wantsLog = wantsLog;
    this.#startedMs = hall.clock.monotonicMs();
  }

  notify(method: string, params: JsonObject): void {
    if (this.#isOver || this.isCancelled) return;
    if (method === 'notifications/message' && !this.#wantsLog) return;
    this.#open()?.send(eventText(notificationText(method, tagged(this, params)), null));
  }

  #open(): EventStream | null {
    if (this.#stream === null && takesStream(this.#res)) {
      this.#stream = new EventStream(this.#hall, this, this.#res);
    }
    return this.#stream;
  }

  /** Sends the final answer, once. */
  finish(answer: Answer, serverInfo: JsonObject): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.isCancelled) return;
    const { text, status, retryAfterMs } = encodeModern(this, answer, serverInfo);
    if (this.#stream !== null) {
      this.#stream.send(eventText(text, null));
      this.#stream.end();
    } else if (retryAfterMs === undefined) {
      sendJson(this.#res, status, text);
      countUnsent(this.#hall, this, this.#res);
    } else sendJson(this.#res, status, text, { 'retry-after': retryAfter(retryAfterMs) });
  }

  /** The client closed the response before it was complete. */
  closed(): void {
    if (!this.#isOver) this.cancel();
  }

  sweep(): void {
    if (!this.caller.isValid()) {
      this.finish(refusalAnswer(refuse('AUTHN_INVALID')), this.#hall.serverInfo);
      this.cancel();
      return;
    }
    const { keepAliveMs, streamAfterMs } = this.#hall.limits;
    if (this.#stream !== null) this.#stream.keepAlive(keepAliveMs);
    else if (this.method !== LISTEN && this.#hall.clock.monotonicMs() - this.#startedMs >= streamAfterMs) this.#open();
  }

  drain(): void {
    if (this.method !== LISTEN) return;
    this.finish({ kind: 'result', result: {} }, this.#hall.serverInfo);
    this.cancel();
  }
}

/** Answers one request of the 2026-07-28 wire. Never throws. */
export async function serveModern(hall: Hall, sender: Sender, request: RpcRequest, res: ServerResponse): Promise<void> {
  const { headers } = res.req;
  const meta = readModernMeta(request);
  if ('error' in meta) return reject(hall, sender, res, request, meta);
  const rejected = checkModernHeaders(request, headers) ?? checkModernMethod(request);
  if (rejected !== null) return reject(hall, sender, res, request, rejected);
  if (res.destroyed) return;
  const quota = request.method === LISTEN ? hall.streams : hall.inFlight;
  const owner = identityOf(sender.caller.principal);
  if (!quota.take(owner))
    return turnDown(hall, sender, res, overloaded(quota === hall.streams ? 'streams' : 'requests'), request.id);
  const exchange = new ModernHttpExchange(
    hall,
    sender,
    modernClient(meta, sender.address, 'streamable-http'),
    request,
    meta.wantsLog,
    res,
  );
  res.once('close', () => exchange.closed());
  hall.watched.add(exchange);
  try {
    await walk(hall, exchange, request, res);
  } catch {
    exchange.finish(refusalAnswer(refuse('INTERNAL')), hall.serverInfo);
  } finally {
    hall.watched.remove(exchange);
    quota.release(owner);
  }
}

async function walk(hall: Hall, exchange: ModernHttpExchange, request: RpcRequest, res: ServerResponse): Promise<void> {
  if (request.method === 'server/discover') return discover(hall, exchange);
  const mismatch = request.method === 'tools/call' ? await checkParams(hall, exchange, res) : null;
  if (mismatch !== null) {
    const { gateway, client, caller } = exchange;
    hall.refused(gateway, client.address, refuse('PARAMS_INVALID', mismatch.error.message), caller);
    exchange.finish({ kind: 'error', ...mismatch }, hall.serverInfo);
    return;
  }
  exchange.finish(await askDoor(hall, exchange), hall.serverInfo);
}

async function discover(hall: Hall, exchange: ModernHttpExchange): Promise<void> {
  const introduction = await askIntroduction(hall, exchange);
  if ('kind' in introduction) return exchange.finish(introduction, hall.serverInfo);
  const { capabilities, instructions, serverInfo } = introduction;
  exchange.finish({ kind: 'result', result: discovery(capabilities, instructions) }, serverInfo);
}

const marks = new WeakMap<JsonObject, readonly MirroredParam[]>();

async function checkParams(hall: Hall, exchange: ModernHttpExchange, res: ServerResponse): Promise<Rejected | null> {
  const tool = own(exchange.params, 'name');
  if (hall.door.mirrored === undefined || typeof tool !== 'string') return null;
  const found = hall.door.mirrored(exchange, tool);
  const schema = found instanceof Promise ? await found : found;
  if (schema === null) return null;
  const args = own(exchange.params, 'arguments');
  return checkMirroredParams(marksOf(schema), isObject(args) ? args : {}, res.req.headers);
}

function marksOf(schema: JsonObject): readonly MirroredParam[] {
  const known = marks.get(schema);
  if (known !== undefined) return known;
  const read = mirroredParams(schema);
  const params = read.valid ? read.params : [];
  marks.set(schema, params);
  return params;
}

function reject(hall: Hall, sender: Sender, res: ServerResponse, request: RpcRequest, rejected: Rejected): void {
  const code = rejected.httpStatus === 404 ? 'METHOD_UNKNOWN' : 'PARAMS_INVALID';
  hall.refused(sender.gateway, sender.address, refuse(code, rejected.error.message), sender.caller);
  sendJson(res, rejected.httpStatus, errorText(request.id, rejected.error));
}
