import { isObject, own, type JsonObject } from '../../core/json.ts';
import { mirroredParams, mirroredText, mirroredValue, type MirroredParam } from '../../mcp/headers.ts';

/** Which arguments each tool wants in headers, as the tool lists that passed by said. */
export class MirroredTools {
  readonly #params = new Map<string, readonly MirroredParam[]>();
  readonly #toolsMax: number;

  constructor(toolsMax: number) {
    this.#toolsMax = toolsMax;
  }

  /** Learns from one page of `tools/list`. */
  learn(result: JsonObject): void {
    const tools = own(result, 'tools');
    for (const tool of Array.isArray(tools) ? tools : []) {
      const name = isObject(tool) ? own(tool, 'name') : undefined;
      if (!isObject(tool) || typeof name !== 'string') continue;
      const read = mirroredParams(own(tool, 'inputSchema'));
      if (!read.valid || read.params.length === 0) this.#params.delete(name);
      else if (this.#params.size < this.#toolsMax || this.#params.has(name)) this.#params.set(name, read.params);
    }
  }

  /** The `Mcp-Param-…` headers of a call (2026-07-28, Streamable HTTP › Client Behavior). */
  headersOf(params: JsonObject): Readonly<Record<string, string>> {
    const name = own(params, 'name');
    const known = typeof name === 'string' ? this.#params.get(name) : undefined;
    if (known === undefined) return {};
    const args = own(params, 'arguments');
    const headers: Record<string, string> = {};
    for (const param of known) {
      const text = mirroredText(mirroredValue(param, isObject(args) ? args : {}));
      if (text !== null) headers[param.header] = text;
    }
    return headers;
  }
}
