import { describeProblem } from '../policy/problem.ts';
import type { Judge } from '../policy/judge.ts';
import { EXIT, jsonText } from './output.ts';
import { readDefinitions, readPolicies } from './policy-files.ts';
import type { PolicyIo } from './policy-io.ts';

export interface CheckOptions {
  readonly json: boolean;
  /** Tool definitions, one JSON object a line: the outcomes that each can have are shown. */
  readonly tools?: string;
}

/** `veto policy check FILE…`: loads without starting; problems with their mend, else what was noticed. */
export function checkPolicies(paths: readonly string[], { json, tools }: CheckOptions, io: PolicyIo): number {
  const loaded = readPolicies(paths, io);
  if (!loaded.ok) {
    if (json) io.out(jsonText({ ok: false, problems: loaded.problems }));
    else for (const problem of loaded.problems) io.err(describeProblem(problem));
    if (!json)
      io.err(`${loaded.problems.length} ${loaded.problems.length === 1 ? 'problem' : 'problems'}; nothing was loaded`);
    return EXIT.finding;
  }
  const { policy } = loaded;
  const reachable = tools === undefined ? [] : outcomesOf(policy, tools, io);
  if (json) {
    const { hash, rules, notes } = policy;
    io.out(jsonText({ ok: true, hash, rules: rules.length, notes, tools: reachable }));
    return EXIT.fine;
  }
  for (const note of policy.notes) io.out(note);
  for (const { tool, outcomes } of reachable) {
    io.out(`${tool}: ${outcomes.join(', ')}${outcomes.join() === 'deny' ? ' (hidden)' : ''}`);
  }
  io.out(`${policy.rules.length} rules, hash ${policy.hash.slice(0, 16)}: fine`);
  return EXIT.fine;
}

/** What can come of each tool, whatever its arguments. */
function outcomesOf(policy: Judge, path: string, io: PolicyIo): { tool: string; outcomes: readonly string[] }[] {
  return readDefinitions(path, io).map((question) => ({
    tool: 'name' in question.target ? question.target.name : '',
    outcomes: [...policy.reachable(question)].sort(),
  }));
}
