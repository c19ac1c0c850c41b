import type { Client } from '../core/call.ts';
import type { Cancellation } from '../core/cancellation.ts';
import type { Answer, RpcError } from '../core/exchange.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import { refuse } from '../core/refusal.ts';
import { RPC, type Message, type RequestId } from '../mcp/json-rpc.ts';
import { isLegacyMethod } from '../mcp/methods.ts';
import { shorten } from '../mcp/modern-request.ts';
import { isLegacyRevision, LEGACY_LATEST } from '../mcp/revisions.ts';
import { errorText, legacyResult, notificationText, resultText } from '../mcp/server-messages.ts';
import { askDoor, askIntroduction, claimedName, refusalAnswer, type Hall, type Reply } from './hall.ts';
import type { LegacySession, Outlet } from './legacy-session.ts';
import { OpenExchange, type RpcNotification, type RpcRequest, type Sender } from './open-exchange.ts';
import { overloaded } from './reply.ts';

/** A request of a session; what belongs to it leaves by its own outlet. */
class LegacyExchange extends OpenExchange {
  readonly session: LegacySession;
  readonly #outlet: Outlet;

  constructor(
    sender: Sender,
    client: Client,
    request: RpcRequest,
    atMs: number,
    session: LegacySession,
    outlet: Outlet,
  ) {
    super(sender, client, request, atMs);
    this.session = session;
    this.#outlet = outlet;
  }

  notify(method: string, params: JsonObject): void {
    if (!this.isCancelled) this.#outlet.send(notificationText(method, params));
  }

  readonly ask = (method: string, params: JsonObject, signal: Cancellation): Promise<JsonObject> =>
    this.session.askOn(this.#outlet, method, params, signal);
}

function failed(id: RequestId, error: RpcError): Reply {
  return { text: errorText(id, error), status: 200 };
}

/** These two stay visible in the HTTP status on every wire; all other errors are JSON-RPC's own there. */
const LOUD = new Set([429, 503]);

function encode(request: RpcRequest, answer: Answer): Reply {
  if (answer.kind === 'error') {
    const status = LOUD.has(answer.httpStatus) ? answer.httpStatus : 200;
    const wait = answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs };
    return { text: errorText(request.id, answer.error), status, ...wait };
  }
  const result = legacyResult(request.method, answer.result);
  if (result === null) return encode(request, refusalAnswer(refuse('INTERNAL')));
  return { text: resultText(request.id, result), status: 200 };
}

/**
 * Answers one request of a session that was initialized. Never throws.
 * @returns null when the client cancelled it, which is answered with silence
 */
export async function answerLegacy(
  hall: Hall,
  session: LegacySession,
  sender: Sender,
  request: RpcRequest,
  outlet: Outlet,
): Promise<Reply | null> {
  const { id, method } = request;
  if (method === 'ping') return { text: resultText(id, {}), status: 200 };
  if (session.agreed === null) return failed(id, { code: RPC.invalidRequest, message: 'send `initialize` first' });
  if (method === 'initialize') {
    return failed(id, { code: RPC.invalidRequest, message: 'this session was initialized already' });
  }
  if (!isLegacyMethod(method)) {
    return failed(id, { code: RPC.methodNotFound, message: `there is no method \`${shorten(method)}\`` });
  }
  if (session.runningCount >= hall.limits.sessionCallsMax) {
    return encode(request, refusalAnswer(overloaded('requests of one session')));
  }
  attach(hall, session, sender);
  const owner = session.owner;
  if (!hall.inFlight.take(owner)) return encode(request, refusalAnswer(overloaded('requests')));
  const client = session.clientAt(sender.address);
  const exchange = new LegacyExchange(sender, client, request, hall.clock.nowMs(), session, outlet);
  if (!session.begin(exchange)) {
    hall.inFlight.release(owner);
    return failed(id, { code: RPC.invalidRequest, message: 'a request of this id is still being answered' });
  }
  const answer = await askDoor(hall, exchange);
  hall.inFlight.release(owner);
  session.finish(exchange);
  return exchange.isCancelled ? null : encode(request, answer);
}

/** Answers `initialize`: agrees on a revision and introduces the gateway. Never throws. */
export async function answerInitialize(
  hall: Hall,
  session: LegacySession,
  sender: Sender,
  request: RpcRequest,
  outlet: Outlet,
): Promise<Reply> {
  const requested = own(request.params, 'protocolVersion');
  if (session.agreed !== null) {
    return failed(request.id, { code: RPC.invalidRequest, message: 'this session was initialized already' });
  }
  if (typeof requested !== 'string') {
    const message = '`initialize` needs `protocolVersion`, such as `2025-11-25`';
    return { text: errorText(request.id, { code: RPC.invalidParams, message }), status: 400 };
  }
  const capabilities = own(request.params, 'capabilities');
  session.agree({
    ...claimedName(own(request.params, 'clientInfo')),
    revision: isLegacyRevision(requested) ? requested : LEGACY_LATEST,
    capabilities: isObject(capabilities) ? capabilities : {},
  });
  const client = session.clientAt(sender.address);
  const exchange = new LegacyExchange(sender, client, request, hall.clock.nowMs(), session, outlet);
  const introduction = await askIntroduction(hall, exchange);
  if ('kind' in introduction) {
    session.agreed = null;
    return encode(request, introduction);
  }
  session.introduction = introduction;
  const result: JsonObject = {
    protocolVersion: client.revision,
    capabilities: introduction.capabilities,
    serverInfo: introduction.serverInfo,
  };
  if (introduction.instructions !== null) result['instructions'] = introduction.instructions;
  return { text: resultText(request.id, result), status: 200 };
}

/** Change notices begin with `notifications/initialized`, or with the first request of a client that never sends it. */
function attach(hall: Hall, session: LegacySession, sender: Sender): void {
  if (session.introduction === null || session.isClosed) return;
  session.introduction = null;
  hall.door.attach(session.gateway, session.caller, session.clientAt(sender.address), session);
}

/** Takes a notification of the client. */
export function takeNotification(hall: Hall, session: LegacySession, sender: Sender, message: RpcNotification): void {
  if (message.method === 'notifications/cancelled') {
    session.cancel(own(message.params, 'requestId'));
    return;
  }
  if (message.method === 'notifications/initialized') attach(hall, session, sender);
  hall.door.notified(sender.gateway, sender.caller, session, message.method, message.params);
}

/** Takes one message on a wire with a single channel to the client. Never throws. */
export async function takeMessage(hall: Hall, session: LegacySession, sender: Sender, message: Message): Promise<void> {
  const { outlet } = session;
  try {
    if (message.kind === 'notification') return takeNotification(hall, session, sender, message);
    if (message.kind !== 'request') return session.respond(message);
    const answering = message.method === 'initialize' ? answerInitialize : answerLegacy;
    const reply = await answering(hall, session, sender, message, outlet);
    if (reply !== null) outlet.send(reply.text);
  } catch {
    if (message.kind === 'request') outlet.send(encode(message, refusalAnswer(refuse('INTERNAL'))).text);
  }
}
