import type { RecordLog } from '../audit/record.ts';
import type { Clock } from '../core/clock.ts';
import { answerPin, type Verb } from '../gateway/review/answer.ts';
import { reviewPin, type ReviewWorld } from '../gateway/review/review.ts';
import { summaryOf, type PinSummary } from '../gateway/review/summary.ts';
import type { Pin, PinEvent, PinFilter, PinStore } from '../integrity/ports.ts';
import { operation, Problem, type Asked, type Operation } from './operation.ts';
import { idOf, keyOf } from './pin-id.ts';
import {
  answerBody,
  historySchema,
  listQuery,
  pinListSchema,
  pinSchema,
  retireBody,
  reviewSchema,
} from './pin-schemas.ts';

/** What the resource `pins` needs. */
export interface PinPorts {
  readonly pins: PinStore;
  readonly records: RecordLog;
  readonly clock: Clock;
  /** What is known around pins now. */
  world(): ReviewWorld;
}

const PARAMS = { pin: '`id` of a pin, as lists give it.' };
const NOT_FOUND = { 404: 'There is no such pin.' };
const OUTDATED = {
  ...NOT_FOUND,
  409: 'What was reviewed is not what is there now. Nothing was changed, the attempt is recorded; look again.',
};

/** The resource `pins`: which definitions are trusted, what waits, and a person's answer to it. */
export function pinOperations(ports: PinPorts): readonly Operation[] {
  return [listing(ports), review(ports), history(ports), ...answers(ports), retirement(ports)];
}

type Told = PinSummary & { readonly id: string };

const told = (pin: Pin): Told => ({ id: idOf(pin), ...summaryOf(pin) });

function listing({ pins }: PinPorts): Operation {
  const described = {
    id: 'listPins',
    method: 'GET',
    path: '/v1/admin/pins',
    summary: 'List pins',
    description: 'Every definition that a gateway has seen, and how it stands.',
    answer: pinListSchema,
  } as const;
  return operation(described, { query: listQuery, body: null }, async ({ query }) => {
    const { server, waiting, after, limit, ...rest } = query;
    const key = after === undefined ? undefined : keyOf(after);
    if (key === null) return new Problem(400, '`after` is not what a page gave as `next`', { code: 'PARAMS_INVALID' });
    const filter: PinFilter = {
      ...defined({ ...rest, upstream: server, after: key }),
      ...(waiting === undefined ? {} : { waiting: true }),
      limit: limit + 1,
    };
    const found = await pins.find(filter);
    const page = found.slice(0, limit).map(told);
    return { pins: page, next: found.length > limit ? (page.at(-1)?.id ?? null) : null };
  });
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(fields: T): Defined<T> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Defined<T>; // the same keys, less those
}

function review(ports: PinPorts): Operation {
  const described = {
    id: 'reviewPin',
    method: 'GET',
    path: '/v1/admin/pins/{pin}',
    summary: 'Show what changed',
    description:
      'The difference field by field between what is approved and what waits, the findings beside it, who depends on ' +
      'it, and what the policy would let them do. The same as `veto pins diff`.',
    params: PARAMS,
    answer: reviewSchema,
    problems: NOT_FOUND,
  } as const;
  return operation(described, { query: null, body: null }, async ({ params }) => {
    const pin = await pinAt(ports, params);
    return pin ? { ...told(pin), ...(await reviewPin(pin, ports.world())) } : unknownPin();
  });
}

function history(ports: PinPorts): Operation {
  const described = {
    id: 'pinHistory',
    method: 'GET',
    path: '/v1/admin/pins/{pin}/history',
    summary: 'Show the history of a pin',
    description: 'Who vouched for what, when and why.',
    params: PARAMS,
    answer: historySchema,
    problems: NOT_FOUND,
  } as const;
  return operation(described, { query: null, body: null }, async ({ params }) => {
    const pin = await pinAt(ports, params);
    return pin ? { events: (await ports.pins.history(pin)).map(toldEvent) } : unknownPin();
  });
}

function toldEvent(event: PinEvent) {
  const { version, atMs, from, to, fingerprint, previousFingerprint, verifier, note } = event;
  const drift = event.drift ?? null;
  return { version, atMs, event: event.event, from, to, fingerprint, previousFingerprint, drift, verifier, note };
}

const ANSWERS = [
  [
    'approve',
    'Trust a definition',
    'The definition that waits, or the approved one again, whichever has this fingerprint. Agents get it with their ' +
      'next call, and the principal of the key is who vouches.',
  ],
  [
    'reject',
    'Refuse the definition that waits',
    'It never asks again. Agents keep the approved definition, if there is one.',
  ],
] as const;

function answers(ports: PinPorts): Operation[] {
  return ANSWERS.map(([verb, summary, description]) => {
    const path = `/v1/admin/pins/{pin}/${verb}`;
    const described = { id: `${verb}Pin`, method: 'POST', path, summary, description, params: PARAMS } as const;
    return operation(
      { ...described, answer: pinSchema, problems: OUTDATED },
      { query: null, body: answerBody },
      (asked) => carryOut(ports, verb, asked, asked.body.fingerprint),
    );
  });
}

function retirement(ports: PinPorts): Operation {
  const described = {
    id: 'retirePin',
    method: 'POST',
    path: '/v1/admin/pins/{pin}/retire',
    summary: 'Take the trust away',
    description: 'Agents neither see nor call it until someone approves anew.',
    params: PARAMS,
    answer: pinSchema,
    problems: OUTDATED,
  } as const;
  return operation(described, { query: null, body: retireBody }, (asked) => carryOut(ports, 'retire', asked, null));
}

/** @param reviewed fingerprint of what the administrator looked at; null where it is about none */
async function carryOut(
  ports: PinPorts,
  verb: Verb,
  { params, body, caller, address }: Asked<null, { readonly note: string }>,
  reviewed: string | null,
): Promise<Told | Problem> {
  const pin = await pinAt(ports, params);
  if (!pin || caller === null) return unknownPin();
  const fingerprint = reviewed ?? pin.approved?.fingerprint ?? '';
  const { principal, keyId } = caller;
  const who = { person: principal.id, ...(keyId === null ? {} : { keyId }), address };
  const answered = await answerPin(
    verb,
    pin,
    { ...who, fingerprint, note: body.note, nowMs: ports.clock.nowMs() },
    { pins: ports.pins, record: (record) => ports.records.append(record) },
  );
  if (answered.kind === 'done') return told(answered.pin);
  const now = await pinAt(ports, params);
  return new Problem(409, answered.outdated, { code: 'PIN_OUTDATED', pin: now && told(now) });
}

async function pinAt({ pins }: PinPorts, params: Readonly<Record<string, string>>): Promise<Pin | null> {
  const key = keyOf(params['pin'] ?? '');
  return key === null ? null : ((await pins.find({ ...key, limit: 1 }))[0] ?? null);
}

function unknownPin(): Problem {
  return new Problem(404, 'there is no such pin; lists give the `id` of each', { code: 'PIN_UNKNOWN' });
}
