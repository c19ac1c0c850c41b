import { Command } from 'commander';
import { answerPin, type Answered, type Verb } from '../gateway/review/answer.ts';
import { reviewPin } from '../gateway/review/review.ts';
import { summaryOf } from '../gateway/review/summary.ts';
import type { Pin, PinEvent, PinStatus, Verifier } from '../integrity/ports.ts';
import { appendOnce } from '../store/sqlite/append-once.ts';
import { isHeld } from '../store/sqlite/hold.ts';
import { SqlitePinStore } from '../store/sqlite/pins.ts';
import { Registry } from '../store/sqlite/registry.ts';
import { addExamples, addStoreOptions, type Action } from './command.ts';
import type { Io } from './io.ts';
import { EXIT, printable, showTime, UsageError, writeJson, writeTable } from './output.ts';
import { showReview } from './pin-difference.ts';
import { worldOf, type Place } from './pin-world.ts';
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
  veto pins list --waiting                       what waits for a person; exit code 1 when something does
  veto pins diff files read_file                 what changed, why it matters, whom it concerns
  veto pins approve files read_file --fingerprint 3f1c9a7be204
  veto pins reject files read_file --fingerprint 3f1c9a7be204 --note "asks for the conversation"
  veto pins retire files read_file               take the trust away
  veto pins history files read_file              who vouched for what, and when
  veto pins diff files                           the server's own name, version, instructions, capabilities
  veto pins diff files note://{id} --kind template

The fingerprint is that of the definition you looked at, as diff shows it; at least its first 12 digits. While a gateway
runs, approve and reject need it: the server may have changed its mind since you looked.`;

/** `veto pins`: which definitions are trusted, what waits, and a person's answer to it. */
export function pinsCommand(action: Action): Command {
  const pins = new Command('pins');
  narrowed(pins.command('list'))
    .description('list pins, those that wait first')
    .option('--server <name>', 'only of this upstream')
    .option('--waiting', 'only those that wait for a person')
    .action(action((io, options: ListOptions) => listPins(io, options)));
  const about = (verb: string, what: string): Command =>
    narrowed(
      pins.command(verb).argument('<server>').argument('[name]', 'of the tool; none for the server itself'),
    ).description(what);
  about('diff', 'show what changed, with findings, who depends on it and what the policy would let it do').action(
    action((io, options: Common, server: string, name?: string) => tellDifference(io, options, server, name)),
  );
  about('history', 'show who vouched for what, when and why, oldest first').action(
    action((io, options: Common, server: string, name?: string) => tellHistory(io, options, server, name)),
  );
  for (const [verb, what] of VERBS) {
    const command = about(verb, what).option('--note <text>', 'why, for the history');
    if (verb !== 'retire') command.option('--fingerprint <hex>', 'of the definition you looked at');
    command.action(
      action((io, options: AnswerOptions, server: string, name?: string) =>
        tellAnswer(io, options, verb, server, name),
      ),
    );
  }
  addExamples(pins, EXAMPLES);
  return pins;
}

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
  const filter = { ...filterOf(options, options.server), ...(options.waiting ? { waiting: true as const } : {}) };
  const found = await withPins(io, options, (store) => store.find(filter));
  const pins = found.toSorted((a, b) => URGENCY[a.status] - URGENCY[b.status]);
  if (options.json) for (const pin of pins) writeJson(io, summaryOf(pin));
  else if (pins.length === 0) io.out(options.waiting ? 'nothing waits\n' : 'there are no pins yet\n');
  else
    writeTable(
      io,
      ['STATE', 'GATEWAY', 'SERVER', 'KIND', 'NAME', 'APPROVED BY', 'SINCE', 'WAITING', 'WEIGHT'],
      pins.map((pin) => [
        pin.status,
        pin.gateway,
        pin.upstream,
        pin.kind,
        shownName(pin.name),
        pin.approved ? whoOf(pin.approved.verifier) : '-',
        showTime(pin.approved?.atMs ?? null),
        pin.waiting?.fingerprint.slice(0, SHORT) ?? '-',
        pin.waiting?.drift ?? '-',
      ]),
    );
  return pins.some((pin) => pin.waiting !== null) ? EXIT.finding : EXIT.fine;
}

/** Characters of a name in the table; `--json` has all of it. */
const NAME_MAX = 80;

/** A name for the table: blanks that a person would not see are escaped, and one that is long loses its middle. */
function shownName(name: string): string {
  const text = printable(name).replaceAll(
    /^ | $|(?<= ) |(?! )\p{Zs}/gu,
    (blank) => `\\u${blank.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return text.length <= NAME_MAX ? text || '-' : `${text.slice(0, NAME_MAX - 21)}…${text.slice(-20)}`;
}

