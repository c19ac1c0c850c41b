import { Command } from 'commander';
import type { JsonObject } from '../core/json.ts';
import { approve, reject, retire, type Answer, type Outdated } from '../integrity/pins.ts';
import type { Pin, PinStatus, PinWrite } from '../integrity/ports.ts';
import { appendOnce } from '../store/sqlite/append-once.ts';
import { SqlitePinStore } from '../store/sqlite/pins.ts';
import { Registry } from '../store/sqlite/registry.ts';
import { addStoreOptions, type Action } from './command.ts';
import type { Io } from './io.ts';
import { EXIT, printable, showTime, UsageError, writeJson, writeTable } from './output.ts';
import { differenceOf, showDifference, type Place } from './pin-difference.ts';
import { storeAt, type StoreOptions } from './store-at.ts';

interface Common extends StoreOptions {
  readonly gateway?: string;
  readonly kind?: Pin['kind'];
  readonly json?: boolean;
}

interface ListOptions extends Common {
  readonly server?: string;
  readonly waiting?: boolean;
}

interface AnswerOptions extends Common {
  readonly fingerprint?: string;
  readonly note?: string;
}

const EXAMPLES = `
Examples:
  veto pins list --waiting
  veto pins diff files read_file
  veto pins approve files read_file --fingerprint 3f1c9a7be204
  veto pins reject files read_file --note "asks for the conversation"
  veto pins retire files read_file`;

/** `veto pins`: which definitions are trusted, what waits, and a person's answer to it. */
export function pinsCommand(action: Action): Command {
  const pins = new Command('pins').addHelpText('after', EXAMPLES);
  narrowed(pins.command('list'))
    .description('list pins, those that wait first')
    .option('--server <name>', 'only of this upstream')
    .option('--waiting', 'only those that wait for a person')
    .action(action((io, options: ListOptions) => listPins(io, options)));
  narrowed(pins.command('diff').argument('<server>').argument('[name]', 'of the tool; none for the server itself'))
    .description('show what changed, with findings, who depends on it and what the policy would let it do')
    .action(action((io, options: Common, server: string, name?: string) => tellDifference(io, options, server, name)));
  for (const [verb, what] of VERBS) {
    narrowed(pins.command(verb).argument('<server>').argument('[name]', 'of the tool; none for the server itself'))
      .description(what)
      .option('--fingerprint <hex>', 'of the definition you looked at; at least its first 12 digits')
      .option('--note <text>', 'why, for the history')
      .action(
        action((io, options: AnswerOptions, server: string, name?: string) =>
          answerPin(io, options, verb, server, name),
        ),
      );
  }
  return pins;
}

type Verb = 'approve' | 'reject' | 'retire';

const VERBS: readonly (readonly [Verb, string])[] = [
  ['approve', 'trust the definition that waits, or the approved one again'],
  ['reject', 'refuse the definition that waits; it never asks again'],
  ['retire', 'take the trust away until someone approves anew'],
];

function narrowed(command: Command): Command {
  return addStoreOptions(command)
    .option('--gateway <name>', 'only of this gateway')
    .option('--kind <kind>', 'tool, prompt, resource, template or server');
}

const URGENCY: Readonly<Record<PinStatus, number>> = {
  quarantined: 0,
  changed: 1,
  new: 2,
  rejected: 3,
  retired: 4,
  pinned: 5,
};

async function listPins(io: Io, options: ListOptions): Promise<number> {
  const found = await withPins(io, options, (store) => store.find(filterOf(options, options.server)));
  const pins = found
    .filter((pin) => !options.waiting || pin.waiting !== null)
    .toSorted((a, b) => URGENCY[a.status] - URGENCY[b.status]);
  if (options.json) for (const pin of pins) writeJson(io, summaryOf(pin));
  else
    writeTable(
      io,
      ['state', 'gateway', 'server', 'kind', 'name', 'approved by', 'since', 'waiting'],
      pins.map((pin) => [
        pin.status,
        pin.gateway,
        pin.upstream,
        pin.kind,
        pin.name || '-',
        pin.approved ? `${pin.approved.verifier.by} ${pin.approved.verifier.who}` : '-',
        showTime(pin.approved?.atMs ?? null),
        pin.waiting?.fingerprint.slice(0, 12) ?? '-',
      ]),
    );
  return pins.some((pin) => pin.waiting !== null) ? EXIT.finding : EXIT.fine;
}

