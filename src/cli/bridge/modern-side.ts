import { isObject, own, type JsonObject } from '../../core/json.ts';
import { encodeHeaderValue, nameOf } from '../../mcp/headers.ts';
import { RPC, type Message, type RequestId } from '../../mcp/json-rpc.ts';
import { META } from '../../mcp/revisions.ts';
import { errorText, requestText } from '../../mcp/server-messages.ts';
import { errorOf } from './bridge-errors.ts';
import type { End, Exchange, Headers } from './gateway-http.ts';
import { MirroredTools } from './mirrored-tools.ts';
import type { BridgePorts } from './ports.ts';

export type RpcRequest = Extract<Message, { kind: 'request' }>;

/** A request under way. */
interface Running {
  readonly request: RpcRequest;
  /** The line as it came: what is sent. */
  readonly body: Buffer;
  exchange: Exchange | null;
  isAnswered: boolean;
  /** Whether the tool lists were asked for because of it: once. */
  hasLearned: boolean;
}

const LISTEN = 'subscriptions/listen';
const LIST_PAGES_MAX = 100;

/**
 * The 2026-07-28 wire: each request is a POST of its own, with the headers that mirror its body, and is cancelled by
 * closing its response (Streamable HTTP › Cancellation).
 */
export class ModernSide {
  readonly #ports: BridgePorts;
  readonly #tools: MirroredTools;
  readonly #running = new Map<RequestId, Running>();

  constructor(ports: BridgePorts) {
    this.#ports = ports;
    this.#tools = new MirroredTools(ports.limits.toolsMax);
  }

  /** Requests under way; `calls`: without those that stay open by nature. */
  count(): { readonly all: number; readonly calls: number } {
    let calls = 0;
    for (const { request } of this.#running.values()) if (request.method !== LISTEN) calls++;
    return { all: this.#running.size, calls };
  }

  take(request: RpcRequest, body: Buffer): void {
    if (this.#running.has(request.id)) {
      const error = { code: RPC.invalidRequest, message: 'a request of this id is still being answered' };
      return this.#ports.write(errorText(request.id, error));
    }
    const running: Running = { request, body, exchange: null, isAnswered: false, hasLearned: false };
    this.#running.set(request.id, running);
    this.#send(running);
  }

  /** `notifications/cancelled`. @returns whether it named a request of this wire */
  cancel(id: unknown): boolean {
    const running = typeof id === 'string' || typeof id === 'number' ? this.#running.get(id) : undefined;
    if (running === undefined) return false;
    this.#forget(running);
    running.exchange?.close();
    return true;
  }

  /** Cancels subscriptions, whose answers nobody can want any more; with `all`, everything. */
  close(all: boolean): void {
    for (const { request } of this.#running.values()) if (all || request.method === LISTEN) this.cancel(request.id);
  }

  #send(running: Running): void {
    const { request, body } = running;
    running.exchange = this.#ports.http.exchange('POST', this.#headersOf(request), body, {
      message: (message, text) => this.#heard(running, message, text),
      ended: (end) => this.#ended(running, end),
    });
  }

  #headersOf({ method, params }: RpcRequest): Headers {
    const revision = revisionOf(params);
    const name = nameOf(method, params);
    return {
      ...(revision === null ? {} : { 'mcp-protocol-version': encodeHeaderValue(revision) }),
      'mcp-method': encodeHeaderValue(method),
      ...(name === null ? {} : { 'mcp-name': encodeHeaderValue(name) }),
      ...(method === 'tools/call' ? this.#tools.headersOf(params) : {}),
    };
  }

  #heard(running: Running, message: Message, text: string): void {
    const { request } = running;
    if ((message.kind === 'result' || message.kind === 'error') && message.id === request.id) {
      running.isAnswered = true;
      if (message.kind === 'result' && request.method === 'tools/list') this.#tools.learn(message.result);
      this.#forget(running);
    }
    this.#ports.write(text);
  }

  #ended(running: Running, end: End): void {
    const { request } = running;
    if (running.isAnswered) return;
    const isMismatch = end.kind === 'refused' && end.error?.code === RPC.headerMismatch;
    if (isMismatch && request.method === 'tools/call' && !running.hasLearned) {
      running.hasLearned = true;
      return this.#learn(running, undefined, LIST_PAGES_MAX);
    }
    this.#forget(running);
    this.#ports.write(errorText(request.id, errorOf(end, this.#ports.endpoint)));
  }

  #forget({ request }: Running): void {
    this.#running.delete(request.id);
  }

  /**
   * The client called a tool without having listed it here, so its marked arguments are unknown. The call was refused
   * before anybody judged it: list the tools on the client's behalf, then send it again (› Client Behavior).
   */
  #learn(running: Running, cursor: string | undefined, pagesLeft: number): void {
    const { request } = running;
    const params: JsonObject = { _meta: metaOf(request.params), ...(cursor === undefined ? {} : { cursor }) };
    const id = this.#ports.ownId();
    const asked: RpcRequest = { kind: 'request', id, method: 'tools/list', params };
    let next: string | undefined;
    running.exchange = this.#ports.http.exchange(
      'POST',
      this.#headersOf(asked),
      requestText(id, asked.method, params),
      {
        message: (message) => {
          if (message.kind !== 'result' || message.id !== id) return;
          this.#tools.learn(message.result);
          const cursorThen = own(message.result, 'nextCursor');
          next = typeof cursorThen === 'string' ? cursorThen : undefined;
        },
        ended: () => {
          if (next === undefined || pagesLeft <= 1) this.#send(running);
          else this.#learn(running, next, pagesLeft - 1);
        },
      },
    );
  }
}

/** What identifies the client; a progress token belongs to one request only. */
function metaOf(params: JsonObject): JsonObject {
  const meta = own(params, '_meta');
  const { progressToken: _, ...rest } = isObject(meta) ? meta : {};
  return rest;
}

function revisionOf(params: JsonObject): string | null {
  const meta = own(params, '_meta');
  const revision = isObject(meta) ? own(meta, META.protocolVersion) : undefined;
  return typeof revision === 'string' ? revision : null;
}
