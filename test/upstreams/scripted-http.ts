import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';

/** One request as the scripted server got it. */
export interface Got {
  readonly verb: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly message: JsonObject;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Answers with a JSON-RPC result. */
  result(result: JsonObject, headers?: Record<string, string>): void;
  /** Answers with a JSON-RPC error under an HTTP status. */
  error(status: number, code: number, data?: JsonValue, id?: JsonValue): void;
  /** Answers with any status, type and text. */
  raw(status: number, type: string, body: string): void;
  /** Opens an event stream; the returned function sends one event. */
  stream(): (message: JsonValue | string, id?: string) => void;
}

const nameOf = ({ method }: JsonObject): string => (typeof method === 'string' ? method : 'response');

export type Script = (got: Got) => void;

/** A server on a loopback port that does what a test says, and remembers what it was asked. */
export class ScriptedServer {
  readonly got: Got[] = [];
  url = '';
  script: Script;
  readonly #server = createServer((req, res) => {
    this.#serve(req, res).catch(() => res.destroy());
  });

  constructor(script: Script) {
    this.script = script;
  }

  async listen(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.url = `http://127.0.0.1:${address.port}/mcp`;
    return this;
  }

  /** Methods of the messages that came, in order. */
  methods(): string[] {
    return this.got.map(({ verb, message }) => (verb === 'POST' ? nameOf(message) : verb));
  }

  count(method: string): number {
    return this.methods().filter((name) => name === method).length;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close').catch(() => undefined);
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await text(req);
    const message = (body === '' ? {} : JSON.parse(body)) as JsonObject;
    const raw = (status: number, type: string, answer: string): void =>
      void res.writeHead(status, type === '' ? {} : { 'content-type': type }).end(answer);
    const json = (status: number, answer: JsonObject): void => raw(status, 'application/json', JSON.stringify(answer));
    const got: Got = {
      verb: req.method ?? '',
      path: req.url ?? '',
      headers: req.headers,
      message,
      req,
      res,
      raw,
      result: (result, headers = {}) => {
        for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
        json(200, { jsonrpc: '2.0', id: message['id'], result });
      },
      error: (status, code, data, id = message['id']) =>
        json(status, { jsonrpc: '2.0', id, error: { code, message: 'no', data } }),
      stream: () => {
        res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        return (event, id) => {
          const data = typeof event === 'string' ? event : JSON.stringify(event);
          res.write(`${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`);
        };
      },
    };
    this.got.push(got);
    this.script(got);
  }
}

/** Answers like a modern server with these tools; `call` answers `tools/call`. */
export function modernServer(call: Script, tools: JsonValue[] = [{ name: 'it', inputSchema: {} }]): Script {
  return (got) => {
    const { method } = got.message;
    if (method === 'server/discover') got.result({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} } });
    else if (method === 'tools/list') got.result({ tools, ttlMs: 60_000 });
    else if (method === 'tools/call') call(got);
    else if (method === 'subscriptions/listen') {
      got.stream()({ jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params: {} });
    } else got.error(404, -32601);
  };
}

/** Answers like a legacy server with a session; `call` answers `tools/call`. */
export function legacyServer(call: Script, revision = '2025-11-25'): Script {
  let session = 0;
  return (got) => {
    const { method, id } = got.message;
    if (got.verb !== 'POST') got.raw(405, '', '');
    else if (method === 'initialize') {
      const result = { protocolVersion: revision, capabilities: { tools: {} }, serverInfo: { name: 's' } };
      got.result(result, { 'mcp-session-id': `session-${++session}` });
    } else if (method === 'server/discover') got.error(400, -32000, undefined, null);
    else if (id === undefined || method === undefined) got.raw(202, '', '');
    else if (method === 'tools/list') got.result({ tools: [{ name: 'it', inputSchema: {} }] });
    else if (method === 'tools/call') call(got);
    else got.error(200, -32601);
  };
}
