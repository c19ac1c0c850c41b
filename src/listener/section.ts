import { z } from 'zod';

function limit(unit: string, standard: number, says: string, min = 1): z.ZodDefault<z.ZodNumber> {
  return z.number().int().min(min).max(Number.MAX_SAFE_INTEGER).default(standard).describe(`${says} Unit: ${unit}.`);
}

const KiB = 1024;
const MiB = 1024 * KiB;

/** The section `listener` of the configuration: every limit of the door towards clients. */
export const listenerSection = z.strictObject({
  allowed_origins: z
    .array(z.string())
    .default([])
    .describe('Origins of web pages that may call, beside `public_url` and, on a loopback address, local ones.'),
  allowed_hosts: z
    .array(z.string())
    .default([])
    .describe('Host names accepted on a loopback address, beside the local ones and that of `public_url`.'),
  body_bytes_max: limit('bytes', 4 * MiB, 'Largest request body.'),
  body_bytes_total_max: limit('bytes', 256 * MiB, 'All request bodies being received at one time.'),
  json_depth_max: limit('levels', 64, 'Deepest nesting of a request body.'),
  header_bytes_max: limit('bytes', 32 * KiB, 'Largest request head.'),
  header_timeout_ms: limit('milliseconds', 10_000, 'Time for a client to send the request head.'),
  body_timeout_ms: limit('milliseconds', 30_000, 'Time for a client to send the whole request.'),
  stalled_ms: limit('milliseconds', 180_000, 'Time without a byte in either direction, then the connection is cut.'),
  idle_connection_ms: limit('milliseconds', 65_000, 'Time that a connection without a request stays open.'),
  connections_max: limit('connections', 4096, 'Open connections.'),
  in_flight_max: limit('requests', 1024, 'Requests being answered at one time.'),
  in_flight_per_principal_max: limit('requests', 512, 'Requests of one principal being answered at one time.'),
  streams_max: limit('streams', 4096, 'Open event streams that belong to no call.'),
  streams_per_principal_max: limit('streams', 512, 'Open event streams of one principal that belong to no call.'),
  streams_per_session_max: limit('streams', 4, 'Open GET streams of one session; the oldest gives way.'),
  stream_buffer_bytes_max: limit('bytes', MiB, 'Unread bytes of an event stream, then a slow reader is cut off.'),
  unsent_bytes_total_max: limit('bytes', 256 * MiB, 'Bytes of answers, all together, that clients leave unread.'),
  unsent_bytes_per_principal_max: limit(
    'bytes',
    128 * MiB,
    'Bytes of answers that the clients of one principal leave unread; the answer beyond it is cut off.',
  ),
  stream_after_ms: limit('milliseconds', 10_000, 'Time after which an unanswered call becomes an event stream.'),
  keep_alive_ms: limit('milliseconds', 15_000, 'Quiet time of an event stream before a comment is sent.'),
  sessions_max: limit('sessions', 10_000, 'Sessions of the revisions that have them.'),
  sessions_per_principal_max: limit('sessions', 256, 'Sessions of one principal; the longest idle one gives way.'),
  session_idle_ms: limit('milliseconds', 1_800_000, 'Time after which a session without an open request ends.'),
  session_calls_max: limit('requests', 256, 'Requests of one session being answered at one time.'),
  asks_max: limit('requests', 32, 'Unanswered requests to the client of one session.'),
  batch_max: limit('messages', 50, 'Messages in one JSON-RPC batch (revision 2025-03-26 only).'),
  replay_events_max: limit('events', 256, 'Events kept per session for a client that reconnects.', 0),
  replay_bytes_max: limit('bytes', 256 * KiB, 'Bytes of events kept per session.', 0),
  replay_bytes_total_max: limit('bytes', 64 * MiB, 'Bytes of events kept for all sessions.', 0),
  replay_ms: limit('milliseconds', 120_000, 'Time for which events are kept.', 0),
  flood_per_second_max: limit('requests per second', 10_000, 'Steady rate of one API key or principal.'),
  flood_burst_max: limit('requests', 20_000, 'Requests of one API key or principal at once.'),
  failed_authentications_per_second_max: limit('requests per second', 5, 'Rate of wrong or missing keys per address.'),
  failed_authentications_burst_max: limit('requests', 50, 'Wrong or missing keys of one address at once.'),
  evaluation_body_bytes_max: limit('bytes', 256 * KiB, 'Largest call of an evaluation.'),
  evaluation_ms_per_second_max: limit(
    'milliseconds per second',
    100,
    'Processor time that the evaluations of one API key may take.',
  ),
  evaluation_burst_ms_max: limit('milliseconds', 2_000, 'Such processor time at once.'),
  drain_ms: limit('milliseconds', 10_000, 'Time that calls get to end when the gateway stops.', 0),
});

export type ListenerSection = z.infer<typeof listenerSection>;

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

/** The section in the code's own spelling: `body_bytes_max` is `bodyBytesMax`. */
export type ListenerLimits = {
  readonly [Key in keyof ListenerSection as Camel<Key>]: Readonly<ListenerSection[Key]>;
};

/** Fills in what is missing. @throws z.ZodError for unknown keys and values out of range */
export function listenerLimits(section: Partial<ListenerSection> = {}): ListenerLimits {
  const full = listenerSection.parse(section);
  const entries = Object.entries(full).map(([key, value]) => [camel(key), value]);
  return Object.fromEntries(entries) as ListenerLimits; // the mapped type says the same as `camel`
}

function camel(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
