import type { Command } from 'commander';
import { checkPolicies } from './policy-check.ts';
import { evaluateCalls } from './policy-evaluate.ts';
import { explainCall } from './policy-explain.ts';
import { EXIT, UsageError, type PolicyIo } from './policy-io.ts';
import { lintPolicies } from './policy-lint.ts';
import { mutateCalls } from './policy-mutate.ts';
import { replayCalls } from './policy-replay.ts';
import { testPolicies } from './policy-test.ts';

const JSON_OPTION = ['--json', 'one JSON document instead of lines for people', false] as const;

/**
 * Adds `veto policy …` and `veto evaluate` to a command line.
 * @param done takes the exit code: 0 fine, 1 a negative finding, 2 usage or a policy that does not load
 */
export function registerPolicy(program: Command, io: PolicyIo, done: (exitCode: number) => void): void {
  const policy = program.command('policy').description('check, test and examine policy files');
  const command = (name: string, summary: string, example: string): Command =>
    policy
      .command(`${name} <files...>`)
      .description(summary)
      .option(...JSON_OPTION)
      .addHelpText('after', `\nExample:\n  veto policy ${name} ${example}`);
  const run = (action: () => number): void => done(guarded(action, io));

  command('check', 'load without starting', 'policies.yaml').action((files: string[], options: { json: boolean }) =>
    run(() => checkPolicies(files, options, io)),
  );
  command('test', 'run the tests in the files', 'policies.yaml').action((files: string[], options: { json: boolean }) =>
    run(() => testPolicies(files, options, io)),
  );
  command('lint', 'find rules that never decide and patterns that a spelling defeats', 'policies.yaml').action(
    (files: string[], options: { json: boolean }) => run(() => lintPolicies(files, options, io)),
  );
  command(
    'explain',
    'tell why a call is decided as it is',
    `policies.yaml --call '{"tool":"read_file","arguments":{"path":"/etc/passwd"}}'`,
  )
    .requiredOption('--call <json>', 'the call')
    .action((files: string[], options: { json: boolean; call: string }) => run(() => explainCall(files, options, io)));
  command('mutate', 'respell calls and tell which spellings change the outcome', 'policies.yaml --calls calls.jsonl')
    .option('--calls <file>', 'calls to respell; the calls of the tests by default')
    .action((files: string[], options: { json: boolean; calls?: string }) =>
      run(() => mutateCalls(files, options, io)),
    );
  for (const name of ['replay', 'diff']) {
    command(
      name,
      'tell which recorded decisions a candidate changes',
      'candidate.yaml --before policies.yaml --calls calls.jsonl',
    )
      .requiredOption('--calls <file>', 'recorded calls, one JSON object a line')
      .requiredOption('--before <file>', 'the policy in force')
      .action((files: string[], options: { json: boolean; calls: string; before: string }) =>
        run(() => replayCalls(files, options, io)),
      );
  }
  program
    .command('evaluate')
    .description('decide recorded or hand-written calls in bulk, without forwarding')
    .requiredOption('--calls <file>', 'calls, one JSON object a line')
    .option('--policy <files...>', 'policy files', ['policies.yaml'])
    .addHelpText('after', '\nExample:\n  veto evaluate --calls calls.jsonl --policy policies.yaml')
    .action((options: { calls: string; policy: string[] }) => run(() => evaluateCalls(options, io)));
}

function guarded(action: () => number, io: PolicyIo): number {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.err(error.message);
    return EXIT.usage;
  }
}
