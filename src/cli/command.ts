import type { Command } from 'commander';
import type { Io } from './io.ts';

/** Work of one command; its answer is the exit code, nothing means fine. */
export type Work<Options, Args extends string[]> = (
  io: Io,
  options: Options,
  ...args: Args
) => number | void | Promise<number | void>;

/** Turns work into what commander calls: `run.ts` provides it, with the world and the place for the exit code. */
export type Action = <Options, Args extends string[]>(
  work: Work<Options, Args>,
) => (...given: unknown[]) => Promise<void>;

/** `--store`, `--config`, `--json`: on every command that works on a store. */
export function addStoreOptions(command: Command): Command {
  return command
    .option('--store <folder>', 'folder of the store (default: as veto.yaml says)')
    .option('--config <file>', 'configuration to read (default: veto.yaml here)')
    .option('--json', 'for machines');
}

/** Shows examples: all of them with the group, and with each of its commands those that are about it. */
export function addExamples(group: Command, examples: string): void {
  group.addHelpText('after', examples);
  for (const command of group.commands) {
    const start = `  veto ${group.name()} ${command.name()}`;
    const own = examples.split('\n').filter((line) => line === start || line.startsWith(`${start} `));
    if (own.length > 0) command.addHelpText('after', ['', 'Examples:', ...own].join('\n'));
  }
}
