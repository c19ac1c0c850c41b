import { isObject, own, type JsonObject } from '../core/json.ts';
import { encodeHeaderValue, mirroredParams, mirroredText, mirroredValue, nameOf } from '../mcp/headers.ts';
import type { MirroredParam } from '../mcp/headers.ts';
import type { Message } from '../mcp/json-rpc.ts';
import { META } from '../mcp/revisions.ts';

type Request = Extract<Message, { kind: 'request' }>;

const TOOLS_MAX = 20_000;

/** The revision that a message carries in its `_meta`; null on the wires that open with `initialize`. */
export function modernRevision(message: Message): string | null {
  if (message.kind !== 'request') return null;
  const meta = own(message.params, '_meta');
  const revision = isObject(meta) ? own(meta, META.protocolVersion) : undefined;
  return typeof revision === 'string' ? revision : null;
}

/**
 * The headers that 2026-07-28 wants over HTTP and that stdio does not have: taken from the body, and for
 * `Mcp-Param-…` from the tool schemas that went by in `tools/list` (Streamable HTTP › Client Behavior).
 */
export class BridgeHeaders {
  readonly #marks = new Map<string, readonly MirroredParam[]>();

  of(request: Request, revision: string): Record<string, string> {
    const headers: Record<string, string> = { 'mcp-protocol-version': revision, 'mcp-method': request.method };
    const name = nameOf(request.method, request.params);
    if (name !== null) headers['mcp-name'] = encodeHeaderValue(name);
    if (request.method !== 'tools/call' || name === null) return headers;
    const args = own(request.params, 'arguments');
    for (const mark of this.#marks.get(name) ?? []) {
      const text = mirroredText(mirroredValue(mark, isObject(args) ? args : {}));
      if (text !== null) headers[mark.header] = text;
    }
    return headers;
  }

  /** Notes what the tools of a list want mirrored. */
  learn(result: JsonObject): void {
    const tools = own(result, 'tools');
    if (!Array.isArray(tools)) return;
    for (const tool of tools) {
      const name = isObject(tool) ? own(tool, 'name') : undefined;
      if (!isObject(tool) || typeof name !== 'string') continue;
      const read = mirroredParams(own(tool, 'inputSchema'));
      if (read.valid && read.params.length > 0 && this.#marks.size < TOOLS_MAX) this.#marks.set(name, read.params);
      else this.#marks.delete(name);
    }
  }
}
