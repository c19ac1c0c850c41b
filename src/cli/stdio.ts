import { Command } from 'commander';
import type { Caller } from '../core/principal.ts';
import { SERVER_INFO } from '../gateway/introduce.ts';
import { listenerLimits } from '../listener/section.ts';
import { serveStdio } from '../listener/stdio.ts';
import { assembleVeto } from '../main.ts';
import type { Action } from './command.ts';
import type { Io } from './io.ts';
import { EXIT, UsageError } from './output.ts';
import { surroundingsOf } from './serve.ts';
import { settingsFor, type ConfigOptions } from './settings-for.ts';

interface StdioOptions extends ConfigOptions {
  readonly gateway: string;
}

const EXAMPLES = `
Examples:
  veto stdio --config veto.yaml
  veto stdio --config veto.yaml --gateway team`;

/** `veto stdio`: speaks MCP on standard input and output, for clients that start processes. */
export function stdioCommand(action: Action): Command {
  return new Command('stdio')
    .description('speak MCP on standard input and output')
    .option('--config <file>', 'configuration to read (default: veto.yaml here)')
    .option('--gateway <name>', 'the gateway to be', 'default')
    .addHelpText('after', EXAMPLES)
    .action(action((io, options: StdioOptions) => beGateway(io, options)));
}

/** A gateway of its own: whoever started the process is the caller. */
async function beGateway(io: Io, options: StdioOptions): Promise<number> {
  const { settings } = settingsFor(options, io);
  if (!settings.gateways.some(({ name }) => name === options.gateway)) {
    throw new UsageError(`there is no gateway \`${options.gateway}\`; name one of ${settings.gateways.map(({ name }) => `\`${name}\``).join(', ')}`);
  }
  const veto = await assembleVeto(settings, surroundingsOf(io));
  const limits = listenerLimits(settings.listener);
  const about = { gateway: options.gateway, caller: localCaller(io), serverInfo: SERVER_INFO, limits };
  const server = serveStdio(about, veto.gateway, io.clock, io.input, io.output);
  io.signal.addEventListener('abort', () => void server.close(), { once: true });
  await server.done;
  await veto.close();
  return EXIT.fine;
}

/** The operating system has authenticated the person who starts a process. */
function localCaller(io: Io): Caller {
  const principal = { id: `local:${io.user}`, kind: 'user', groups: [], roles: [], attributes: {} } as const;
  return { principal, keyId: null, authenticatedBy: 'local', isValid: () => true };
}
