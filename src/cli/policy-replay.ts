import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { guardsSection } from '../guards/section.ts';
import { decide } from '../gateway/decide.ts';
import { Inspection } from '../gateway/inspection.ts';
import { replayRecords, type NotReplayed, type Replayed } from '../gateway/replay/replay.ts';
import { effectIn } from '../policy/evaluate.ts';
import type { Policy, Question } from '../policy/policy.ts';
import { GROUPS_MAX, Tally, type Changes } from '../policy/replay.ts';
import { SqlitePinStore } from '../store/sqlite/pins.ts';
import { RecordReader } from '../store/sqlite/record-reader.ts';
import { REGISTRY_FILE } from '../store/sqlite/registry-schema.ts';
import { Registry } from '../store/sqlite/registry.ts';
import type { Io } from './io.ts';
import { EXIT, jsonText, UsageError } from './output.ts';
import { readCallLines, requirePolicies } from './policy-files.ts';
import type { PolicyIo } from './policy-io.ts';
import { policyIoOf } from './policy-surroundings.ts';
import { readMoment } from './read-time.ts';
import { storeAt, type StoreOptions } from './store-at.ts';

/** Where the calls come from: the record of a store, unless `calls` names a file. */
export interface CallSource extends StoreOptions {
  readonly json?: boolean;
  /** Hand-written calls, one JSON object a line. */
  readonly calls?: string;
  readonly since?: string;
  readonly until?: string;
  readonly gateway?: string;
  readonly limit: number;
}

export interface ReplayOptions extends CallSource {
  /** The policy to compare with, in place of what was decided then. */
  readonly before?: readonly string[];
}

/** Calls of the record that are replayed unless `--limit` says otherwise: the newest. */
export const RECORDS_DEFAULT = 100_000;

/** `veto policy replay CANDIDATE…`: which recorded decisions would change, for whom. Exit 1 when any. */
export async function replayCandidate(io: Io, options: ReplayOptions, candidate: readonly string[]): Promise<number> {
  const world = await policyIoOf(io, [options.calls]);
  const after = requirePolicies(candidate, world).policy;
  const before = options.before === undefined ? null : requirePolicies(options.before, world).policy;
  if (options.calls !== undefined) {
    if (before === null) throw new UsageError('calls of a file have no decision yet; name a policy with `--before`');
    return compareFile(world, { ...options, calls: options.calls }, before, after);
  }
  return compareRecords(io, world, options, before, after);
}

/** `veto policy diff OLD NEW`: the same between two policies, whatever was decided then. */
export async function compareCandidates(io: Io, options: CallSource, before: string, after: string): Promise<number> {
  return replayCandidate(io, { ...options, before: [before] }, [after]);
}

async function compareRecords(
  io: Io,
  world: PolicyIo,
  options: CallSource,
  before: Policy | null,
  candidate: Policy,
): Promise<number> {
  const { directory, settings } = storeAt(options, io);
  const nowMs = io.clock.nowMs();
  const reader = new RecordReader(directory);
  const registry = existsSync(join(directory, REGISTRY_FILE)) ? new Registry(directory, 5_000) : null;
  try {
    const records = reader.query({
      kinds: ['intend', 'refusal'],
      ...(options.gateway === undefined ? {} : { gateway: options.gateway }),
      ...(options.since === undefined ? {} : { sinceMs: readMoment(options.since, nowMs) }),
      ...(options.until === undefined ? {} : { untilMs: readMoment(options.until, nowMs) }),
      newestFirst: true,
      limit: options.limit,
    });
    const replayed = await replayRecords(records, {
      candidate,
      before,
      pins: registry === null ? null : new SqlitePinStore(registry),
      inspection: new Inspection(settings?.guards ?? guardsSection.parse(undefined)),
      rootsOf: (upstream) => settings?.upstreams.find(({ name }) => name === upstream)?.roots ?? NO_ROOTS,
    });
    const notes = notesOn(replayed, options, settings !== null);
    if (options.json) world.out(jsonText({ ...replayed, notes }));
    else for (const line of [...describeRecords(replayed), ...notes]) world.out(line);
    return exitOf(replayed);
  } finally {
    registry?.close();
    reader.close();
  }
}

const NO_ROOTS: readonly string[] = [];

function compareFile(
  io: PolicyIo,
  { calls, ...options }: CallSource & { readonly calls: string },
  before: Policy,
  after: Policy,
): number {
  const { store, since, until, gateway } = options;
  if ([store, since, until, gateway].some((given) => given !== undefined)) {
    throw new UsageError('`--calls` reads a file; leave `--store`, `--since`, `--until` and `--gateway` out');
  }
  const tally = new Tally();
  let number = 0;
  for (const question of readCallLines(calls, io, after)) {
    if ('why' in question) throw new UsageError(question.why);
    const { gateway: through, caller } = question;
    const [was, is] = [before, after].map((policy) => {
      const decision = decide(policy, question);
      return { effect: effectIn(decision), rule: decision.rule };
    });
    if (was === undefined || is === undefined) continue;
    tally.add({
      call: `call ${++number}`,
      gateway: through,
      principal: caller.principal.id,
      target: nameOf(question),
      before: was,
      after: is,
    });
  }
  const { changes } = tally;
  if (options.json) io.out(jsonText(changes));
  else for (const line of describeChanges(changes)) io.out(line);
  return exitOf(changes);
}

const exitOf = ({ changed }: Changes): number => (changed === 0 ? EXIT.fine : EXIT.finding);

function nameOf({ target, method }: Question): string {
  return 'name' in target ? target.name : 'uri' in target ? target.uri : method;
}

function describeChanges({ compared, changed, groups, changedBeyondGroups }: Changes): string[] {
  const lines = groups.map(({ direction, calls, principal, target, before, after, examples }) => {
    const how = `${before.effect} (${before.rule}) becomes ${after.effect} (${after.rule})`;
    return `${direction}  ${counted(calls)}: ${principal} ${target}: ${how}; ${examples.join(', ')}`;
  });
  const beyond =
    changedBeyondGroups === 0
      ? []
      : [`${counted(changedBeyondGroups)} more change in other ways than the ${GROUPS_MAX} shown; narrow the time`];
  return [...lines, ...beyond, `${changed} of ${compared} decisions change`];
}

const counted = (calls: number): string => `${calls} ${calls === 1 ? 'call' : 'calls'}`;

function describeRecords(replayed: Replayed): string[] {
  const { findings, notReplayed } = replayed;
  const { observedAgain, asRecorded } = findings;
  return [
    ...describeChanges(replayed),
    ...notReplayed.map(describeNotReplayed),
    `findings: ${counted(observedAgain)} read again by the pinned definition, ${asRecorded} as recorded`,
  ];
}

function describeNotReplayed({ calls, why, examples }: NotReplayed): string {
  return `not replayed  ${counted(calls)}: ${why}; ${examples.map((seq) => `record ${seq}`).join(', ')}`;
}

function notesOn({ records }: Replayed, { limit }: CallSource, isConfigured: boolean): string[] {
  const notes = ['limits, and rules that ask which calls passed before, are not replayed'];
  if (!isConfigured)
    notes.push('no configuration was read: no roots, and guards as they are by default; name it with `--config`');
  if (records >= limit) notes.push(`only the newest ${limit} calls were looked at; raise \`--limit\``);
  return notes;
}
