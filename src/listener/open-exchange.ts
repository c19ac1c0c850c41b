import type { Client } from '../core/call.ts';
import { Canceller } from '../core/cancellation.ts';
import type { ClientSession, Exchange } from '../core/exchange.ts';
import type { JsonObject } from '../core/json.ts';
import type { Caller } from '../core/principal.ts';
import type { Roster } from '../core/roster.ts';
import type { Message, RequestId } from '../mcp/json-rpc.ts';

export type RpcRequest = Extract<Message, { kind: 'request' }>;
export type RpcResponse = Extract<Message, { kind: 'result' | 'error' }>;
export type RpcNotification = Extract<Message, { kind: 'notification' }>;

/** Who sent a message, and to which gateway. */
export interface Sender {
  readonly gateway: string;
  readonly caller: Caller;
  readonly address: string;
}

/** What is the same on every wire: the request as the gateway sees it, and its cancellation. */
export abstract class OpenExchange implements Exchange {
  readonly gateway: string;
  readonly caller: Caller;
  readonly client: Client;
  readonly requestId: RequestId;
  readonly method: string;
  readonly params: JsonObject;
  readonly receivedAtMs: number;
  abstract readonly ask: Exchange['ask'];
  abstract readonly session: ClientSession | null;
  readonly signal = new Canceller();

  constructor(sender: Sender, client: Client, request: RpcRequest, receivedAtMs: number) {
    this.gateway = sender.gateway;
    this.caller = sender.caller;
    this.client = client;
    this.requestId = request.id;
    this.method = request.method;
    this.params = request.params;
    this.receivedAtMs = receivedAtMs;
  }

  abstract notify(method: string, params: JsonObject): void;

  get isCancelled(): boolean {
    return this.signal.aborted;
  }

  cancel(): void {
    this.signal.abort();
  }
}

/** The request of that id, if it is still being answered; `1` and `"1"` are two. */
export function findRequest(running: Roster<OpenExchange>, id: unknown): OpenExchange | undefined {
  return running.find((exchange) => exchange.requestId === id);
}
