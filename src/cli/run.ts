import { Command, CommanderError } from 'commander';
import { Fault } from '../core/fault.ts';
import { VERSION } from '../core/version.ts';
import type { Action, Work } from './command.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
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
  for (const entry of COMMANDS) program.addCommand(await commandOf(entry, wantedIn(argv), action));
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

/** The name of the command that a command line is about, `veto help NAME` included; commander reads the rest. */
function wantedIn([first, second]: readonly string[]): string | undefined {
  return first === 'help' ? second : first;
}

/** The command itself when it is wanted, else only what the help shows of it. */
async function commandOf(entry: CommandEntry, wanted: string | undefined, action: Action): Promise<Command> {
  const command = entry.name === wanted ? (await entry.load())(action) : new Command(entry.name);
  return command.description(entry.summary);
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
