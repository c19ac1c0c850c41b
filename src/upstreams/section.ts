import { z } from 'zod';
import { TRANSPORTS } from './transports.ts';
import type { UpstreamLimits } from './upstream.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

const count = (described: string, standard: number, min = 1) => z.int().min(min).default(standard).describe(described);

/** Limits of one upstream, as written under `limits:`. */
export const upstreamLimitsSection = z.strictObject({
  result_bytes_max: count('Bytes of one answer.', 8 * MIB),
  result_depth_max: count('Nesting of arrays and objects in one message.', 128),
  line_bytes_max: count('Bytes of one line that a child process writes; a longer one is dropped.', 16 * MIB),
  event_bytes_max: count('Bytes of one server-sent event.', 16 * MIB),
  noise_bytes_per_second_max: count(
    'Bytes per second of anything that is no answer (progress, logs, junk), with a burst of eight seconds; ' +
      'above it the upstream floods and is cut off. What is not even read (stderr, comments, blank lines, the rest ' +
      'of a line that is too long) counts a sixteenth, and each line of it 16 bytes: by default 16 MiB or 65 536 ' +
      'lines a second.',
    MIB,
  ),
  tools_max: count('Tools in the catalogue; the rest is left out and noted.', 1000),
  list_items_max: count('Prompts, resources and templates in the catalogue, each; the rest is left out.', 10_000),
  list_pages_max: count('Pages of one list.', 100),
  catalogue_bytes_max: count('Bytes of all lists together, after which no further page is fetched.', 32 * MIB),
  catalogue_ttl_ms: count('Milliseconds after which lists are fetched again; a server may ask for less.', 60_000),
  stderr_bytes_max: count('Bytes of the end of stderr that are kept.', 16 * KIB),
  children_max: count('Child processes of this upstream at the same time.', 64),
  connections_max: count('Connections (sessions or processes) to this upstream at the same time.', 256),
  sockets_max: count('HTTP requests to this upstream at the same time.', 512),
  in_flight_max: count('Calls at the same time on one connection.', 64),
  queue_max: count('Calls that wait for their turn on one connection; one more is refused at once.', 256, 0),
  asks_max: count('Requests of the server to the client at the same time during one call.', 8),
  idle_ms: count('Milliseconds without use after which a connection is closed.', 600_000),
  start_timeout_ms: count('Milliseconds that starting and greeting a server may take.', 60_000),
  probe_timeout_ms: count('Milliseconds that the probe for the era waits before the other era is tried.', 10_000),
  stop_grace_ms: count('Milliseconds between closing stdin, SIGTERM and SIGKILL.', 2000),
  back_off_ms: count('Milliseconds before the second attempt after a failure; doubles with each.', 500),
  back_off_max_ms: count('Milliseconds that the wait between attempts grows to.', 30_000),
});

type Snake<T> = T extends `${infer Head}${infer Tail}`
  ? Tail extends Uncapitalize<Tail>
    ? `${Head}${Snake<Tail>}`
    : `${Head}_${Uncapitalize<Snake<Tail>>}`
  : T;

/** One entry under `upstreams:`. Values of `env` and `headers` may be references; the loader resolves them. */
export const upstreamSection = z.strictObject({
  transport: z
    .enum([...TRANSPORTS.map(({ name }) => name), 'auto'])
    .default('auto')
    .describe('How the server is reached.'),
  command: z.string().min(1).nullable().default(null).describe('Program to start, for `stdio`.'),
  args: z.array(z.string()).default([]).describe('Its arguments.'),
  cwd: z.string().nullable().default(null).describe('Its working directory; the one of the gateway when absent.'),
  env: z
    .record(z.string(), z.string())
    .default({})
    .describe('Its environment besides PATH and HOME; behind a proxy perhaps `HTTPS_PROXY` and `NODE_EXTRA_CA_CERTS`.'),
  url: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .describe('Endpoint, for HTTP transports.'),
  headers: z.record(z.string(), z.string()).default({}).describe('Headers of every request, such as a credential.'),
  era: z.enum(['auto', 'modern', 'legacy']).default('auto').describe('Pins the protocol era; `auto` probes.'),
  isolation: z
    .enum(['session', 'principal', 'shared'])
    .default('principal')
    .describe('Who shares a connection: nobody, the sessions of one principal, or everybody.'),
  roots: z.array(z.string()).default([]).describe('Directories that path checks take for allowed.'),
  relay: z
    .strictObject({
      sampling: z.boolean().default(false).describe('Let the server use the model of the client.'),
      elicitation: z.boolean().default(false).describe('Let the server ask the user.'),
      roots: z.boolean().default(false).describe('Tell the server the roots of the client.'),
    })
    .prefault({})
    .describe('What the server may ask of clients.'),
  timeout_ms: count('Milliseconds that one call may take.', 60_000),
  limits: upstreamLimitsSection.prefault({}).describe('Limits of this upstream.'),
});

/** The same limits under the names of the code. */
export function readLimits(section: z.output<typeof upstreamLimitsSection>): UpstreamLimits {
  const entries = Object.entries(section).map(([key, value]) => [
    key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  // The keys are those of the section in camel case: `Renamed` makes the compiler compare the two.
  return Object.fromEntries(entries) as Renamed;
}

/** No limits when the section and the interface do not name the same ones: then `readLimits` does not compile. */
type Renamed =
  Same<Record<Snake<keyof UpstreamLimits>, number>, z.output<typeof upstreamLimitsSection>> extends true
    ? UpstreamLimits
    : 'the limits of the section and of the interface differ';
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** The limits that hold when nothing is configured. */
export const DEFAULT_LIMITS: UpstreamLimits = readLimits(upstreamLimitsSection.parse({}));
