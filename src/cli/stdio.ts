import { Command } from 'commander';
import { parseReference, resolveReference } from '../config/secrets.ts';
import type { Action } from './command.ts';
import type { Io } from './io.ts';
import { EXIT, UsageError } from './output.ts';
import type { ConfigOptions } from './settings-for.ts';

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
    .option('--config <file>', 'configuration to read (default: veto.yaml here)')
    .option('--url <address>', 'a running gateway to be a pipe to')
    .option('--key <key>', 'API key for it, as it is or as env:NAME or file:PATH (default: env:VETO_API_KEY)')
    .option('--gateway <name>', 'the gateway to be, or to reach when the address names none', 'default')
    .addHelpText('after', EXAMPLES)
    .action(
      // A pipe is started by every client anew, and needs next to nothing of what a gateway needs.
      action(async (io, options: StdioOptions) => {
        if (options.url !== undefined) return bePipe(io, options);
        return (await import('./stdio-gateway.ts')).beGateway(io, options);
      }),
    );
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
  const { bridgeStdio } = await import('./stdio-bridge.ts');
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
