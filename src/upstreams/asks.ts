import { ClientError, type RpcError } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import { own, type JsonObject } from '../core/json.ts';
import { RPC, type Message } from '../mcp/json-rpc.ts';
import type { Flight } from './flight.ts';

type Request = Extract<Message, { kind: 'request' }>;

/** What a legacy server may ask of a client, and the capability that must have been declared for it. */
const NEEDS: Readonly<Record<string, string>> = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
};

/**
 * Answers a request of a legacy server. `ping` is answered at once; what a client has to answer goes to the call it
 * belongs to; what no call can take is refused, so that the server does not wait for ever.
 */
export function answerAsk(
  request: Request,
  flight: Flight | null,
  { declared, asksMax }: { readonly declared: JsonObject; readonly asksMax: number },
  reply: (body: string) => void,
): void {
  const { id, method } = request;
  if (method === 'ping') {
    reply(JSON.stringify({ jsonrpc: '2.0', id, result: {} }));
    return;
  }
  const refuse = (error: RpcError): void => reply(JSON.stringify({ jsonrpc: '2.0', id, error }));
  const need = Object.hasOwn(NEEDS, method) ? NEEDS[method] : undefined;
  if (need === undefined || own(declared, need) === undefined) {
    refuse({ code: RPC.methodNotFound, message: 'this client has no such method' });
  } else if (flight === null || flight.ear === null || flight.settled) {
    refuse({ code: RPC.invalidRequest, message: 'no call is under way that this request could belong to' });
  } else if ((flight.asks?.size ?? 0) >= asksMax) {
    refuse({ code: RPC.invalidRequest, message: `more than ${asksMax} requests at once during one call` });
  } else relay(request, flight, flight.ear, reply, refuse);
}

const OVER: RpcError = { code: RPC.invalidRequest, message: 'the call that this request belongs to is over' };

function relay(
  { id, method, params }: Request,
  flight: Flight,
  ear: NonNullable<Flight['ear']>,
  reply: (body: string) => void,
  refuse: (error: RpcError) => void,
): void {
  const asks = (flight.asks ??= new Map());
  if (asks.has(id)) {
    refuse({ code: RPC.invalidRequest, message: 'a request of that id is under way' });
    return;
  }
  const withdrawal = new AbortController();
  asks.set(id, withdrawal);
  ear
    .ask(method, withoutToken(params), withdrawal.signal)
    .then((result) => {
      if (flight.settled) refuse(OVER);
      else if (!withdrawal.signal.aborted) reply(JSON.stringify({ jsonrpc: '2.0', id, result }));
    })
    .catch((error: unknown) => {
      if (flight.settled) refuse(OVER);
      else if (!withdrawal.signal.aborted) refuse(toRpcError(error, method));
    })
    .finally(() => asks.delete(id));
}

/** The client has tokens of its own; a token of the server's would mean nothing to it. */
function withoutToken(params: Request['params']): Request['params'] {
  const meta = own(params, '_meta');
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) return params;
  const { progressToken: _, ...rest } = meta;
  return { ...params, _meta: rest };
}

function toRpcError(error: unknown, method: string): RpcError {
  if (error instanceof ClientError) return error.error;
  if (error instanceof Fault && error.code === 'relay_refused') {
    return { code: RPC.methodNotFound, message: `this client does not take \`${method}\`` };
  }
  return { code: RPC.internalError, message: `the client did not answer \`${method}\`` };
}
