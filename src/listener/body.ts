import type { IncomingMessage } from 'node:http';
import { refuse, type Refusal } from '../core/refusal.ts';

/** How many bytes of request bodies are being received; shared by all requests of a listener. */
export interface BodyGauge {
  bytes: number;
  readonly bytesMax: number;
  readonly totalBytesMax: number;
}

/** The client went away before the body was complete: there is nobody to answer. */
export const CLIENT_GONE = Symbol('client gone');

export type Gathered = Buffer | Refusal | typeof CLIENT_GONE;

/**
 * Gathers the body of a request, bounded in size by the gauge and in time by the server's request timeout.
 * A refused body is not read to its end.
 */
export function gatherBody(req: IncomingMessage, gauge: BodyGauge): Promise<Gathered> {
  const declared = Number(req.headers['content-length'] ?? 0);
  if (declared > gauge.bytesMax) return Promise.resolve(tooLarge(gauge));
  if (gauge.bytes + declared > gauge.totalBytesMax) return Promise.resolve(refuse('OVERLOADED'));
  return new Promise((resolve) => {
    let first: Buffer | null = null;
    let more: Buffer[] | null = null;
    let bytes = 0;
    // The listeners stay, and go with the request: taking them off would cost more than gathering.
    let isSettled = false;
    const settle = (outcome: Gathered): void => {
      if (isSettled) return;
      isSettled = true;
      gauge.bytes -= bytes;
      first = null;
      more = null;
      resolve(outcome);
    };
    const onData = (chunk: Buffer): void => {
      if (isSettled) return;
      bytes += chunk.length;
      gauge.bytes += chunk.length;
      if (bytes > gauge.bytesMax) {
        req.pause();
        settle(tooLarge(gauge));
      } else if (gauge.bytes > gauge.totalBytesMax) {
        req.pause();
        settle(refuse('OVERLOADED'));
      } else if (first === null) first = chunk;
      else if (more === null) more = [first, chunk];
      else more.push(chunk);
    };
    const onEnd = (): void => settle(more === null ? (first ?? Buffer.alloc(0)) : Buffer.concat(more, bytes));
    const onGone = (): void => settle(CLIENT_GONE);
    req.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}

function tooLarge(gauge: BodyGauge): Refusal {
  return refuse('BODY_TOO_LARGE', `the request body is larger than ${gauge.bytesMax} bytes`);
}

const JSON_TYPE = /^application\/json(?:\s*;|\s*$)/i;

/** Whether the body claims to be plain JSON, neither compressed nor something a web form can send. */
export function isJsonBody(req: IncomingMessage): boolean {
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return false;
  return JSON_TYPE.test(req.headers['content-type'] ?? '');
}
