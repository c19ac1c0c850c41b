import { Command } from 'commander';
import { addStoreOptions, type Action, type Work } from './command.ts';
import { checkPolicies, type CheckOptions } from './policy-check.ts';
import { evaluateCalls } from './policy-evaluate.ts';
import { explainCall } from './policy-explain.ts';
import type { PolicyIo } from './policy-io.ts';
import { lintPolicies } from './policy-lint.ts';
import { mutateCalls } from './policy-mutate.ts';
import {
  compareCandidates,
  RECORDS_DEFAULT,
  replayCandidate,
  type CallSource,
  type ReplayOptions,
} from './policy-replay.ts';
import { testPolicies } from './policy-test.ts';
import { policyIoOf } from './policy-surroundings.ts';
import { readCount } from './read-count.ts';

interface JsonOption {
  readonly json: boolean;
}

type Run<Options> = (files: readonly string[], options: Options, io: PolicyIo) => number;

/** Commander hands the files over as one list. Without its parsers every SQL text would be unreadable. */
function onFiles<Options>(run: Run<Options>): Work<Options & { readonly calls?: string }, string[]> {
  return async (io, options, ...files) => run(files.flat(), options, await policyIoOf(io, [options.calls]));
}

const POLICY_EXAMPLES = `
Examples:
  veto policy check policies.yaml
  veto policy test policies.yaml
  veto policy replay new.yaml --since 7d
  veto policy <command> --help`;

/** `veto policy`: check, test and examine policy files. Exit 0 fine, 1 a negative finding, 2 wrong usage or policy. */
export function policyCommand(action: Action): Command {
  const policy = new Command('policy');
  const add = (name: string, summary: string, example: string): Command =>
    policy
      .command(`${name} <files...>`)
      .description(summary)
      .option('--json', 'for machines', false)
      .addHelpText('after', `\nExample:\n  veto policy ${name} ${example}`);
  add('check', 'load without starting', 'policies.yaml --tools tools.jsonl')
    .option('--tools <file>', 'tool definitions, one JSON object a line: show what can come of each')
    .action(action(onFiles<CheckOptions>(checkPolicies)));
  add('test', 'run the tests in the files', 'policies.yaml').action(action(onFiles<JsonOption>(testPolicies)));
  add('lint', 'find rules that never decide and patterns that a spelling defeats', 'policies.yaml').action(
    action(onFiles<JsonOption>(lintPolicies)),
  );
  add('explain', 'tell why a call is decided as it is', `policies.yaml --call '{"tool":"read_file"}'`)
    .requiredOption('--call <json>', 'the call')
    .action(action(onFiles<JsonOption & { call: string }>(explainCall)));
  add(
    'mutate',
    'respell calls and change rules; tell what changes the outcome, and what no test notices',
    'policies.yaml --calls calls.jsonl',
  )
    .option('--calls <file>', 'calls to respell (default: those of the tests)')
    .action(action(onFiles<JsonOption & { calls?: string }>(mutateCalls)));
  addReplay(policy, action);
  return policy.addHelpText('after', POLICY_EXAMPLES);
}

const REPLAY_EXAMPLES = `
Examples:
  veto policy replay new.yaml --since 7d
  veto policy replay new.yaml --gateway staging --store /var/lib/veto --json
  veto policy replay new.yaml --before policies.yaml --calls calls.jsonl

Calls of the record are decided again by the candidate and compared with what was decided then, or with what
\`--before\` decides. A gateway may run meanwhile. Exit code 1: something changes.`;

const DIFF_EXAMPLES = `
Examples:
  veto policy diff policies.yaml new.yaml --since 7d
  veto policy diff policies.yaml new.yaml --calls calls.jsonl --json

Two policies on the calls of the record, or of a file. Exit code 1: they decide something differently.`;

/** `replay` and `diff`: what a candidate changes on calls that were made. */
function addReplay(policy: Command, action: Action): void {
  addSource(policy.command('replay <files...>'))
    .description('tell which recorded decisions a candidate changes, and for whom')
    .option('--before <files...>', 'the policy to compare with (default: what was decided then)')
    .addHelpText('after', REPLAY_EXAMPLES)
    .action(action((io, options: ReplayOptions, ...files: string[]) => replayCandidate(io, options, files.flat())));
  addSource(policy.command('diff <old> <new>'))
    .description('tell on which recorded calls two policies differ, and for whom')
    .addHelpText('after', DIFF_EXAMPLES)
    .action(
      action((io, options: CallSource, before: string, after: string) => compareCandidates(io, options, before, after)),
    );
}

function addSource(command: Command): Command {
  return addStoreOptions(command)
    .option('--calls <file>', 'hand-written calls, one JSON object a line, in place of the record; `-`: standard input')
    .option('--since <time>', 'calls from a time ago such as 7d, or 2026-11-22T10:00:00Z')
    .option('--until <time>', 'likewise')
    .option('--gateway <name>', 'only calls through this gateway')
    .option('--limit <count>', 'at most so many records, the newest', readCount, RECORDS_DEFAULT);
}

interface EvaluateOptions {
  readonly calls: string;
  readonly policy: string[];
}

const EVALUATE_EXAMPLES = `
Examples:
  veto evaluate --calls calls.jsonl --policy policies.yaml
  echo '{"tool":"read_file","arguments":{"path":"/data/a"}}' | veto evaluate --calls -

Every line of calls is answered by one line of JSON, in order; one that is no call by a refusal, and then the exit code
is 2. Over HTTP: \`POST /v1/gateways/NAME/evaluate\`.`;

/** `veto evaluate`: decides calls in bulk, one JSON line each, without forwarding anything. */
export function evaluateCommand(action: Action): Command {
  return new Command('evaluate')
    .requiredOption('--calls <file>', 'calls, one JSON object a line; `-`: standard input')
    .option('--policy <files...>', 'policy files', ['policies.yaml'])
    .option('--json', 'for machines, as it always is')
    .addHelpText('after', EVALUATE_EXAMPLES)
    .action(
      action(async (io, options: EvaluateOptions) => evaluateCalls(options, await policyIoOf(io, [options.calls]))),
    );
}
