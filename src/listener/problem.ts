import type { ServerResponse } from 'node:http';
import { problem, type PlainAnswer } from '../core/problem.ts';
import type { Refusal } from '../core/refusal.ts';
import { isBodyShort, retryAfter, send, type Headers } from './reply.ts';

/** Sends what a route answered. The connection closes when much of the body is still to come. */
export function sendAnswer(res: ServerResponse, answer: PlainAnswer, more: Headers = {}): void {
  const headers: Record<string, string | number> = { ...more };
  if (answer.retryAfterMs !== undefined) headers['retry-after'] = retryAfter(answer.retryAfterMs);
  if (!isBodyShort(res.req)) headers['connection'] = 'close';
  send(res, answer.status, answer.type, answer.body, headers);
}

/** Ends a response with a refusal as a problem document. */
export function sendProblem(res: ServerResponse, refusal: Refusal, more?: Headers): void {
  sendAnswer(res, problem(refusal), more);
}
