import { own, type JsonObject } from '../../core/json.ts';
import type { UpstreamSettings } from '../../upstreams/upstream.ts';
import type { Io } from '../io.ts';
import { paint, printable } from '../output.ts';
import { mendOf } from './mend-of.ts';
import type { Visit } from './visit-upstream.ts';

const STDERR_LINES = 8;

/** What a visit found, for machines. */
export function visitAsJson(settings: UpstreamSettings, { catalogue, fault, status, listedMs }: Visit): JsonObject {
  const { transport, greetedMs, pids, notes, stderrTail } = status;
  return {
    name: settings.name,
    ok: catalogue !== null,
    transport,
    pid: pids[0] ?? null,
    era: catalogue?.era ?? status.era,
    revision: catalogue?.revision ?? null,
    server: catalogue?.serverInfo ?? null,
    capabilities: catalogue?.capabilities ?? null,
    tools: catalogue?.tools.length ?? null,
    prompts: catalogue?.prompts.length ?? null,
    resources: catalogue?.resources.length ?? null,
    firstAnswerMs: greetedMs === null ? null : Math.round(greetedMs),
    listedMs: Math.round(listedMs),
    notes: [...notes],
    stderr: stderrTail,
    ...(fault === null ? {} : { code: fault.code, reason: fault.message, mend: mendOf(fault, settings) }),
  };
}

/** The same for people. */
export function writeVisit(io: Io, settings: UpstreamSettings, visit: Visit): void {
  const { catalogue, fault, status } = visit;
  const verdict = fault === null ? paint(io, 'green', 'ok') : paint(io, 'red', 'failed');
  io.out(`${paint(io, 'bold', printable(settings.name))}  ${verdict}\n`);
  const say = (what: string, text: string): void => io.out(`  ${what.padEnd(13)} ${printable(text)}\n`);
  if (fault !== null) {
    say('reason', fault.message);
    say('mend', mendOf(fault, settings));
  }
  const pid = status.pids[0];
  if (status.transport !== null) say('transport', `${status.transport}${pid === undefined ? '' : `, process ${pid}`}`);
  if (catalogue !== null) {
    say('era', `${catalogue.era}, revision ${catalogue.revision}`);
    say('server', nameOf(catalogue.serverInfo));
    say('capabilities', Object.keys(catalogue.capabilities).join(', ') || 'none');
    say('tools', String(catalogue.tools.length));
    say(
      'first answer',
      `after ${Math.round(status.greetedMs ?? 0)} ms; all listed after ${Math.round(visit.listedMs)} ms`,
    );
  }
  for (const note of status.notes) say('note', note);
  const lines = status.stderrTail.trimEnd().split('\n').filter(Boolean).slice(-STDERR_LINES);
  for (const line of lines) say('stderr', line);
}

function nameOf(serverInfo: JsonObject): string {
  const word = (key: string): string => {
    const value = own(serverInfo, key);
    return typeof value === 'string' ? value : '';
  };
  return [word('name') || 'without a name', word('version')].filter(Boolean).join(' ');
}
