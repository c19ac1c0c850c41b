import { Command, CommanderError } from 'commander';
import { Fault } from '../core/fault.ts';
import { VERSION } from '../core/version.ts';
import type { Action, Work } from './command.ts';
import { COMMANDS } from './commands.ts';
import type { Io } from './io.ts';
import { EXIT, UsageError } from './output.ts';

const EXAMPLES = `
Examples:
  veto keys create laptop --principal alice
  veto audit tail --follow
  veto <command> --help`;

/**
 * Runs one command line, without the name of the program.
 * @returns the exit code: 0 fine, 1 a negative finding, 2 wrong usage, configuration or surroundings
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.fine;
  const action: Action = <Options, Args extends string[]>(work: Work<Options, Args>) => {
    return async (...given: unknown[]) => {
      // commander hands over the arguments, the options and the command, as each command declared them
      code = (await work(io, given.at(-2) as Options, ...(given.slice(0, -2) as Args))) ?? EXIT.fine;
    };
  };
  const program = new Command('veto')
    .description('An authorization gateway for the Model Context Protocol.')
    .version(VERSION, '--version', 'show the version')
    .helpOption('--help', 'show help')
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError();
  for (const make of COMMANDS) program.addCommand(make(action));
  for (const command of everyCommand(program)) {
    command.exitOverride().configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) });
    command.helpOption('--help', 'show help');
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    return explainError(error, io);
  }
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function explainError(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  if (error instanceof UsageError || error instanceof Fault) {
    io.err(`${error.message}\n`);
    return EXIT.usage;
  }
  io.err(`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.usage;
}
