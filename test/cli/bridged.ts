import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { systemClock } from '../../src/core/clock.ts';
import type { BridgeLimits } from '../../src/cli/bridge/bridge-limits.ts';
import { bridgeStdio } from '../../src/cli/stdio-bridge.ts';
import { MODERN_META, until } from '../listener/started.ts';

export type Line = Record<string, unknown>;

/** A bridge at work, with a test at its pipe. */
export interface Bridged {
  readonly input: PassThrough;
  readonly output: PassThrough;
  readonly lines: Line[];
  readonly reports: string[];
  /** Resolves when the bridge has ended. */
  readonly done: Promise<void>;
  say(...messages: unknown[]): void;
  /** The line with that number, once it came. */
  line(no: number): Promise<Line>;
  /** The answer to a request, once it came. */
  answer(id: unknown): Promise<Line>;
  /** Ends it as SIGTERM does. */
  abort(): void;
}

/** Bridges a pair of streams to `url`, with quick retries. */
export function bridge(url: string, limits: Partial<BridgeLimits> = {}, key = 'key-alice'): Bridged {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const [lines, reports]: [Line[], string[]] = [[], []];
  let rest = '';
  output.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part) as Line);
  });
  const abort = new AbortController();
  const quick = { retryMs: 5, retryMaxMs: 20, drainMs: 300, farewellMs: 500, ...limits };
  const done = bridgeStdio(
    { url: new URL(url), key, limits: quick },
    {
      input,
      output,
      clock: systemClock,
      jitter: () => 0.5,
      signal: abort.signal,
      report: (sentence) => reports.push(sentence),
    },
  );
  return {
    input,
    output,
    lines,
    reports,
    done,
    say: (...messages) => {
      for (const one of messages) input.write(typeof one === 'string' ? `${one}\n` : `${JSON.stringify(one)}\n`);
    },
    async line(no) {
      await until(() => lines.length > no, `line ${no} came`);
      return lines[no] ?? {};
    },
    async answer(id) {
      const found = (): Line | undefined => lines.find((line) => line['id'] === id && !('method' in line));
      await until(() => found() !== undefined, `the answer to ${String(id)} came`);
      return found() ?? {};
    },
    abort: () => abort.abort(),
  };
}

export const initialize = (protocolVersion = '2025-11-25') => ({
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } },
});

/** A request of 2026-07-28. */
export const modern = (id: unknown, method: string, params: object = {}, meta: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method,
  params: { ...params, _meta: { ...MODERN_META, ...meta } },
});

export const legacy = (id: unknown, method: string, params: object = {}) => ({ jsonrpc: '2.0', id, method, params });

export const notice = (method: string, params: object = {}) => ({ jsonrpc: '2.0', method, params });

export interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly res: ServerResponse;
}

/** An HTTP server that answers as the test says; what it was asked is kept. */
export async function scripted(
  answer: (asked: Asked, no: number) => void | Promise<void>,
): Promise<{ url: string; asked: Asked[]; close(): void }> {
  const asked: Asked[] = [];
  const server = createServer((req, res) => {
    void (async () => {
      const one = { method: req.method ?? '', headers: req.headers, body: await text(req), res };
      asked.push(one);
      await answer(one, asked.length - 1);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1/mcp/default`,
    asked,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export function json(res: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
