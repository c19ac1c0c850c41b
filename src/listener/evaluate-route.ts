import type { Clock } from '../core/clock.ts';
import type { JsonValue } from '../core/json.ts';
import { pointerTo, problem, problemOf, type PlainAnswer } from '../core/problem.ts';
import { refuse } from '../core/refusal.ts';
import { JsonRejected, parseStrict } from '../core/strict-json.ts';
import type { Asking, Evaluated } from '../gateway/evaluate.ts';
import { Flood } from './flood.ts';
import type { Route, RouteRequest } from './routes.ts';
import type { ListenerLimits } from './section.ts';

/** Who evaluates. */
export interface Evaluator {
  evaluate(gateway: string, asking: Asking, call: JsonValue): Promise<Evaluated>;
}

/** `POST /v1/gateways/{gateway}/evaluate`: what would come of a call. Bounded by the processor time of each key. */
export function evaluateRoute(evaluator: Evaluator, limits: ListenerLimits, clock: Clock): Route {
  const work = new Flood(clock, limits.evaluationMsPerSecondMax, limits.evaluationBurstMsMax);
  return {
    method: 'POST',
    path: '/v1/gateways/{gateway}/evaluate',
    access: 'key',
    async handle(request) {
      const { gateway, caller, address } = request;
      if (gateway === null || caller === null) return problem(refuse('AUTHN_REQUIRED'));
      const key = `${gateway} ${caller.keyId ?? caller.principal.id}`;
      const waitMs = work.waitMs(key);
      if (waitMs > 0) return problem(refuse('FLOOD', 'too many evaluations; slow down', { retryAfterMs: waitMs }));
      const call = bodyOf(request, limits);
      if ('status' in call) return call;
      const evaluated = await evaluator.evaluate(gateway, { caller, address }, call.value);
      if (evaluated.kind === 'evaluation') work.charge(key, evaluated.workMs);
      return answerOf(evaluated);
    },
  };
}

function bodyOf({ body, isJson }: RouteRequest, limits: ListenerLimits): { readonly value: JsonValue } | PlainAnswer {
  if (!isJson) return problemOf(415, 'send the call as `Content-Type: application/json`, not compressed');
  if (body.byteLength > limits.evaluationBodyBytesMax) {
    return problem(refuse('BODY_TOO_LARGE', `the call is larger than ${limits.evaluationBodyBytesMax} bytes`));
  }
  try {
    return { value: parseStrict(body, { depthMax: limits.jsonDepthMax }) };
  } catch (error) {
    if (error instanceof JsonRejected) return problem(refuse('MESSAGE_MALFORMED', error.message));
    throw error;
  }
}

function answerOf(evaluated: Evaluated): PlainAnswer {
  if (evaluated.kind === 'refusal') return problem(evaluated.refusal);
  if (evaluated.kind === 'evaluation') {
    return { status: 200, type: 'application/json', body: JSON.stringify(evaluated.evaluation) };
  }
  const errors = evaluated.mistakes.map(({ path, what, mend }) => {
    return { pointer: pointerTo(path), detail: `${what}; ${mend}` };
  });
  return problem(refuse('PARAMS_INVALID', 'the call is not valid; see `errors`'), errors);
}
