import { identityOf } from '../core/principal.ts';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import type { JsonValue } from '../core/json.ts';
import { refuse } from '../core/refusal.ts';
import { readMessage, RPC } from '../mcp/json-rpc.ts';
import { endpointText, errorText, eventText } from '../mcp/server-messages.ts';
import { EventStream } from './event-stream.ts';
import { turnDown, type Hall, type Watched } from './hall.ts';
import { takeMessage } from './legacy-call.ts';
import { LegacySession } from './legacy-session.ts';
import type { Sender } from './open-exchange.ts';
import { overloaded, sendEmpty, sendJson } from './reply.ts';
import { SessionTable } from './session-table.ts';

/** A session of HTTP+SSE, 2024-11-05: it lives exactly as long as its stream. */
class SseSession extends LegacySession implements Watched {
  readonly stream: EventStream;
  readonly #keepAliveMs: number;

  constructor(sender: Sender, clock: Clock, asksMax: number, keepAliveMs: number, stream: EventStream) {
    const outlet = {
      send: (text: string): void => void stream.send(eventText(text, null)),
      get canReach() {
        return !stream.isGone;
      },
    };
    super(sender, 'sse', outlet, clock, asksMax);
    this.stream = stream;
    this.#keepAliveMs = keepAliveMs;
    this.onClose(() => stream.end());
    stream.onClose(() => this.close());
  }

  sweep(): void {
    if (this.caller.isValid()) this.stream.keepAlive(this.#keepAliveMs);
    else this.close();
  }

  drain(): void {
    if (this.runningCount === 0) this.close();
  }
}

/** The wire of 2024-11-05: a GET opens the stream, messages are posted beside it and answered on it. */
export class HttpSse {
  readonly sessions: SessionTable<SseSession>;
  readonly #hall: Hall;

  constructor(hall: Hall) {
    this.#hall = hall;
    this.sessions = new SessionTable(hall.clock, hall.limits, () => true);
  }

  /** @param messagesPath where this client has to post, without the query */
  open(sender: Sender, messagesPath: string, res: ServerResponse): void {
    const { clock, limits, streams, watched } = this.#hall;
    const owner = identityOf(sender.caller.principal);
    if (!streams.take(owner)) return turnDown(this.#hall, sender, res, overloaded('streams'));
    if (!this.sessions.makeRoom(owner)) {
      streams.release(owner);
      return turnDown(this.#hall, sender, res, overloaded('sessions'));
    }
    const stream = new EventStream(this.#hall, sender, res);
    const session = new SseSession(sender, clock, limits.asksMax, limits.keepAliveMs, stream);
    this.sessions.add(session);
    watched.add(session);
    session.onClose(() => {
      watched.remove(session);
      streams.release(owner);
    });
    stream.send(endpointText(`${messagesPath}?session=${session.secret}`));
  }

  /** A message of the client: accepted at once, answered on the stream. */
  post(sender: Sender, secret: string, body: JsonValue, res: ServerResponse): void {
    const session = this.sessions.find(secret, identityOf(sender.caller.principal), sender.gateway);
    if (session === null) return turnDown(this.#hall, sender, res, refuse('SESSION_UNKNOWN'));
    session.touch(sender.caller);
    const message = readMessage(body);
    if (message === null || (message.kind === 'notification' && !message.method.startsWith('notifications/'))) {
      const error = { code: RPC.invalidRequest, message: 'the body is not one JSON-RPC message' };
      return sendJson(res, 400, errorText(null, error));
    }
    sendEmpty(res, 202);
    void takeMessage(this.#hall, session, sender, message);
  }
}
