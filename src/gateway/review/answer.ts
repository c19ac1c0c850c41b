import type { AuditRecord } from '../../audit/record.ts';
import { approve, reject, retire, type Answer, type Outdated } from '../../integrity/pins.ts';
import type { Pin, PinStore, PinWrite } from '../../integrity/ports.ts';

/** What a person may answer. */
export type Verb = 'approve' | 'reject' | 'retire';

/** What an answer needs. */
export interface AnswerPorts {
  readonly pins: Pick<PinStore, 'write'>;
  /** Makes one record durable. @throws Fault('store_failed'), and then nothing was changed */
  record(record: AuditRecord): void | Promise<void>;
}

/** Who answers, as the record names them; `principal` is who vouches. */
export type Answering = Answer & Pick<AuditRecord, 'keyId' | 'address'>;

/** How an answer went. */
export type Answered = { readonly kind: 'done'; readonly pin: Pin } | ({ readonly kind: 'outdated' } & Outdated);

/**
 * Carries out a person's answer if what they looked at is still what it is about. Recorded before it happens: what
 * cannot be recorded is not done; and recorded as well when it came too late.
 * @throws Fault('store_failed')
 */
export async function answerPin(verb: Verb, pin: Pin, answer: Answering, ports: AnswerPorts): Promise<Answered> {
  const write = decide(verb, pin, answer);
  if ('outdated' in write) return tooLate(verb, pin, answer, write.outdated, ports);
  const { event } = write;
  await ports.record({
    ...about(pin, answer),
    fingerprint: event.fingerprint ?? answer.fingerprint,
    code: `pin.${event.event}`,
    detail: { kind: pin.kind, from: pin.status, to: event.to, note: answer.note, version: event.version },
  });
  if (await ports.pins.write([write])) return { kind: 'done', pin: write.pin };
  return tooLate(verb, pin, answer, 'the pin changed meanwhile; look at the difference again', ports);
}

function decide(verb: Verb, pin: Pin, answer: Answer): PinWrite | Outdated {
  if (verb === 'approve') return approve(pin, answer);
  return verb === 'reject' ? reject(pin, answer) : retire(pin, answer);
}

async function tooLate(
  verb: Verb,
  pin: Pin,
  answer: Answering,
  outdated: string,
  ports: AnswerPorts,
): Promise<Answered> {
  await ports.record({
    ...about(pin, answer),
    fingerprint: answer.fingerprint,
    decision: 'deny',
    code: 'pin.outdated',
    reason: outdated,
    outcome: 'failed',
    detail: { kind: pin.kind, asked: verb, version: pin.version },
  });
  return { kind: 'outdated', outdated };
}

function about(pin: Pin, { person, nowMs, keyId, address }: Answering): AuditRecord {
  return {
    kind: 'admin',
    atMs: nowMs,
    callId: '',
    gateway: pin.gateway,
    principal: person,
    ...(keyId === undefined ? {} : { keyId }),
    ...(address === undefined ? {} : { address }),
    server: pin.upstream,
    target: pin.name,
  };
}
