import type { Caller } from '../core/principal.ts';
import { SERVER_INFO } from '../gateway/introduce.ts';
import { listenerLimits } from '../listener/section.ts';
import { serveStdio } from '../listener/stdio.ts';
import { assembleVeto } from '../main.ts';
import { untilAborted, type Io } from './io.ts';
import { EXIT, UsageError } from './output.ts';
import { settingsFor, type ConfigOptions } from './settings-for.ts';
import { surroundingsOf } from './surroundings.ts';

/** `veto stdio --config`: a gateway of its own, whose caller is whoever started the process. @returns the exit code */
export async function beGateway(io: Io, options: ConfigOptions & { readonly gateway: string }): Promise<number> {
  const { settings, notes } = settingsFor(options, io);
  for (const note of notes) io.err(`veto: ${note}\n`);
  if (!settings.gateways.some(({ name }) => name === options.gateway)) {
    const names = settings.gateways.map(({ name }) => `\`${name}\``).join(', ');
    throw new UsageError(`there is no gateway \`${options.gateway}\`; name one of ${names}`);
  }
  const veto = await assembleVeto(settings, surroundingsOf(io));
  const limits = listenerLimits(settings.listener);
  const about = { gateway: options.gateway, caller: localCaller(io), serverInfo: SERVER_INFO, limits };
  const server = serveStdio(about, veto.gateway, io.clock, io.input, io.output);
  void untilAborted(io.signal).then(() => server.close());
  await server.done;
  await veto.close();
  return EXIT.fine;
}

/** The operating system has authenticated the person who starts a process. */
function localCaller(io: Io): Caller {
  const principal = { id: `local:${io.user}`, kind: 'user', groups: [], roles: [], attributes: {} } as const;
  return { principal, keyId: null, authenticatedBy: 'local', isValid: () => true };
}
