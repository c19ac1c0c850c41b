import { identityOf } from '../core/principal.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonValue } from '../core/json.ts';
import { refuse, type Refusal } from '../core/refusal.ts';
import { BATCH_REVISION, readBatch } from '../mcp/batch.ts';
import { RPC, type Message } from '../mcp/json-rpc.ts';
import { isLegacyRevision } from '../mcp/revisions.ts';
import { errorText } from '../mcp/server-messages.ts';
import { EventStream, takesStream } from './event-stream.ts';
import { refusalAnswer, turnDown, type Hall, type Reply } from './hall.ts';
import { answerInitialize, answerLegacy, takeNotification } from './legacy-call.ts';
import type { RpcRequest, Sender } from './open-exchange.ts';
import { PostOutlet } from './post-outlet.ts';
import type { ReplayGauge } from './replay.ts';
import { overloaded, sendEmpty, sendJson } from './reply.ts';
import { SessionTable } from './session-table.ts';
import { StreamableSession } from './streamable-session.ts';
import { WatchedStream } from './watched-stream.ts';

/** The wires with `Mcp-Session-Id`: POST, GET and DELETE of the MCP endpoint. */
export class Streamable {
  readonly sessions: SessionTable<StreamableSession>;
  readonly #hall: Hall;
  readonly #replayGauge: ReplayGauge;

  constructor(hall: Hall) {
    this.#hall = hall;
    this.sessions = new SessionTable(hall.clock, hall.limits, (session) => session.connections > 0);
    this.#replayGauge = { bytes: 0, bytesMax: hall.limits.replayBytesTotalMax };
  }

  sweep(): void {
    this.sessions.sweep();
    for (const session of this.sessions.values()) session.streams.prune();
  }

  /** A POST whose body is not of the 2026-07-28 wire. Never throws. @param message the body, if it is one message */
  post(sender: Sender, body: JsonValue, message: Message | null, res: ServerResponse): Promise<void> | void {
    const secret = res.req.headers['mcp-session-id'];
    if (secret === undefined || isInitialize(message)) return this.#postOutside(sender, body, message, res);
    const session = this.#find(sender, res.req);
    if (!(session instanceof StreamableSession)) return turnDown(this.#hall, sender, res, session);
    session.touch(sender.caller);
    if (Array.isArray(body)) return this.#postBatch(session, sender, body, res);
    if (message === null) return refuseMessage(res);
    return this.#postMessages(session, sender, [message], false, res);
  }

  /** Without a session there is only `initialize`, and notifications, which need none. */
  async #postOutside(sender: Sender, body: JsonValue, message: Message | null, res: ServerResponse): Promise<void> {
    if (Array.isArray(body)) return refuseBatch(res);
    if (message === null) return refuseMessage(res);
    if (message.kind === 'request' && message.method === 'initialize') return this.#initialize(sender, message, res);
    if (message.kind === 'notification' && message.method.startsWith('notifications/')) {
      this.#hall.door.notified(sender.gateway, sender.caller, null, message.method, message.params);
      return sendEmpty(res, 202);
    }
    const id = message.kind === 'request' ? message.id : null;
    const error = {
      code: RPC.invalidRequest,
      message: 'the header `Mcp-Session-Id` is missing; send `initialize` first',
    };
    sendJson(res, 400, errorText(id, error));
  }

