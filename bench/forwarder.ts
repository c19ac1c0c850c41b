// What any gateway on `node:http` and undici pays before it reads a byte of JSON: the yardstick of `bench/gateway.ts`.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool } from 'undici';

const upstream = new URL(process.env.UPSTREAM_URL ?? '');
const pool = new Pool(upstream.origin, { connections: 256, pipelining: 1 });
const DROPPED = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host']);

function kept(headers: NodeJS.Dict<string | string[]>): Record<string, string | string[]> {
  const copy: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !DROPPED.has(name)) copy[name] = value;
  return copy;
}

function forward(req: IncomingMessage, res: ServerResponse): void {
  const options = { path: upstream.pathname, method: req.method === 'POST' ? ('POST' as const) : ('GET' as const) };
  pool
    .stream(
      { ...options, headers: kept(req.headers), body: req.method === 'POST' ? req : null },
      ({ statusCode, headers }) => {
        res.writeHead(statusCode, kept(headers));
        return res;
      },
    )
    .catch(() => {
      if (!res.headersSent) res.writeHead(502);
      res.end();
    });
}

const server = createServer(forward);
server.keepAliveTimeout = 300_000;
server.listen(Number(process.env.PORT), '127.0.0.1', 4_096);
