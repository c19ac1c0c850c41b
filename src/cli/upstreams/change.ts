import { Option, type Command } from 'commander';
import type { Action } from '../command.ts';
import type { Io } from '../io.ts';
import { printable, UsageError, writeJson } from '../output.ts';
import type { JsonObject } from '../../core/json.ts';
import { addUpstream, removeUpstream } from './edit-config.ts';

interface ChangeOptions {
  readonly config: string;
  readonly json?: boolean;
}

interface AddOptions extends ChangeOptions {
  readonly gateway: readonly string[];
  readonly url?: string;
  readonly transport?: string;
  readonly era?: string;
  readonly isolation?: string;
  readonly header: readonly string[];
  readonly env: readonly string[];
  readonly root: readonly string[];
}

const LATER = 'a gateway that runs takes it up when it is started again';

const ADD_EXAMPLES = `
Examples:
  veto upstreams add files --root ./docs -- npx -y @modelcontextprotocol/server-filesystem ./docs
  veto upstreams add db --url https://db.example.com/mcp --header "Authorization=Bearer env:DB_TOKEN"`;

/** `veto upstreams add` and `remove`: change veto.yaml and keep the rest of it, comments included. */
export function addChangeCommands(upstreams: Command, action: Action): void {
  const collect = (value: string, before: readonly string[]): string[] => [...before, value];
  upstreams
    .command('add')
    .argument('<name>')
    .argument('[command...]', 'program and arguments of a server that is started, after `--`')
    .description('add a server to veto.yaml')
    .option('--config <file>', 'configuration to change', 'veto.yaml')
    .option('--gateway <name>', 'a gateway that serves it; may be repeated (default: default)', collect, [])
    .option('--url <address>', 'endpoint of a server that is reached over HTTP')
    .addOption(new Option('--transport <kind>').choices(['stdio', 'streamable-http', 'sse', 'auto']))
    .addOption(new Option('--era <era>', 'of the protocol').choices(['auto', 'modern', 'legacy']))
    .addOption(new Option('--isolation <kind>', 'who shares a connection').choices(['session', 'principal', 'shared']))
    .option('--header <name=value>', 'header of every request, a secret as env:NAME; may be repeated', collect, [])
    .option('--env <name=value>', 'variable of the program, a secret as env:NAME; may be repeated', collect, [])
    .option('--root <folder>', 'a folder that path checks allow; may be repeated', collect, [])
    .option('--json', 'for machines')
    .addHelpText('after', ADD_EXAMPLES)
    .action(action((io, options: AddOptions, ...args: string[]) => add(io, options, args.flat())));
  upstreams
    .command('remove')
    .argument('<name>')
    .description('remove a server from veto.yaml and from every gateway')
    .option('--config <file>', 'configuration to change', 'veto.yaml')
    .option('--json', 'for machines')
    .addHelpText('after', '\nExample:\n  veto upstreams remove files')
    .action(
      action(async (io, options: ChangeOptions, name: string) => {
        await removeUpstream(io, options.config, name);
        if (options.json) return writeJson(io, { removed: name, config: options.config });
        io.out(`removed \`${printable(name)}\` from \`${options.config}\`; ${LATER}\n`);
      }),
    );
}

async function add(io: Io, options: AddOptions, [name = '', command, ...args]: readonly string[]): Promise<void> {
  if ((command === undefined) === (options.url === undefined)) {
    throw new UsageError('give either `--url` or, after `--`, the program that is the server');
  }
  const gateways = options.gateway.length === 0 ? ['default'] : options.gateway;
  await addUpstream(io, options.config, name, entryOf(options, command, args), gateways);
  if (options.json) return writeJson(io, { added: name, config: options.config, gateways });
  const shown = printable(name);
  io.out(`added \`${shown}\` to \`${options.config}\`; try it with \`veto upstreams test ${shown}\`, ${LATER}\n`);
}

function entryOf(options: AddOptions, command: string | undefined, args: readonly string[]): JsonObject {
  const { url, transport, era, isolation, header, env, root } = options;
  return {
    ...(transport === undefined ? {} : { transport }),
    ...(url === undefined ? {} : { url }),
    ...(command === undefined ? {} : { command }),
    ...(args.length === 0 ? {} : { args: [...args] }),
    ...(header.length === 0 ? {} : { headers: pairs(header) }),
    ...(env.length === 0 ? {} : { env: pairs(env) }),
    ...(root.length === 0 ? {} : { roots: [...root] }),
    ...(era === undefined ? {} : { era }),
    ...(isolation === undefined ? {} : { isolation }),
  };
}

function pairs(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined) {
        throw new UsageError(`\`${text}\` is no pair; write NAME=VALUE, and a secret as NAME=env:VARIABLE`);
      }
      return [name, value];
    }),
  );
}