  async #initialize(sender: Sender, request: RpcRequest, res: ServerResponse): Promise<void> {
    if (!this.sessions.makeRoom(identityOf(sender.caller.principal))) {
      return turnDown(this.#hall, sender, res, overloaded('sessions'), request.id);
    }
    const session = new StreamableSession(sender, this.#hall.clock, this.#hall.limits, this.#replayGauge);
    this.sessions.add(session);
    const reply = await answerInitialize(this.#hall, session, sender, request, session.outlet);
    if (session.agreed === null || res.destroyed) {
      session.close();
      return sendJson(res, reply.status, reply.text);
    }
    session.streams.primes = session.agreed.revision >= '2025-11-25';
    sendJson(res, reply.status, reply.text, { 'mcp-session-id': session.secret });
  }

  async #postBatch(session: StreamableSession, sender: Sender, body: JsonValue[], res: ServerResponse): Promise<void> {
    if (session.agreed?.revision !== BATCH_REVISION) return refuseBatch(res);
    const messages = readBatch(body, this.#hall.limits.batchMax);
    if (typeof messages === 'string') return refuseMessage(res, messages);
    await this.#postMessages(session, sender, messages, true, res);
  }

  async #postMessages(
    session: StreamableSession,
    sender: Sender,
    messages: readonly Message[],
    asBatch: boolean,
    res: ServerResponse,
  ): Promise<void> {
    if (messages.some((message) => message.kind === 'notification' && !message.method.startsWith('notifications/'))) {
      return refuseMessage(res, 'a request needs an `id`');
    }
    const outlet = new PostOutlet(this.#hall, session, sender.caller, res);
    this.#hall.watched.add(outlet);
    try {
      const answering: Promise<Reply | null>[] = [];
      // In their order: a cancellation is about a request before it.
      for (const message of messages) {
        if (message.kind === 'request') answering.push(answerLegacy(this.#hall, session, sender, message, outlet));
        else if (message.kind === 'notification') takeNotification(this.#hall, session, sender, message);
        else session.respond(message);
      }
      const replies = answering.length === 1 ? [await answering[0]] : await Promise.all(answering);
      outlet.finish(replies.filter(isReply), asBatch);
    } finally {
      this.#hall.watched.remove(outlet);
    }
  }

  /** A GET with a session: a stream for what belongs to no request, or the rest of one that broke. */
  get(sender: Sender, res: ServerResponse): void {
    const session = this.#find(sender, res.req);
    if (!(session instanceof StreamableSession)) return turnDown(this.#hall, sender, res, session);
    if (!takesStream(res)) return sendEmpty(res, 406);
    session.touch(sender.caller);
    if (!this.#hall.streams.take(session.owner)) return turnDown(this.#hall, sender, res, overloaded('streams'));
    const lastEventId = res.req.headers['last-event-id'];
    let stream: EventStream | null = null;
    const open = (): EventStream => (stream = this.#openStream(session, sender, res));
    if (lastEventId === undefined) session.streams.listen(open());
    else {
      const resumed = session.streams.resume(String(lastEventId), open);
      if (resumed === 'over') sendEmpty(res, 204);
      else if (resumed === 'malformed') refuseMessage(res, 'the `Last-Event-ID` is not one of this session');
    }
    if (stream === null) this.#hall.streams.release(session.owner);
  }

  #openStream(session: StreamableSession, sender: Sender, res: ServerResponse): EventStream {
    const stream = new EventStream(this.#hall, sender, res);
    session.connections++;
    const watched = new WatchedStream(stream, sender.caller, this.#hall.limits.keepAliveMs);
    this.#hall.watched.add(watched);
    stream.onClose(() => {
      session.connections--;
      session.touch(session.caller);
      this.#hall.streams.release(session.owner);
      this.#hall.watched.remove(watched);
    });
    return stream;
  }

  delete(sender: Sender, res: ServerResponse): void {
    const session = this.#find(sender, res.req);
    if (!(session instanceof StreamableSession)) return turnDown(this.#hall, sender, res, session);
    session.close();
    sendEmpty(res, 204);
  }

  /** The session that the headers name, for its owner only; its revision rules, but an unknown one is refused. */
  #find(sender: Sender, req: IncomingMessage): StreamableSession | Refusal {
    const secret = req.headers['mcp-session-id'];
    const revision = req.headers['mcp-protocol-version'];
    if (revision !== undefined && !isLegacyRevision(revision)) {
      return refuse('MESSAGE_MALFORMED', 'the `MCP-Protocol-Version` is not one that has sessions here');
    }
    const owner = identityOf(sender.caller.principal);
    const session = typeof secret === 'string' ? this.sessions.find(secret, owner, sender.gateway) : null;
    return session ?? refuse('SESSION_UNKNOWN');
  }
}

function isReply(reply: Reply | null | undefined): reply is Reply {
  return reply !== null && reply !== undefined;
}

function isInitialize(message: Message | null): boolean {
  return message?.kind === 'request' && message.method === 'initialize';
}

function refuseMessage(res: ServerResponse, why = 'the body is not one JSON-RPC message'): void {
  sendJson(res, 400, errorText(null, { code: RPC.invalidRequest, message: why }));
}

function refuseBatch(res: ServerResponse): void {
  const { error } = refusalAnswer(refuse('MESSAGE_MALFORMED', 'batches are accepted in a session of 2025-03-26 only'));
  sendJson(res, 400, errorText(null, { ...error, code: RPC.invalidRequest }));
}
