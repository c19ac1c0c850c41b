import { STATUS_CODES, type ServerResponse } from 'node:http';
import { REFUSALS, type Refusal } from '../core/refusal.ts';
import { isBodyShort, retryAfter, send, type Headers } from './reply.ts';
import type { RouteAnswer } from './routes.ts';

/** One wrong place in a request: a JSON pointer as a URI fragment (RFC 6901, 6), and what to do. */
export interface ProblemPlace {
  readonly pointer: string;
  readonly detail: string;
}

/** A refusal as a problem document (RFC 9457). `code` is the one of the table of refusals. */
export function problem(refusal: Refusal, errors: readonly ProblemPlace[] = []): RouteAnswer {
  const status = REFUSALS[refusal.code].httpStatus;
  return problemOf(status, refusal.message, { code: refusal.code, ...(errors.length > 0 ? { errors } : {}) }, refusal);
}

/** A problem without a refusal behind it: one of HTTP itself. */
export function problemOf(
  status: number,
  detail: string,
  more: object = {},
  { retryAfterMs }: Pick<Refusal, 'retryAfterMs'> = {},
): RouteAnswer {
  const document = { type: 'about:blank', title: STATUS_CODES[status] ?? '', status, detail, ...more };
  return {
    status,
    type: 'application/problem+json',
    body: JSON.stringify(document),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** Sends what a route answered. The connection closes when much of the body is still to come. */
export function sendAnswer(res: ServerResponse, answer: RouteAnswer, more: Headers = {}): void {
  const headers: Record<string, string | number> = { ...more };
  if (answer.retryAfterMs !== undefined) headers['retry-after'] = retryAfter(answer.retryAfterMs);
  if (!isBodyShort(res.req)) headers['connection'] = 'close';
  send(res, answer.status, answer.type, answer.body, headers);
}

/** Ends a response with a refusal as a problem document. */
export function sendProblem(res: ServerResponse, refusal: Refusal, more?: Headers): void {
  sendAnswer(res, problem(refusal), more);
}

/** The place of a path of keys, such as `#/context/env`. */
export function pointerTo(path: readonly (string | number)[]): string {
  const steps = path.map((step) => encodeURIComponent(String(step).replaceAll('~', '~0').replaceAll('/', '~1')));
  return `#${steps.map((step) => `/${step}`).join('')}`;
}
