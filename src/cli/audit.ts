import { Command, Option } from 'commander';
import { verifyChain, type ChainHead } from '../audit/chain.ts';
import { readBody } from '../audit/match.ts';
import type { RecordKind, RecordQuery, StoredRecord } from '../audit/record.ts';
import type { JsonObject } from '../core/json.ts';
import { RecordReader } from '../store/sqlite/record-reader.ts';
import { exportRecords, FORMATS, type ExportOptions } from './audit-export.ts';
import { addExamples, addStoreOptions, type Action } from './command.ts';
import type { Io } from './io.ts';
import { EXIT, paint, printable, showTime, UsageError, writeJson } from './output.ts';
import { readCount } from './read-count.ts';
import { readMoment } from './read-time.ts';
import { storeAt, type StoreOptions, type StorePlace } from './store-at.ts';

const KINDS = [
  'intend',
  'settle',
  'refusal',
  'authentication',
  'listing',
  'evaluation',
  'admin',
  'integrity',
] as const satisfies readonly RecordKind[];

interface Filters extends StoreOptions {
  readonly json?: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly kind?: readonly RecordKind[];
  readonly gateway?: string;
  readonly principal?: string;
  readonly server?: string;
  readonly target?: string;
  readonly code?: string;
  readonly call?: string;
}

interface TailOptions extends Filters {
  readonly lines: number;
  readonly follow?: boolean;
}

interface QueryOptions extends Filters {
  readonly limit: number;
  readonly after?: number;
  readonly newestFirst?: boolean;
}

interface VerifyOptions extends StoreOptions {
  readonly json?: boolean;
  readonly head?: string;
}

const EXAMPLES = `
Examples:
  veto audit tail --follow --kind refusal
  veto audit query --principal alice --since 1h --json
  veto audit query --call 019ab2c4-5d6e-7f80-9abc-def012345678
  veto audit export --format csv --since 30d --out november.csv
  veto audit verify --head 1042:9c1f…`;

/** `veto audit`: the record of every decision. Reads only; a gateway may run meanwhile. */
export function auditCommand(action: Action): Command {
  const audit = new Command('audit');
  addFilters(audit.command('tail'))
    .description('show the latest records')
    .option('-n, --lines <count>', 'how many', readCount, 20)
    .option('-f, --follow', 'go on with what comes')
    .action(action((io, options: TailOptions) => withReader(io, options, (reader) => tail(io, options, reader))));
  addFilters(audit.command('query'))
    .description('search the record')
    .option('--limit <count>', 'at most so many', readCount, 1_000)
    .option('--after <number>', 'only after this record (with --newest-first: before it)', readCount)
    .option('--newest-first', 'from the end backwards')
    .action(action((io, options: QueryOptions) => withReader(io, options, (reader) => query(io, options, reader))));
  addFilters(audit.command('export'))
    .description('write records to a file or to standard output; the export is recorded too')
    .addOption(new Option('--format <format>', 'form of the records').choices(FORMATS).default('jsonl'))
    .option('--out <file>', 'a new file (default: standard output)')
    .action(
      action((io, options: Filters & ExportOptions) =>
        withReader(io, options, (reader, { directory }) =>
          exportRecords(io, options, directory, reader, queryOf(io, options)),
        ),
      ),
    );
  addStoreOptions(audit.command('verify'))
    .description('follow the hash chain from the first record to the last; exit 1 when it is broken')
    .option('--head <number:hash>', 'a head noted earlier, which the chain must reach unchanged')
    .action(action((io, options: VerifyOptions) => withReader(io, options, (reader) => verify(io, options, reader))));
  addExamples(audit, EXAMPLES);
  return audit;
}

function addFilters(command: Command): Command {
  return addStoreOptions(command)
    .option('--since <time>', 'a time ago such as 1h, or 2026-11-22T10:00:00Z')
    .option('--until <time>', 'likewise')
    .addOption(new Option('--kind <kind...>', 'what happened').choices(KINDS))
    .option('--gateway <name>', 'through which gateway')
    .option('--principal <id>', 'who called')
    .option('--server <name>', 'which upstream')
    .option('--target <name>', 'tool or prompt by its own name, or resource URI')
    .option('--code <code>', 'refusal code, such as POLICY_DENIED')
    .option('--call <id>', 'everything about one call');
}

async function tail(io: Io, options: TailOptions, reader: RecordReader): Promise<void> {
  const filters = queryOf(io, options);
  const start = reader.head()?.seq ?? 0;
  const latest: StoredRecord[] = [];
  for await (const record of reader.query({
    ...filters,
    newestFirst: true,
    afterSeq: start + 1,
    limit: options.lines,
  })) {
    latest.push(record);
  }
  for (const record of latest.reverse()) show(io, options, record);
  if (!options.follow) return;
  const leave = io.stay();
  await follow(io, options, reader, start);
  leave();
}

