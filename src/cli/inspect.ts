import { Command } from 'commander';
import { isObject, own, type JsonObject, type JsonValue } from '../core/json.ts';
import { compareDefinitions, type Drift } from '../integrity/drift.ts';
import { contextOf, inspectDefinition, type Inspection } from '../integrity/inspect.ts';
import type { Pin } from '../integrity/ports.ts';
import { addStoreOptions, type Action } from './command.ts';
import type { Io } from './io.ts';
import { EXIT, paint, printable, UsageError, writeJson } from './output.ts';
import { offeredNow, seenOf, trustedBeside, type Judged } from './offered.ts';
import { readJsonLines } from './read-lines.ts';
import { storeAt, type StoreOptions } from './store-at.ts';

interface Options extends StoreOptions {
  readonly tools?: string;
  readonly drift?: string;
  readonly server?: string;
  readonly seen?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  veto inspect --tools tools.jsonl --json
  veto inspect --drift pairs.jsonl
  veto inspect --server files`;

/** `veto inspect`: judges tool definitions, or pairs before/after, in bulk and without a gateway. */
export function inspectCommand(action: Action): Command {
  return addStoreOptions(new Command('inspect'))
    .option('--tools <file>', 'a tool definition per line, with optional `server` and `context`; - for standard input')
    .option('--drift <file>', 'an object with `before` and `after` per line; - for standard input')
    .option('--server <name>', 'what this upstream of the configuration offers now')
    .option('--seen', 'with --server: as a gateway last saw it, without connecting')
    .addHelpText('after', EXAMPLES)
    .action(action((io, options: Options) => inspect(io, options)));
}

async function inspect(io: Io, options: Options): Promise<number> {
  const asked = [options.tools, options.drift, options.server].filter((one) => one !== undefined);
  if (asked.length !== 1) throw new UsageError('name one of `--tools`, `--drift` and `--server`');
  let worst: number = EXIT.fine;
  const tell = (name: string, answer: Answer): void => {
    const changed = answer.pins?.some(({ drift }) => drift === 'review' || drift === 'dangerous') ?? false;
    if (answer.verdict !== 'allow' || changed) worst = EXIT.finding;
    if (options.json) writeJson(io, answer);
    else show(io, name, answer);
  };
  if (options.tools !== undefined) await inspectTools(io, options.tools, tell);
  else if (options.drift !== undefined) await inspectPairs(io, options.drift, tell);
  else await inspectServer(io, options.server ?? '', options, tell);
  return worst;
}

interface PinStanding {
  readonly gateway: string;
  readonly status: string;
  readonly drift: string | null;
}

/** One line of the answer, for machines. */
interface Answer {
  readonly verdict: 'allow' | 'show' | 'block';
  readonly score?: number;
  readonly class?: string;
  readonly compatible?: boolean;
  /** Of gateways that have seen it: how what is offered now stands to what is approved. */
  readonly pins?: readonly PinStanding[];
  readonly findings: readonly { code: string; field: string; span: readonly [number, number] | null; why: string }[];
}

type Tell = (name: string, answer: Answer) => void;

/** Judges line by line; a line's `server` and `context.trusted_names` are its surroundings, not part of the tool. */
async function inspectTools(io: Io, file: string, tell: Tell): Promise<void> {
  for await (const line of readJsonLines(io, file)) {
    const { server: _, context, ...tool } = line;
    const name = nameOf(tool);
    const trusted = isObject(context) ? strings(own(context, 'trusted_names')) : [];
    tell(name, answerOf(inspectDefinition('tool', name, tool, contextOf({ own: [], trusted, strict: true }))));
  }
}

async function inspectPairs(io: Io, file: string, tell: Tell): Promise<void> {
  for await (const line of readJsonLines(io, file)) {
    const before = own(line, 'before');
    const after = own(line, 'after');
    if (!isObject(before) || !isObject(after)) throw new UsageError('a line has no objects `before` and `after`');
    const name = nameOf(before);
    tell(name, driftAnswerOf(compareDefinitions('tool', name, before, after)));
  }
}

/** Judges what an upstream offers: now, if the configuration knows it, else as a gateway last saw it. */
async function inspectServer(io: Io, upstream: string, options: Options, tell: Tell): Promise<void> {
  const { directory, settings } = storeAt(options, io);
  const configured = settings?.upstreams.some(({ name }) => name === upstream) ?? false;
  const useSeen = options.seen === true || !configured;
  const offered = useSeen ? [] : await offeredNow(upstream, options, io);
  const seen = await seenOf(directory, upstream);
  if (useSeen && seen.length === 0)
    throw new UsageError(`there is no upstream \`${upstream}\`, and no gateway has seen it; name it as in veto.yaml`);
  const judged = useSeen ? seen.flatMap(bodyOf) : offered;
  const names = judged.filter(({ kind }) => kind === 'tool').map(({ name }) => name);
  const context = contextOf({ own: names, trusted: await trustedBeside(directory, upstream), strict: false });
  for (const { kind, name, body } of judged) {
    const pins = seen.filter((pin) => pin.kind === kind && pin.name === name);
    const answer = answerOf(inspectDefinition(kind, name, body, context));
    tell(name || upstream, useSeen ? answer : { ...answer, pins: pins.map((pin) => standing(pin, body)) });
  }
}

function bodyOf({ kind, name, waiting, approved }: Pin): Judged[] {
  const body = waiting?.body ?? approved?.body;
  return body ? [{ kind, name, body }] : [];
}

/** How what is offered now stands to what a gateway trusts. */
function standing({ kind, name, gateway, approved, status }: Pin, body: JsonObject): PinStanding {
  const drift = approved ? compareDefinitions(kind, name, approved.body, body).class : null;
  return { gateway, status, drift };
}

function nameOf(tool: JsonObject): string {
  const name = own(tool, 'name');
  if (typeof name !== 'string') throw new UsageError('a line has no `name`; write one tool definition per line');
  return name;
}

function strings(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function answerOf({ verdict, score, findings }: Inspection): Answer {
  return { verdict, score, findings: findings.map(fieldOf) };
}

const VERDICTS = { none: 'allow', harmless: 'allow', review: 'show', dangerous: 'block' } as const;

/** On the scale of definitions: from 0.5 a person looks, from 0.7 it waits for one. */
const SCORES = { none: 0, harmless: 0, review: 0.5, dangerous: 0.8 } as const;

function driftAnswerOf({ class: drift, compatible, findings }: Drift): Answer {
  return { verdict: VERDICTS[drift], score: SCORES[drift], class: drift, compatible, findings: findings.map(fieldOf) };
}

function fieldOf({ code, at, span, why }: Inspection['findings'][number]): Answer['findings'][number] {
  return { code, field: at, span: span ?? null, why };
}

const COLOURS = { allow: 'green', show: 'yellow', block: 'red' } as const;

function show(io: Io, name: string, { verdict, score, class: drift, findings, pins }: Answer): void {
  const weight = drift ?? score?.toFixed(2) ?? '';
  io.out(`${paint(io, COLOURS[verdict], verdict.padEnd(6))} ${weight.padEnd(9)} ${printable(name)}\n`);
  for (const { gateway, status, drift: change } of pins ?? [])
    if (change !== null && change !== 'none')
      io.out(`         ${change} change of the definition pinned at \`${printable(gateway)}\` (${status})\n`);
  if (verdict === 'allow') return;
  for (const { code, field, why } of findings.slice(0, 8)) {
    io.out(`         ${printable(field || '(whole)')}: ${printable(why)} ${paint(io, 'dim', code)}\n`);
  }
}
