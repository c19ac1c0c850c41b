/**
 * The door towards clients over HTTP. Enters: anything that a network can send. Leaves: requests whose origin, size,
 * form, headers and sender were checked, handed to the gateway (`Door`), and its answers in the client's own revision.
 * Must never happen here: a decision, a request handed on that was refused, a byte sent upstream, a wait without bound.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { Door } from '../gateway/door.ts';
import { Reception, type Counts, type ListenerPorts, type ListenerSettings } from './reception.ts';
import type { ListenerLimits } from './section.ts';

/** A listener at work. */
export interface Listener {
  readonly url: string;
  readonly port: number;
  /** What is open, for metrics. */
  counts(): Counts;
  /** Refuses new requests, ends streams gracefully, gives calls `drainMs`, then closes everything. */
  close(): Promise<void>;
}

/** Starts to listen. @throws Fault('config_invalid') when the address is not to be had */
export async function startListener(
  settings: ListenerSettings,
  door: Door,
  clock: Clock,
  ports: ListenerPorts,
): Promise<Listener> {
  const reception = new Reception(settings, door, clock, ports);
  const server = makeServer(settings.limits, (req, res) => void reception.serve(req, res));
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error): void => reject(noAddress(error, `${settings.host}:${settings.port}`));
    server.once('error', refuse);
    server.listen(settings.port, settings.host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
  reception.startSweeping();
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  const host = settings.host.includes(':') ? `[${settings.host.replace(/[[\]]/g, '')}]` : settings.host;
  return {
    url: `http://${host}:${port}`,
    port,
    counts: () => reception.counts(),
    async close() {
      await reception.drain();
      await closeServer(server);
    },
  };
}

/** By the code that the operating system gives, with what usually helps. */
const NO_ADDRESS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken; stop the program that listens there, or choose another port with `listen` or `--port`',
  EACCES: 'may not be used by this user; choose a port above 1023 with `listen` or `--port`',
  EADDRNOTAVAIL: 'is no address of this machine; correct `listen`',
  ENOTFOUND: 'has a host name that is not known here; correct `listen`',
};

function noAddress(error: NodeJS.ErrnoException, address: string): Fault {
  const why = NO_ADDRESS[error.code ?? ''] ?? `cannot be listened on: ${error.message}`;
  return new Fault('config_invalid', `the address \`${address}\` ${why}`, { cause: error });
}

function makeServer(limits: ListenerLimits, serve: (req: IncomingMessage, res: ServerResponse) => void): Server {
  // Node refuses a head that may take longer than the whole request.
  const headersTimeout = Math.min(limits.headerTimeoutMs, limits.bodyTimeoutMs);
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout,
      requestTimeout: limits.bodyTimeoutMs,
      keepAliveTimeout: limits.idleConnectionMs,
      connectionsCheckingInterval: Math.min(1000, headersTimeout),
      noDelay: true,
      insecureHTTPParser: false,
      requireHostHeader: true,
      rejectNonStandardBodyWrites: false,
    },
    serve,
  );
  server.timeout = limits.stalledMs;
  server.maxConnections = limits.connectionsMax;
  server.maxHeadersCount = 200;
  return server;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
