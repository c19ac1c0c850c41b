import type { Authenticated, Received, Target } from '../core/call.ts';
import { digest } from '../core/canonical-json.ts';
import type { Exchange } from '../core/exchange.ts';
import { newId } from '../core/ids.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import { refuse, type Refusal } from '../core/refusal.ts';

const NONE: Target = { kind: 'none' };

/** Reads what a request acts on and with which arguments; refuses shapes that the method does not have. */
export function receive(exchange: Exchange): Received | Refusal {
  const { method, params } = exchange;
  const shape = SHAPES.get(method)?.(params) ?? { target: NONE, args: withoutMeta(params) };
  if ('code' in shape) return shape;
  return {
    id: newId(exchange.receivedAtMs),
    gateway: exchange.gateway,
    method,
    target: shape.target,
    arguments: shape.args,
    argumentsDigest: digest(shape.args),
    client: exchange.client,
    receivedAtMs: exchange.receivedAtMs,
  };
}

/** A request that cannot be read any further, for its record. */
export function bare(exchange: Exchange): Authenticated {
  const { gateway, method, client, caller, receivedAtMs } = exchange;
  const args = withoutMeta(exchange.params);
  return {
    id: newId(receivedAtMs),
    gateway,
    method,
    target: NONE,
    arguments: args,
    argumentsDigest: digest(args),
    client,
    caller,
    receivedAtMs,
  };
}

type Shape = { readonly target: Target; readonly args: JsonObject } | Refusal;

/** Methods that act on something, by the parameters that the specification gives them. */
const SHAPES: ReadonlyMap<string, (params: JsonObject) => Shape> = new Map([
  ['tools/call', (params) => named('tool', params)],
  ['prompts/get', (params) => named('prompt', params)],
  ['resources/read', located],
  ['resources/subscribe', located],
  ['resources/unsubscribe', located],
  ['completion/complete', completed],
  ['tasks/get', task],
  ['tasks/update', task],
  ['tasks/cancel', task],
  ['tasks/result', task],
]);

function named(kind: 'tool' | 'prompt', params: JsonObject): Shape {
  const name = own(params, 'name');
  const args = own(params, 'arguments') ?? {};
  if (typeof name !== 'string' || name === '') return refuse('PARAMS_INVALID', '`name` must be a non-empty string');
  if (!isObject(args)) return refuse('PARAMS_INVALID', '`arguments` must be an object');
  return { target: { kind, name }, args };
}

function located(params: JsonObject): Shape {
  const uri = own(params, 'uri');
  if (typeof uri !== 'string' || uri === '') return refuse('PARAMS_INVALID', '`uri` must be a non-empty string');
  return { target: { kind: 'resource', uri }, args: {} };
}

function task(params: JsonObject): Shape {
  const id = own(params, 'taskId');
  if (typeof id !== 'string' || id === '') return refuse('PARAMS_INVALID', '`taskId` must be a non-empty string');
  // Only what the extension defines: an answer to the task's questions.
  const responses = own(params, 'inputResponses');
  const args: JsonObject = isObject(responses) ? { inputResponses: responses } : {};
  return { target: { kind: 'task', id, tool: '' }, args };
}

function completed(params: JsonObject): Shape {
  const ref = own(params, 'ref');
  if (!isObject(ref)) return refuse('PARAMS_INVALID', '`ref` must be an object');
  const args = withoutMeta(params);
  if (ref.type === 'ref/prompt' && typeof ref.name === 'string')
    return { target: { kind: 'prompt', name: ref.name }, args };
  if (ref.type === 'ref/resource' && typeof ref.uri === 'string')
    return { target: { kind: 'resource', uri: ref.uri }, args };
  return refuse('PARAMS_INVALID', '`ref` must name a prompt or a resource template');
}

function withoutMeta(params: JsonObject): JsonObject {
  const { _meta, ...rest } = params;
  return rest;
}
