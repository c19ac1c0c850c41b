import { Command } from 'commander';
import type { Action, Work } from './command.ts';
import { checkPolicies, type CheckOptions } from './policy-check.ts';
import { evaluateCalls } from './policy-evaluate.ts';
import { explainCall } from './policy-explain.ts';
import type { PolicyIo } from './policy-io.ts';
import { lintPolicies } from './policy-lint.ts';
import { mutateCalls } from './policy-mutate.ts';
import { replayCalls, type ReplayOptions } from './policy-replay.ts';
import { testPolicies } from './policy-test.ts';
import { policyIoOf } from './policy-surroundings.ts';

interface JsonOption {
  readonly json: boolean;
}

type Run<Options> = (files: readonly string[], options: Options, io: PolicyIo) => number;

/** Commander hands the files over as one list. Without its parsers every SQL text would be unreadable. */
function onFiles<Options>(run: Run<Options>): Work<Options & { readonly calls?: string }, string[]> {
  return async (io, options, ...files) => run(files.flat(), options, await policyIoOf(io, [options.calls]));
}

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
  for (const name of ['replay', 'diff']) {
    add(
      name,
      'tell which recorded decisions a candidate changes',
      'new.yaml --before policies.yaml --calls calls.jsonl',
    )
      .requiredOption('--calls <file>', 'recorded calls, one JSON object a line')
      .requiredOption('--before <file>', 'the policy in force')
      .action(action(onFiles<ReplayOptions>(replayCalls)));
  }
  return policy;
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
