import type { Clock } from '../../core/clock.ts';
import type { Fault } from '../../core/fault.ts';
import type { Message } from '../../mcp/json-rpc.ts';
import type { UpstreamSettings } from '../upstream.ts';
import type { HttpOrigin } from './http-origin.ts';

/** A request on its way, as the wire that carries it sees it. */
export interface Errand {
  readonly id: number;
  readonly method: string;
  /** JSON text of the request. */
  readonly body: string;
  /** Mirrored headers of the modern era, name and value in turn; null on wires without headers. */
  readonly headers: readonly string[] | null;
  /** True once answered, failed or cancelled: whatever comes later is for nobody. */
  readonly settled: boolean;
  /** Set by wires with one stream per request: ends that stream. */
  abort: (() => void) | null;
  /** A message on the request's own stream. True when it is the answer; everything else counts as noise. */
  receive(message: Message): boolean;
  fail(fault: Fault): void;
}

/** What comes over a wire outside the stream of any one request. */
export interface WireEvents {
  /** True when it is the answer to a request, be it one that was given up; everything else counts as noise. */
  receive(message: Message): boolean;
  /**
   * A line or event larger than the limit was dropped; `id` is the request it answered, where that is certain.
   * True when it was an answer, as above.
   */
  dropped(id: number | null, bytes: number): boolean;
  /** Something unreadable or unasked for was ignored: for the operator. */
  ignored(why: string): void;
  /** The wire is gone for good. Called at most once, and not after `close()`. */
  closed(fault: Fault): void;
}

/** One way to speak to one upstream on behalf of one tenant. */
export interface Wire {
  readonly name: 'stdio' | 'sse' | 'streamable-http';
  /** Whether all requests share one stream, so that a request is cancelled by a message. */
  readonly shared: boolean;
  /** Whether the wire has headers to mirror a modern message in. */
  readonly mirrors: boolean;
  /** Resolves when requests can be sent. @throws Fault */
  open(deadlineMs: number): Promise<void>;
  /** Never throws: the errand hears of failures. */
  send(errand: Errand): void;
  /** Sends a notification or a response. Rejects with a Fault when it was not taken. */
  post(body: string): Promise<void>;
  /** The revision that was agreed on; null before. Later requests name it where the wire wants that. */
  agree(revision: string | null): void;
  /** Whether somebody listens to what the server says unasked (legacy Streamable HTTP: the GET stream). */
  stand(wanted: boolean): void;
  /** Ends it in good order, within the stop grace. Never rejects. */
  close(): Promise<void>;
  /** Process id of a child. */
  readonly pid: number | null;
  /** The last of what a child wrote to stderr. */
  stderrTail(): string;
}

export interface WirePorts {
  readonly clock: Clock;
  readonly jitter: () => number;
  readonly settings: UpstreamSettings;
  /** The sockets to an HTTP upstream, shared by its connections: what is private to a tenant is the session. */
  origin(): HttpOrigin;
}

/** One kind of wire: a row of the literal list in `transports.ts`. */
export interface Transport {
  readonly name: Wire['name'];
  create(ports: WirePorts, events: WireEvents): Wire;
}
