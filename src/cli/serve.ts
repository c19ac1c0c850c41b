import { Command, InvalidArgumentError } from 'commander';
import { serveVeto } from '../main.ts';
import type { Action } from './command.ts';
import { writeCompiledCode } from './compile-cache.ts';
import { untilAborted, type Io } from './io.ts';
import { EXIT, writeJson } from './output.ts';
import { settingsFor, type ConfigOptions } from './settings-for.ts';
import { surroundingsOf } from './surroundings.ts';

interface ServeOptions extends ConfigOptions {
  readonly port?: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  veto serve
  veto serve --config veto.yaml --port 8421

Stops on SIGTERM or Ctrl-C: new requests are refused, calls under way get time to end.`;

const PORT_MAX = 65_535;

/** `veto serve`: runs the gateway until it is told to stop. */
export function serveCommand(action: Action): Command {
  return new Command('serve')
    .option('--config <file>', 'configuration to read (default: veto.yaml here)')
    .option('--port <number>', 'port for agents; 0: any free one', portNumber)
    .option('--json', 'say on one line of JSON when it listens')
    .addHelpText('after', EXAMPLES)
    .action(action((io, options: ServeOptions) => serve(io, options)));
}

async function serve(io: Io, options: ServeOptions): Promise<number> {
  const { settings, notes } = settingsFor(options, io, options.port === undefined ? {} : { port: options.port });
  for (const note of notes) io.err(`${note}\n`);
  const serving = await serveVeto(settings, surroundingsOf(io));
  const { url } = serving.listener;
  const admin = `${serving.adminListener.url}/v1/admin`;
  if (options.json)
    writeJson(io, { url, admin, gateways: settings.gateways.map(({ name }) => `${url}/v1/mcp/${name}`) });
  else
    io.out(
      `veto listens on ${url}\n${settings.gateways.map(({ name }) => `  ${url}/v1/mcp/${name}\n`).join('')}  ${admin}/ for administrators\n`,
    );
  writeCompiledCode(io.clock);
  await untilAborted(io.signal);
  await serving.close();
  return EXIT.fine;
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= PORT_MAX)) throw new InvalidArgumentError(`a port is a number from 0 to ${PORT_MAX}.`);
  return port;
}
