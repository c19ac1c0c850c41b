import { canonicalJson } from '../../core/canonical-json.ts';
import type { Polarity } from '../../core/argument-type.ts';
import type { Watching } from '../../core/decision.ts';
import { compileNames } from '../glob.ts';
import { guarded, NO, UNKNOWN, YES, type Leaf } from '../leaf.ts';
import type { HistoryDocument } from '../schema.ts';

const SECOND_MS = 1000;
const DEFAULT_SCOPE: readonly string[] = ['gateway', 'principal'];

/** One entry of `context.history`: at least so many calls passed before this one. Unknown while listing. */
export function compileHistory(written: HistoryDocument, polarity: Polarity, at: string): Leaf {
  const watch = watchOf(written);
  const callsMin = written.calls_min ?? 1;
  const test: Leaf['test'] = ({ question }, note) => {
    if (question.arguments === null) return UNKNOWN;
    if (!question.history) throw new Error('the calls before this one are not known here');
    const calls = question.history(watch);
    if (note) note.why = `${calls} such ${calls === 1 ? 'call' : 'calls'} before`;
    return calls >= callsMin ? YES : NO;
  };
  return { at, written, argument: null, views: null, watch, test: guarded(polarity, test) };
}

function watchOf(written: HistoryDocument): Watching {
  const { tool, server, per, window_seconds: seconds, calls_min: callsMin = 1, untrusted = false } = written;
  const scope = per === undefined ? DEFAULT_SCOPE : [...new Set([per].flat())].sort();
  const tools = tool === undefined ? null : compileNames(tool);
  const servers = server === undefined ? null : compileNames(server);
  return {
    id: canonicalJson({ tool: tool ?? null, server: server ?? null, seconds, callsMin, untrusted }),
    per: scope,
    windowMs: seconds * SECOND_MS,
    callsMax: callsMin,
    untrusted,
    covers: (ofServer, ofTool) =>
      (!tools || (ofTool !== null && tools.test(ofTool))) &&
      (!servers || (ofServer !== null && servers.test(ofServer))),
  };
}