function summaryOf(pin: Pin): JsonObject {
  const { gateway, upstream, kind, name, status, version, approved, waiting } = pin;
  const trusted = approved && {
    fingerprint: approved.fingerprint,
    verifier: { ...approved.verifier },
    atMs: approved.atMs,
  };
  const waits = waiting && { fingerprint: waiting.fingerprint, drift: waiting.drift, seenAtMs: waiting.seenAtMs };
  return { gateway, server: upstream, kind, name, status, version, approved: trusted, waiting: waits };
}

async function tellDifference(io: Io, options: Common, server: string, name = ''): Promise<number> {
  return withPins(io, options, async (store, place) => {
    const pin = await onePin(store, options, server, name);
    const told = await differenceOf(pin, place, io.clock.nowMs());
    if (options.json) writeJson(io, { ...summaryOf(pin), ...told });
    else showDifference(io, pin, told);
    return pin.waiting ? EXIT.finding : EXIT.fine;
  });
}

async function answerPin(io: Io, options: AnswerOptions, verb: Verb, server: string, name = ''): Promise<void> {
  await withPins(io, options, async (store, { directory }) => {
    const pin = await onePin(store, options, server, name);
    const answer = {
      person: `local:${io.user}`,
      note: options.note ?? '',
      nowMs: io.clock.nowMs(),
      fingerprint: chosen(pin, options),
    };
    const write = decide(verb, pin, answer);
    if ('outdated' in write) throw new UsageError(write.outdated);
    // Before the change: what cannot be recorded is not done.
    appendOnce(directory, {
      kind: 'admin',
      atMs: answer.nowMs,
      callId: '',
      gateway: pin.gateway,
      principal: answer.person,
      server,
      target: name,
      fingerprint: answer.fingerprint,
      code: `pin.${write.event.event}`,
      detail: { kind: pin.kind, from: pin.status, to: write.pin.status, note: answer.note, version: write.pin.version },
    });
    if (!(await store.write([write]))) throw new UsageError('the pin changed meanwhile; look at the difference again');
    if (options.json) writeJson(io, summaryOf(write.pin));
    else io.out(`${printable(`${server} ${name}`.trim())} is ${write.pin.status} now\n`);
  });
}

function decide(verb: Verb, pin: Pin, answer: Answer): PinWrite | Outdated {
  if (verb === 'approve') return approve(pin, answer);
  return verb === 'reject' ? reject(pin, answer) : retire(pin, answer);
}

/** The fingerprint a person names by its first digits; without, what waits now, else what is approved. */
function chosen(pin: Pin, { fingerprint }: AnswerOptions): string {
  const offered = [pin.waiting?.fingerprint, pin.approved?.fingerprint].filter((one) => one !== undefined);
  if (fingerprint === undefined) return offered[0] ?? '';
  if (!/^[0-9a-f]{12,64}$/.test(fingerprint))
    throw new UsageError(`\`${fingerprint}\` is no fingerprint; give at least 12 hexadecimal digits`);
  return offered.find((one) => one.startsWith(fingerprint)) ?? fingerprint;
}

function filterOf(options: Common, server: string | undefined) {
  return {
    ...(options.gateway === undefined ? {} : { gateway: options.gateway }),
    ...(options.kind === undefined ? {} : { kind: options.kind }),
    ...(server === undefined ? {} : { upstream: server }),
  };
}

async function onePin(store: SqlitePinStore, options: Common, server: string, name: string): Promise<Pin> {
  const kind = options.kind ?? (name === '' ? 'server' : undefined);
  const pins = await store.find({ ...filterOf(options, server), name, ...(kind === undefined ? {} : { kind }) });
  const [first, second] = pins;
  if (!first)
    throw new UsageError(
      `there is no pin for \`${name || 'the server itself'}\` of \`${server}\`; \`veto pins list\` shows all`,
    );
  if (second) throw new UsageError(`several pins are named \`${name}\`; narrow with \`--gateway\` or \`--kind\``);
  return first;
}

async function withPins<T>(
  io: Io,
  options: Common,
  work: (store: SqlitePinStore, place: Place) => Promise<T>,
): Promise<T> {
  const { directory, settings } = storeAt(options, io);
  const registry = new Registry(directory, 5_000);
  try {
    return await work(new SqlitePinStore(registry), { directory, registry, settings });
  } finally {
    registry.close();
  }
}