/** Shows what comes after record `start`, until the command is stopped. */
async function follow(io: Io, options: Filters, reader: RecordReader, start: number): Promise<void> {
  const filters = queryOf(io, options);
  let seen = start;
  while (!io.signal.aborted) {
    const newest = reader.head()?.seq ?? 0;
    if (newest > seen) {
      for await (const record of reader.query({ ...filters, afterSeq: seen, limit: Number.MAX_SAFE_INTEGER })) {
        show(io, options, record);
        seen = record.seq; // may be newer than `newest`: somebody writes meanwhile
      }
      seen = Math.max(seen, newest);
    }
    await pause(io, FOLLOW_MS);
  }
}

/** How often `--follow` looks for new records. */
const FOLLOW_MS = 200;

function pause(io: Io, forMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (io.signal.aborted) return resolve();
    const done = (): void => {
      callOff();
      io.signal.removeEventListener('abort', done);
      resolve();
    };
    const callOff = io.clock.after(forMs, done);
    io.signal.addEventListener('abort', done);
  });
}

async function query(io: Io, options: QueryOptions, reader: RecordReader): Promise<number> {
  const after = options.after === undefined ? {} : { afterSeq: options.after };
  const newestFirst = options.newestFirst ?? false;
  let found = 0;
  for await (const record of reader.query({ ...queryOf(io, options), ...after, newestFirst, limit: options.limit })) {
    if (io.signal.aborted) break;
    found++;
    show(io, options, record);
  }
  if (found === 0 && !options.json) io.err('no record answers this\n');
  return EXIT.fine;
}

async function verify(io: Io, options: VerifyOptions, reader: RecordReader): Promise<number> {
  const noted = options.head === undefined ? null : readHead(options.head);
  const verdict = await verifyChain(reader.all(), { head: reader.witness() });
  const checked = verdict.intact && noted ? await verifyChain(reader.all(), { head: noted }) : verdict;
  if (options.json) writeJson(io, checked);
  else if (checked.intact) {
    const { count, head } = checked;
    io.out(`${paint(io, 'green', 'intact')}: ${count} records, head ${head.seq}:${head.hash}\n`);
    io.out('note the head elsewhere; `veto audit verify --head` then shows a record that was written anew\n');
  } else io.out(`${paint(io, 'red', 'broken')} at record ${checked.seq}: ${checked.kind}, ${checked.why}\n`);
  return checked.intact ? EXIT.fine : EXIT.finding;
}

function readHead(text: string): ChainHead {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined) {
    throw new UsageError(`\`${text}\` is not a head; copy the one that \`veto audit verify\` printed, NUMBER:HASH`);
  }
  return { seq: Number(seq), hash };
}

function show(io: Io, options: Filters, record: StoredRecord): void {
  const body = readBody(record.body);
  if (options.json) {
    const { seq, hash, previousHash } = record;
    return writeJson(io, { seq, ...(body ?? { broken: record.body }), hash, previousHash });
  }
  io.out(`${describeRecord(io, record.seq, body ?? {})}\n`);
}

function describeRecord(io: Io, seq: number, body: JsonObject): string {
  const word = (name: string): string => (typeof body[name] === 'string' ? printable(body[name]) : '');
  const [kind, server, target, code] = [word('kind'), word('server'), word('target'), word('code')];
  const refused = kind === 'refusal' || body['decision'] === 'deny';
  const what = [word('method'), server && target ? `${server}/${target}` : target || server].filter(Boolean).join(' ');
  const how = [code || word('outcome'), word('rule') && `rule "${word('rule')}"`, word('reason')]
    .filter(Boolean)
    .join(', ');
  const time = showTime(typeof body['atMs'] === 'number' ? body['atMs'] : null, true);
  const parts = [
    paint(io, 'dim', `${String(seq).padStart(7)} ${time}`),
    paint(io, refused ? 'red' : 'green', kind.padEnd(14)),
    word('principal').padEnd(12),
    what,
    how && `→ ${how}`,
  ];
  return parts.filter(Boolean).join('  ').trimEnd();
}

function queryOf(io: Io, options: Filters): Omit<RecordQuery, 'limit'> {
  const nowMs = io.clock.nowMs();
  const { gateway, principal, server, target, code } = options;
  const given = {
    gateway, principal, server, target, code,
    callId: options.call,
    kinds: options.kind,
    sinceMs: options.since === undefined ? undefined : readMoment(options.since, nowMs),
    untilMs: options.until === undefined ? undefined : readMoment(options.until, nowMs),
  }; // prettier-ignore
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

async function withReader<T>(
  io: Io,
  options: StoreOptions,
  work: (reader: RecordReader, place: StorePlace) => Promise<T>,
): Promise<T> {
  const place = storeAt(options, io);
  const reader = new RecordReader(place.directory);
  try {
    return await work(reader, place);
  } finally {
    reader.close();
  }
}
