import { Command } from 'commander';
import { isObject, own, type JsonObject, type JsonValue } from '../core/json.ts';
import { compareDefinitions, type Drift } from '../integrity/drift.ts';
import { contextOf, inspectDefinition, type Inspection } from '../integrity/inspect.ts';
import type { Pin } from '../integrity/ports.ts';
import { SqlitePinStore } from '../store/sqlite/pins.ts';
import { Registry } from '../store/sqlite/registry.ts';
import { addStoreOptions, type Action } from './command.ts';
import type { Io } from './io.ts';
import { EXIT, paint, printable, UsageError, writeJson } from './output.ts';
import { readJsonLines } from './read-lines.ts';
import { storeAt, type StoreOptions } from './store-at.ts';

interface Options extends StoreOptions {
  readonly tools?: string;
  readonly drift?: string;
  readonly server?: string;
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
    .description('judge tool definitions, changes of them, or what a server offers')
    .option('--tools <file>', 'a tool definition per line, with optional `server` and `context`; - for standard input')
    .option('--drift <file>', 'an object with `before` and `after` per line; - for standard input')
    .option('--server <name>', 'what this upstream offers, as last seen by the gateway')
    .addHelpText('after', EXAMPLES)
    .action(action((io, options: Options) => inspect(io, options)));
}

async function inspect(io: Io, options: Options): Promise<number> {
  const asked = [options.tools, options.drift, options.server].filter((one) => one !== undefined);
  if (asked.length !== 1) throw new UsageError('name one of `--tools`, `--drift` and `--server`');
  let worst: number = EXIT.fine;
  const tell = (name: string, answer: Answer): void => {
    if (answer.verdict !== 'allow') worst = EXIT.finding;
    if (options.json) writeJson(io, answer);
    else show(io, name, answer);
  };
  if (options.tools !== undefined) await inspectTools(io, options.tools, tell);
  else if (options.drift !== undefined) await inspectPairs(io, options.drift, tell);
  else await inspectServer(io, options.server ?? '', options, tell);
  return worst;
}

/** One line of the answer, for machines. */
interface Answer {
  readonly verdict: 'allow' | 'show' | 'block';
  readonly score?: number;
  readonly class?: string;
  readonly compatible?: boolean;
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

/** Judges what the gateway last saw of an upstream: what waits, else what is approved. */
async function inspectServer(io: Io, upstream: string, options: Options, tell: Tell): Promise<void> {
  const registry = new Registry(storeAt(options, io).directory, 5_000);
  try {
    const pins = await new SqlitePinStore(registry).find({ upstream });
    if (pins.length === 0)
      throw new UsageError(`no gateway has seen the upstream \`${upstream}\` yet; list its tools once`);
    const siblings = pins.filter((pin) => pin.kind === 'tool').map((pin) => pin.name);
    const context = contextOf({ own: siblings, trusted: [], strict: false });
    for (const pin of pins) {
      const body = bodyOf(pin);
      if (body) tell(pin.name || upstream, answerOf(inspectDefinition(pin.kind, pin.name, body, context)));
    }
  } finally {
    registry.close();
  }
}

function bodyOf(pin: Pin): JsonObject | null {
  return pin.waiting?.body ?? pin.approved?.body ?? null;
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

function driftAnswerOf({ class: drift, compatible, findings }: Drift): Answer {
  return { verdict: VERDICTS[drift], class: drift, compatible, findings: findings.map(fieldOf) };
}

function fieldOf({ code, at, span, why }: Inspection['findings'][number]): Answer['findings'][number] {
  return { code, field: at, span: span ?? null, why };
}

const COLOURS = { allow: 'green', show: 'yellow', block: 'red' } as const;

function show(io: Io, name: string, { verdict, score, class: drift, findings }: Answer): void {
  const weight = score === undefined ? (drift ?? '') : score.toFixed(2);
  io.out(`${paint(io, COLOURS[verdict], verdict.padEnd(6))} ${weight.padEnd(9)} ${printable(name)}\n`);
  if (verdict === 'allow') return;
  for (const { code, field, why } of findings.slice(0, 8)) {
    io.out(`         ${printable(field || '(whole)')}: ${printable(why)} ${paint(io, 'dim', code)}\n`);
  }
}
