import type { JsonObject } from '../../src/core/json.ts';
import type { VetoProcess } from '../support/veto.ts';

const META = 'io.modelcontextprotocol/';
const REVISION = '2026-07-28';

/** An agent that remembers every definition it was ever shown. */
export class Agent {
  readonly shown: JsonObject[] = [];
  veto: VetoProcess;
  #id = 0;

  constructor(veto: VetoProcess) {
    this.veto = veto;
  }

  async list(): Promise<JsonObject[]> {
    const { result } = (await this.#ask('tools/list', {})) as { result?: { tools?: JsonObject[] } };
    if (!result?.tools) throw new Error('no list of tools');
    this.shown.push(...result.tools);
    return result.tools;
  }

  /** The answer to `tools/call`: result or error. */
  call(name: string, args: JsonObject): Promise<JsonObject> {
    return this.#ask('tools/call', { name, arguments: args });
  }

  /** Listens for changed lists until the returned function is called. */
  async listen(): Promise<{ heard(): number; stop(): void }> {
    const abort = new AbortController();
    const response = await this.#post(
      'subscriptions/listen',
      { notifications: { toolsListChanged: true } },
      abort.signal,
    );
    let text = '';
    const reading = (async () => {
      for await (const piece of response.body ?? []) text += Buffer.from(piece as Uint8Array).toString();
    })().catch(() => undefined);
    return {
      heard: () => text.split('notifications/tools/list_changed').length - 1,
      stop: () => {
        abort.abort();
        void reading;
      },
    };
  }

  async #ask(method: string, params: JsonObject): Promise<JsonObject> {
    const response = await this.#post(method, params, AbortSignal.timeout(20_000));
    const text = await response.text();
    const data = text.startsWith('{') ? text : (/^data: (.*"(?:result|error)".*)$/m.exec(text)?.[1] ?? '');
    return JSON.parse(data) as JsonObject; // an answer of the gateway
  }

  #post(method: string, params: JsonObject, signal: AbortSignal): Promise<Response> {
    const _meta = {
      [`${META}protocolVersion`]: REVISION,
      [`${META}clientInfo`]: { name: 'agent', version: '1' },
      [`${META}clientCapabilities`]: {},
    };
    const { name } = params;
    const headers = {
      ...this.veto.headers,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': REVISION,
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
    };
    const body = JSON.stringify({ jsonrpc: '2.0', id: ++this.#id, method, params: { ...params, _meta } });
    return fetch(this.veto.mcpUrl, { method: 'POST', headers, body, signal });
  }
}
