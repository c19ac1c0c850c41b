import type { Resolved } from '../core/call.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import { META } from '../mcp/revisions.ts';
import type { Continuation } from './request-states.ts';

/**
 * Trace context passes (W3C, by the convention of SEP-414); anything else in `_meta` is between client and gateway.
 * Longest values in characters (Trace Context, 3.3.1.5; Baggage, 3.3.2): what passes unrecorded is no letter box.
 */
const META_PASSED = { traceparent: 128, tracestate: 512, baggage: 8_192 } as const;

/** Methods that may be answered by `input_required` (2026-07-28, MRTR › Supported Requests). */
const ASKING = ['tools/call', 'prompts/get', 'resources/read'];

/** The params to send, built from what was judged: never the client's object, never parameters nobody knows. */
export function upstreamParams(call: Resolved, sent: JsonObject, { carried, responses }: Continuation): JsonObject {
  const params = judgedParams(call);
  if (ASKING.includes(call.method)) {
    if (responses !== null) params.inputResponses = responses;
    if (carried?.upstreamState) params.requestState = carried.upstreamState;
  }
  const task = own(sent, 'task');
  if (call.method === 'tools/call' && isObject(task)) params.task = taskWish(task);
  return params;
}

/** How long a task may be kept (2025-11-25, Tasks): nothing else that a client writes there is anybody's business. */
function taskWish(task: JsonObject): JsonObject {
  const ttl = own(task, 'ttl');
  return typeof ttl === 'number' ? { ttl } : {};
}

function judgedParams(call: Resolved): JsonObject {
  const { upstreamTarget: target, arguments: args, method } = call;
  if (method === 'completion/complete') return completion(call);
  if (target.kind === 'tool' || target.kind === 'prompt') return { name: target.name, arguments: args };
  if (target.kind === 'resource') return { uri: target.uri };
  if (target.kind === 'task') return { ...args, taskId: target.id };
  return { ...args };
}

function completion({ upstreamTarget: target, arguments: args }: Resolved): JsonObject {
  const ref: JsonObject =
    target.kind === 'prompt'
      ? { type: 'ref/prompt', name: target.name }
      : { type: 'ref/resource', uri: target.kind === 'resource' ? target.uri : '' };
  const params: JsonObject = { ref };
  if (args.argument !== undefined) params.argument = args.argument;
  if (args.context !== undefined) params.context = args.context;
  return params;
}

/** The `_meta` entries of a client that may go upstream, and from which level on it wants log messages, if at all. */
export function passedMeta(params: JsonObject, logLevel: string | null): JsonObject {
  const meta = own(params, '_meta');
  const passed: JsonObject = {};
  if (logLevel !== null) passed[META.logLevel] = logLevel;
  if (!isObject(meta)) return passed;
  for (const [name, charsMax] of Object.entries(META_PASSED)) {
    const value = own(meta, name);
    if (typeof value === 'string' && value.length <= charsMax) passed[name] = value;
  }
  return passed;
}
