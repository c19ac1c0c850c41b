import type { ServerResponse } from 'node:http';
import { JsonRejected, parseStrict } from '../core/strict-json.ts';
import type { JsonValue } from '../core/json.ts';
import { refuse } from '../core/refusal.ts';
import { readMessage } from '../mcp/json-rpc.ts';
import { isModernRequest } from '../mcp/modern-request.ts';
import { isLegacyRevision } from '../mcp/revisions.ts';
import { CLIENT_GONE, gatherBody, isJsonBody, type BodyGauge, type Gathered } from './body.ts';
import { takesStream } from './event-stream.ts';
import { turnDown, type Hall } from './hall.ts';
import { HttpSse } from './http-sse.ts';
import { serveModern } from './modern-http.ts';
import type { Sender } from './open-exchange.ts';
import { isBodyShort, sendEmpty } from './reply.ts';
import { Streamable } from './streamable.ts';

const ALLOW = { allow: 'POST, GET, DELETE' } as const;

/**
 * The MCP endpoint of every gateway, for senders that are already authenticated. Tells the wires apart by how the
 * client opens (2026-07-28, Versioning › Backward Compatibility; Streamable HTTP › Backward Compatibility).
 */
export class McpEndpoint {
  readonly streamable: Streamable;
  readonly sse: HttpSse;
  readonly #hall: Hall;
  readonly #gauge: BodyGauge;
  readonly #basePath: string;

  /** @param basePath what a proxy in front adds before `/v1`, from `public_url`; empty or without a slash at the end */
  constructor(hall: Hall, basePath: string) {
    this.#hall = hall;
    this.#basePath = basePath;
    this.#gauge = { bytes: 0, bytesMax: hall.limits.bodyBytesMax, totalBytesMax: hall.limits.bodyBytesTotalMax };
    this.streamable = new Streamable(hall);
    this.sse = new HttpSse(hall);
  }

  get gauge(): BodyGauge {
    return this.#gauge;
  }

  /** `/v1/mcp/{gateway}` */
  serve(sender: Sender, res: ServerResponse): Promise<void> | void {
    switch (res.req.method) {
      case 'POST':
        return this.#post(sender, res);
      case 'GET':
        return this.#get(sender, res);
      case 'DELETE':
        return this.#delete(sender, res);
      default:
        return sendEmpty(res, 405, ALLOW);
    }
  }

  /** `/v1/mcp/{gateway}/messages`, where clients of 2024-11-05 post. */
  async serveMessages(sender: Sender, res: ServerResponse): Promise<void> {
    if (res.req.method !== 'POST') return sendEmpty(res, 405, { allow: 'POST' });
    const body = this.#parse(sender, res, await this.#gather(res));
    if (body === undefined) return;
    const query = new URLSearchParams(res.req.url?.split('?')[1] ?? '');
    this.sse.post(sender, query.get('session') ?? '', body, res);
  }

  async #post(sender: Sender, res: ServerResponse): Promise<void> {
    const body = this.#parse(sender, res, await this.#gather(res));
    if (body === undefined) return;
    const message = readMessage(body);
    const revision = res.req.headers['mcp-protocol-version'];
    if (message?.kind === 'request' && isModernRequest(message.method, message.params, single(revision))) {
      return serveModern(this.#hall, sender, message, res);
    }
    return this.streamable.post(sender, body, message, res);
  }

  #get(sender: Sender, res: ServerResponse): void {
    const { headers } = res.req;
    if (headers['mcp-session-id'] !== undefined) return this.streamable.get(sender, res);
    const revision = single(headers['mcp-protocol-version']);
    if (revision !== undefined) return sendEmpty(res, isLegacyRevision(revision) ? 400 : 405, { allow: 'POST' });
    if (!takesStream(res)) return sendEmpty(res, 406);
    this.sse.open(sender, `${this.#basePath}/v1/mcp/${sender.gateway}/messages`, res);
  }

  #delete(sender: Sender, res: ServerResponse): void {
    if (res.req.headers['mcp-session-id'] === undefined) return sendEmpty(res, 405, { allow: 'POST' });
    this.streamable.delete(sender, res);
  }

  /** The body; null when it is of a form that is not taken here. */
  #gather(res: ServerResponse): Promise<Gathered> | null {
    return isJsonBody(res.req) ? gatherBody(res.req, this.#gauge) : null;
  }

  /** Parses the body; answers by itself, and gives nothing, when it is not acceptable. */
  #parse(sender: Sender, res: ServerResponse, body: Gathered | null): JsonValue | undefined {
    if (body === CLIENT_GONE) return undefined;
    if (body === null) {
      sendEmpty(res, 415, { accept: 'application/json', ...(isBodyShort(res.req) ? {} : { connection: 'close' }) });
      return undefined;
    }
    if (!Buffer.isBuffer(body)) {
      turnDown(this.#hall, sender, res, body);
      return undefined;
    }
    try {
      return parseStrict(body, { depthMax: this.#hall.limits.jsonDepthMax });
    } catch (error) {
      if (!(error instanceof JsonRejected)) throw error;
      turnDown(
        this.#hall,
        sender,
        res,
        refuse('MESSAGE_MALFORMED', `the body is not acceptable JSON: ${error.message}`),
      );
      return undefined;
    }
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
