/**
 * Recorded calls under another policy. Enters: records of calls, oldest or newest first, and a candidate. Leaves: which
 * decisions change and for whom, and apart from them what cannot be decided again and why. Must never happen here: a
 * call is left out without being counted, or something is forwarded, limited or recorded.
 */
import type { StoredRecord } from '../../audit/record.ts';
import type { Watch, Finding } from '../../core/decision.ts';
import type { ServedDefinition } from '../../integrity/offer.ts';
import type { PinStore } from '../../integrity/ports.ts';
import { effectIn } from '../../policy/evaluate.ts';
import type { Policy, Question } from '../../policy/policy.ts';
import { EXAMPLES_MAX, Tally, type Changes, type Verdict } from '../../policy/replay.ts';
import { decide } from '../decide.ts';
import type { Inspection } from '../inspection.ts';
import { KeptDefinitions } from './kept-definitions.ts';
import { readRecordedCall, WHY_NOT, type RecordedCall, type WhyNot } from './recorded-call.ts';

/** What replaying needs beside the records. */
export interface ReplayWorld {
  readonly candidate: Policy;
  /** The policy to compare with; null: what was decided then. */
  readonly before: Policy | null;
  /** null: the store has no pins. */
  readonly pins: Pick<PinStore, 'find' | 'history'> | null;
  readonly inspection: Inspection;
  /** Declared roots of an upstream, always the same array for one upstream. */
  rootsOf(upstream: string): readonly string[];
}

/** Calls that could not be decided again, for one reason. */
export interface NotReplayed {
  readonly reason: WhyNot;
  readonly why: string;
  readonly calls: number;
  /** Places in the record, at most `EXAMPLES_MAX`. */
  readonly examples: readonly number[];
}

/** What a candidate makes of recorded calls. */
export interface Replayed extends Changes {
  /** Records that were read. */
  readonly records: number;
  readonly notReplayed: readonly NotReplayed[];
  /** Of the calls compared: whether guards read the arguments again, by the definition, or the record was believed. */
  readonly findings: { readonly observedAgain: number; readonly asRecorded: number };
}

/** Decides every recorded call again. In memory bounded by `GROUPS_MAX`. @throws Fault('store_failed') */
export async function replayRecords(records: AsyncIterable<StoredRecord>, world: ReplayWorld): Promise<Replayed> {
  const tally = new Tally();
  const left = new Map<WhyNot, { calls: number; readonly examples: number[] }>();
  const definitions = new KeptDefinitions(world.pins);
  const findings = { observedAgain: 0, asRecorded: 0 };
  let read = 0;
  for await (const record of records) {
    read++;
    const call = readRecordedCall(record);
    const why = typeof call === 'string' ? call : await compare(call);
    if (why === null) continue;
    const group = left.get(why) ?? { calls: 0, examples: [] };
    group.calls++;
    if (group.examples.length < EXAMPLES_MAX) group.examples.push(record.seq);
    left.set(why, group);
  }
  const notReplayed = [...left].map(([reason, group]) => ({ reason, why: WHY_NOT[reason], ...group }));
  return { records: read, ...tally.changes, notReplayed, findings };

  async function compare(call: RecordedCall): Promise<WhyNot | null> {
    const served = await definitions.of(call);
    const before = world.before === null ? (call.was ?? 'late') : verdict(world.before, call, served, world);
    if (typeof before === 'string') return before;
    const after = verdict(world.candidate, call, served, world);
    if (typeof after === 'string') return after;
    if (served === null) findings.asRecorded++;
    else findings.observedAgain++;
    const { gateway, caller } = call.asked;
    tally.add({ call: call.id, gateway, principal: caller.principal.id, target: nameOf(call.asked), before, after });
    return null;
  }
}

function nameOf({ server, target, method }: Question): string {
  const name = target.kind === 'resource' ? target.uri : 'name' in target ? target.name : method;
  return server === null ? name : `${server}/${name}`;
}

/** What a policy makes of a call; why not, when that depends on something that was not recorded. */
function verdict(
  policy: Policy,
  call: RecordedCall,
  served: ServedDefinition | null,
  world: ReplayWorld,
): Verdict | WhyNot {
  const watches = new Set<string>();
  let missed = false;
  const roots = call.asked.server === null ? NO_ROOTS : world.rootsOf(call.asked.server);
  const findings = served === null ? call.asked.findings : observe(policy, call, served, roots, world);
  const ask = (callsBefore: (watch: Watch) => number): Verdict => {
    const asked: Question = {
      ...call.asked,
      roots,
      findings,
      hintsContradicted: served?.hints.contradicted ?? false,
      history: (watch) => {
        watches.add(JSON.stringify([watch.id, watch.per]));
        return callsBefore(watch);
      },
      get definition() {
        missed ||= served === null;
        return served?.definition ?? null;
      },
    };
    const decision = decide(policy, asked);
    return { effect: effectIn(decision), rule: decision.rule };
  };
  const none = ask(() => 0);
  if (missed && isNamed(call.asked)) return 'definition';
  if (watches.size === 0) return none;
  // Histories only count up to a threshold: with one of them, none and all are every case that there is.
  const all = ask(({ callsMax }) => callsMax);
  return watches.size === 1 && all.effect === none.effect ? none : 'history';
}

const NO_ROOTS: readonly string[] = [];

/** Whether there was a definition to be had at all: a method without a target has none, and so may have a resource. */
function isNamed({ target }: Question): boolean {
  return target.kind === 'tool' || target.kind === 'prompt';
}

/** What guards find now, under the types of this policy; what they found in a client's answers is only recorded. */
function observe(
  policy: Policy,
  { id, asked, fingerprint }: RecordedCall,
  served: ServedDefinition,
  roots: readonly string[],
  { inspection }: ReplayWorld,
): readonly Finding[] {
  const { gateway, method, target, server, pinState, caller, client, nowMs } = asked;
  const found = inspection.inspectCall(
    {
      id,
      gateway,
      method,
      target,
      arguments: asked.arguments ?? {},
      argumentsDigest: '',
      client,
      receivedAtMs: nowMs,
      caller,
      upstream: server ?? '',
      upstreamTarget: target,
      definition: served.definition,
      fingerprint,
      pinState,
    },
    served,
    null,
    roots,
    policy,
  );
  const answers = asked.findings.filter(({ at }) => /^inputResponses\b/.test(at));
  return answers.length === 0 ? found : [...found, ...answers.filter((one) => !isAmong(one, found))];
}

const isAmong = ({ code, at }: Finding, found: readonly Finding[]): boolean =>
  found.some((one) => one.code === code && one.at === at);
