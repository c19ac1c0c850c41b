import { STATUS_CODES } from 'node:http';
import { REFUSALS, type Refusal } from './refusal.ts';

/** An answer to a plain HTTP request, beside the MCP endpoint. */
export interface PlainAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Told as `Retry-After`. */
  readonly retryAfterMs?: number;
}

/** One wrong place in a request: a JSON pointer as a URI fragment (RFC 6901, 6), and what to do. */
export interface ProblemPlace {
  readonly pointer: string;
  readonly detail: string;
}

/** A refusal as a problem document (RFC 9457). `code` is the one of the table of refusals. */
export function problem(refusal: Refusal, errors: readonly ProblemPlace[] = []): PlainAnswer {
  const status = REFUSALS[refusal.code].httpStatus;
  return problemOf(status, refusal.message, { code: refusal.code, ...(errors.length > 0 ? { errors } : {}) }, refusal);
}

/** A problem without a refusal behind it: one of HTTP itself. @param more further members of the document */
export function problemOf(
  status: number,
  detail: string,
  more: object = {},
  { retryAfterMs }: Pick<Refusal, 'retryAfterMs'> = {},
): PlainAnswer {
  const document = { type: 'about:blank', title: STATUS_CODES[status] ?? '', status, detail, ...more };
  return {
    status,
    type: 'application/problem+json',
    body: JSON.stringify(document),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** The place of a path of keys, such as `#/context/env`. */
export function pointerTo(path: readonly (string | number)[]): string {
  const steps = path.map((step) => encodeURIComponent(String(step).replaceAll('~', '~0').replaceAll('/', '~1')));
  return `#${steps.map((step) => `/${step}`).join('')}`;
}
