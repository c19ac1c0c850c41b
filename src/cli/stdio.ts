import { Command } from 'commander';
import { parseReference, resolveReference } from '../config/secrets.ts';
import type { Caller } from '../core/principal.ts';
import { SERVER_INFO } from '../gateway/introduce.ts';
import { listenerLimits } from '../listener/section.ts';
import { serveStdio } from '../listener/stdio.ts';
import { assembleVeto } from '../main.ts';
import type { Action } from './command.ts';
import type { Io } from './io.ts';
import { EXIT, UsageError } from './output.ts';
import { surroundingsOf } from './serve.ts';
import { bridgeStdio } from './stdio-bridge.ts';
import { settingsFor, type ConfigOptions } from './settings-for.ts';

interface StdioOptions extends ConfigOptions {
  readonly gateway: string;
  readonly url?: string;
  readonly key?: string;
}

const EXAMPLES = `
Examples:
  veto stdio --config veto.yaml
  veto stdio --config veto.yaml --gateway team
  veto stdio --url http://127.0.0.1:8420                          (the key in the variable VETO_API_KEY)
  veto stdio --url https://mcp.example.com/v1/mcp/team --key file:veto.key

With --config this process is the gateway; with --url it is a pipe to one that runs elsewhere.`;

/** `veto stdio`: speaks MCP on standard input and output, for clients that start processes. */
export function stdioCommand(action: Action): Command {
  return new Command('stdio')
    .description('speak MCP on standard input and output')
    .option('--config <file>', 'configuration to read (default: veto.yaml here)')
    .option('--url <address>', 'a running gateway to be a pipe to')
    .option('--key <key>', 'API key for it, as it is or as env:NAME or file:PATH (default: env:VETO_API_KEY)')
    .option('--gateway <name>', 'the gateway to be, or to reach when the address names none', 'default')
    .addHelpText('after', EXAMPLES)
    .action(action((io, options: StdioOptions) => (options.url === undefined ? beGateway : bePipe)(io, options)));
}

async function bePipe(io: Io, options: StdioOptions): Promise<number> {
  if (options.config !== undefined) throw new UsageError('`--config` and `--url` exclude each other; give one of them');
  const url = endpointOf(options.url ?? '', options.gateway);
  const key = keyOf(options.key ?? 'env:VETO_API_KEY', io);
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    io.err(`veto: the key and all calls go to ${url.host} unencrypted; use an https address\n`);
  }
  const { input, output, clock, signal } = io;
  const jitter = (): number => io.random();
  const report = (sentence: string): void => io.err(`veto: ${sentence}\n`);
  const leave = io.stay();
  await bridgeStdio({ url, key }, { input, output, clock, signal, jitter, report });
  leave();
  return EXIT.fine;
}

/** The MCP endpoint: the address as given, or that of the gateway when it has no path. */
function endpointOf(text: string, gateway: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`\`${text}\` is no address of a gateway; write one such as http://127.0.0.1:8420`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('the address carries a name or a password; give the API key with `--key` instead');
  }
  if (url.pathname === '/') url.pathname = `/v1/mcp/${encodeURIComponent(gateway)}`;
  url.hash = '';
  return url;
}

function keyOf(text: string, io: Io): string {
  const reference = parseReference(text);
  const found = reference === null ? { ok: true as const, text } : resolveReference(reference, io);
  if (!found.ok) throw new UsageError(`no API key: ${found.what}; set it, or give \`--key\``);
  if (!/^[\x21-\x7e]+$/.test(found.text)) throw new UsageError('the API key has characters that no key has');
  return found.text;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** A gateway of its own: whoever started the process is the caller. */
async function beGateway(io: Io, options: StdioOptions): Promise<number> {
  const { settings } = settingsFor(options, io);
  if (!settings.gateways.some(({ name }) => name === options.gateway)) {
    const names = settings.gateways.map(({ name }) => `\`${name}\``).join(', ');
    throw new UsageError(`there is no gateway \`${options.gateway}\`; name one of ${names}`);
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
