import type { Dispatcher } from 'undici';
import { Fault } from '../../core/fault.ts';
import { excerpt } from './inbound.ts';
import { toFault, type HttpOrigin } from './http-origin.ts';
import { HttpRefused } from './wire-faults.ts';

const BODY_BYTES_MAX = 4096;
const LATE_MS = 30_000;
/** How many responses may announce the one that counts. */
const INFORMATIONAL_MAX = 100;

/** An exchange whose answer is only whether it was taken: a notification, a response, a DELETE. */
export function deliver(
  origin: HttpOrigin,
  options: Dispatcher.DispatchOptions,
  after: (delayMs: number, run: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const delivery = new Delivery(origin, resolve, reject, after);
    try {
      origin.dispatch(options, delivery);
    } catch (error) {
      delivery.refuse(
        error instanceof Fault ? error : toFault(new Error('dispatch failed', { cause: error }), '', false),
      );
    }
  });
}

class Delivery implements Dispatcher.DispatchHandler {
  readonly #origin: HttpOrigin;
  readonly #resolve: () => void;
  readonly #reject: (fault: Fault) => void;
  readonly #callOff: () => void;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #informational = 0;
  #body = '';

  constructor(
    origin: HttpOrigin,
    resolve: () => void,
    reject: (fault: Fault) => void,
    after: (delayMs: number, run: () => void) => () => void,
  ) {
    this.#origin = origin;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#callOff = after(LATE_MS, () => {
      this.#controller?.abort(new Fault('upstream_timeout', 'a message was not taken in time'));
    });
  }

  /** It never left. */
  refuse(fault: Fault): void {
    this.#callOff();
    this.#reject(fault);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) {
      if (++this.#informational > INFORMATIONAL_MAX) {
        controller.abort(new Fault('upstream_protocol', 'the server announces its answer again and again'));
      }
      return;
    }
    this.#status = status;
    if (status <= 299) this.#resolve();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body += chunk.toString('latin1');
    if (this.#body.length > BODY_BYTES_MAX) controller.abort(new Fault('cancelled', 'the rest is of no interest'));
  }

  onResponseEnd(): void {
    this.#finish(new HttpRefused(this.#status, `the server answered HTTP ${this.#status}: \`${excerpt(this.#body)}\``));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const fault = toFault(error, this.#origin.url.origin, this.#status !== 0);
    this.#finish(
      this.#status === 0 ? fault : new HttpRefused(this.#status, `the server answered HTTP ${this.#status}`),
    );
  }

  /** After a success the promise is settled already, and this changes nothing. */
  #finish(fault: Fault): void {
    this.#callOff();
    this.#origin.released();
    this.#reject(fault);
  }
}