/** Digits of a fingerprint that a person is asked for. */
const SHORT = 12;

async function tellDifference(io: Io, options: Common, server: string, name = ''): Promise<number> {
  return withPins(io, options, async (store, place) => {
    const pin = await onePin(store, options, server, name);
    const review = await reviewPin(pin, worldOf(place, io.clock.nowMs()));
    if (options.json) writeJson(io, { ...summaryOf(pin), ...review });
    else showReview(io, pin, review);
    return pin.waiting ? EXIT.finding : EXIT.fine;
  });
}

async function tellHistory(io: Io, options: Common, server: string, name = ''): Promise<void> {
  await withPins(io, options, async (store) => {
    const events = await store.history(await onePin(store, options, server, name));
    if (options.json) for (const event of events) writeJson(io, event);
    else
      writeTable(
        io,
        ['VERSION', 'TIME', 'EVENT', 'STATE', 'FINGERPRINT', 'BY', 'WHY'],
        events.map((event) => [
          String(event.version),
          showTime(event.atMs),
          event.event,
          event.from === null ? event.to : `${event.from} → ${event.to}`,
          event.fingerprint?.slice(0, SHORT) ?? '-',
          whoOf(event.verifier),
          whyOf(event),
        ]),
      );
  });
}

/** Who vouched; first use has no other name. */
function whoOf({ by, who }: Verifier): string {
  return by === 'first_use' ? 'first use' : `${by} ${who}`;
}

function whyOf({ note, drift }: PinEvent): string {
  return [drift, note].filter((word) => word !== undefined && word !== '').join(': ') || '-';
}

async function tellAnswer(io: Io, options: AnswerOptions, verb: Verb, server: string, name = ''): Promise<void> {
  await withPins(io, options, async (store, { directory }) => {
    const pin = await onePin(store, options, server, name);
    const fingerprint = verb === 'retire' ? (pin.approved?.fingerprint ?? '') : chosen(pin, options, directory);
    const answered = await answerPin(
      verb,
      pin,
      { person: `local:${io.user}`, note: options.note ?? '', nowMs: io.clock.nowMs(), fingerprint },
      { pins: store, record: (record) => appendOnce(directory, record) },
    );
    tell(io, options, answered);
  });
}

function tell(io: Io, options: Common, answered: Answered): void {
  if (answered.kind === 'outdated') throw new UsageError(answered.outdated);
  const { pin } = answered;
  if (options.json) return writeJson(io, summaryOf(pin));
  const digits = pin.approved ? `, ${pin.approved.fingerprint.slice(0, SHORT)} is approved` : '';
  io.out(`${printable(`${pin.upstream} ${pin.name}`.trim())} is ${pin.status} now${digits}\n`);
}

/**
 * The fingerprint a person names by its first digits. Without: what waits now, else what is approved; but not while a
 * gateway runs, which may have seen another definition since the person looked.
 * @throws UsageError
 */
function chosen(pin: Pin, { fingerprint }: AnswerOptions, directory: string): string {
  const offered = [pin.waiting?.fingerprint, pin.approved?.fingerprint].filter((one) => one !== undefined);
  if (fingerprint === undefined) {
    if (!isHeld(directory)) return offered[0] ?? '';
    const look = printable(`veto pins diff ${pin.upstream} ${pin.name}`.trim());
    throw new UsageError(
      `a gateway runs, and the server may have changed its mind since you looked; name what you saw with ` +
        `\`--fingerprint\`, as \`${look}\` shows it`,
    );
  }
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
