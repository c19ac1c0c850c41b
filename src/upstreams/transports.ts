import { sse } from './transports/sse.ts';
import { stdio } from './transports/stdio.ts';
import { streamableHttp } from './transports/streamable-http.ts';
import type { Transport } from './transports/wire.ts';

/** Every way to reach an upstream. A new one is one file and one line here. */
export const TRANSPORTS = [stdio, streamableHttp, sse] as const satisfies readonly Transport[];

export type TransportName = (typeof TRANSPORTS)[number]['name'];

/** The transport of that name. */
export function transportNamed(name: TransportName): Transport {
  const found = TRANSPORTS.find((transport) => transport.name === name);
  if (found === undefined) throw new TypeError(`there is no transport \`${name}\``);
  return found;
}
