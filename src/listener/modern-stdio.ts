import { identityOf } from '../core/principal.ts';
import type { Client } from '../core/call.ts';
import type { Answer } from '../core/exchange.ts';
import type { JsonObject } from '../core/json.ts';
import { refuse } from '../core/refusal.ts';
import type { Roster } from '../core/roster.ts';
import { checkModernMethod, discovery, modernClient, readModernMeta } from '../mcp/modern-request.ts';
import { errorText, notificationText } from '../mcp/server-messages.ts';
import { askDoor, askIntroduction, refusalAnswer, type Hall, type Watched } from './hall.ts';
import { encodeModern, LISTEN, tagged } from './modern-answer.ts';
import { OpenExchange, type RpcRequest, type Sender } from './open-exchange.ts';
import { overloaded } from './reply.ts';

/** One request of the 2026-07-28 wire over stdio: cancelled by notification only, answered by one line. */
class ModernLineExchange extends OpenExchange implements Watched {
  readonly ask = null;
  readonly session = null;
  readonly #hall: Hall;
  readonly #wantsLog: boolean;
  readonly #write: (text: string) => void;
  #isOver = false;

  constructor(
    hall: Hall,
    sender: Sender,
    client: Client,
    request: RpcRequest,
    wantsLog: boolean,
    write: (text: string) => void,
  ) {
    super(sender, client, request, hall.clock.nowMs());
    this.#hall = hall;
    this.#wantsLog = wantsLog;
    this.#write = write;
  }

  notify(method: string, params: JsonObject): void {
    if (this.#isOver || this.isCancelled) return;
    if (method === 'notifications/message' && !this.#wantsLog) return;
    this.#write(notificationText(method, tagged(this, params)));
  }

  finish(answer: Answer, serverInfo: JsonObject): void {
    if (this.#isOver || this.isCancelled) return;
    this.#isOver = true;
    this.#write(encodeModern(this, answer, serverInfo).text);
  }

  sweep(): void {
    // a revoked key ends the whole pipe
  }

  drain(): void {
    if (this.method !== LISTEN) return;
    this.finish({ kind: 'result', result: {} }, this.#hall.serverInfo);
    this.cancel();
  }
}

/** Answers one request. Never throws. @param running where `notifications/cancelled` finds it */
export async function serveModernLine(
  hall: Hall,
  sender: Sender,
  request: RpcRequest,
  running: Roster<OpenExchange>,
  write: (text: string) => void,
): Promise<void> {
  const meta = readModernMeta(request);
  if ('error' in meta) return write(errorText(request.id, meta.error));
  const rejected = checkModernMethod(request);
  if (rejected !== null) return write(errorText(request.id, rejected.error));
  const quota = request.method === LISTEN ? hall.streams : hall.inFlight;
  const owner = identityOf(sender.caller.principal);
  if (!quota.take(owner)) return write(errorText(request.id, refusalAnswer(overloaded('requests')).error));
  const client = modernClient(meta, sender.address, 'stdio');
  const exchange = new ModernLineExchange(hall, sender, client, request, meta.wantsLog, write);
  running.add(exchange);
  hall.watched.add(exchange);
  try {
    await walk(hall, exchange);
  } catch {
    exchange.finish(refusalAnswer(refuse('INTERNAL')), hall.serverInfo);
  } finally {
    running.remove(exchange);
    hall.watched.remove(exchange);
    quota.release(owner);
  }
}

async function walk(hall: Hall, exchange: ModernLineExchange): Promise<void> {
  if (exchange.method !== 'server/discover') return exchange.finish(await askDoor(hall, exchange), hall.serverInfo);
  const introduction = await askIntroduction(hall, exchange);
  if ('kind' in introduction) return exchange.finish(introduction, hall.serverInfo);
  const result = discovery(introduction.capabilities, introduction.instructions);
  exchange.finish({ kind: 'result', result }, introduction.serverInfo);
}
