import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendEmpty } from './reply.ts';

const AGE_SECONDS = 600;

/**
 * Answers a browser's question before a request of a web page (WHATWG Fetch, CORS preflight). Comes after the origin
 * was checked; the request that follows needs a key as any other.
 * @returns false when the request is not such a question
 */
export function answerPreflight(req: IncomingMessage, res: ServerResponse): boolean {
  const wanted = req.headers['access-control-request-method'];
  if (req.method !== 'OPTIONS' || wanted === undefined) return false;
  sendEmpty(res, 204, {
    ...pageHeaders(req),
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers': req.headers['access-control-request-headers'] ?? '',
    'access-control-max-age': AGE_SECONDS,
  });
  return true;
}

/** Lets a page of an allowed origin read the answer. */
export function allowPage(req: IncomingMessage, res: ServerResponse): void {
  for (const [name, value] of Object.entries(pageHeaders(req))) res.setHeader(name, value);
}

function pageHeaders(req: IncomingMessage): Record<string, string> {
  return {
    'access-control-allow-origin': req.headers.origin ?? '',
    'access-control-expose-headers': 'Mcp-Session-Id, WWW-Authenticate, Retry-After',
    vary: 'Origin',
  };
}
