import type { Cancellation } from '../core/cancellation.ts';
import type { Definition } from '../core/definition.ts';
import type { RpcError } from '../core/exchange.ts';
import type { JsonObject } from '../core/json.ts';
import type { Permit } from '../core/permit.ts';

/** Which server→client requests the operator lets through to clients of this upstream. */
export interface Relay {
  readonly sampling: boolean;
  readonly elicitation: boolean;
  readonly roots: boolean;
}

/** One configured upstream, secrets resolved. */
export interface UpstreamSettings {
  readonly name: string;
  readonly transport: 'stdio' | 'streamable-http' | 'sse' | 'auto';
  readonly command: string | null;
  readonly args: readonly string[];
  readonly cwd: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly url: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly era: 'auto' | 'modern' | 'legacy';
  readonly isolation: 'session' | 'principal' | 'shared';
  readonly roots: readonly string[];
  readonly relay: Relay;
  readonly timeoutMs: number;
  readonly limits: UpstreamLimits;
}

/** What one upstream may cost. Units last; defaults and descriptions in `section.ts`. */
export interface UpstreamLimits {
  readonly resultBytesMax: number;
  readonly resultDepthMax: number;
  readonly lineBytesMax: number;
  readonly eventBytesMax: number;
  readonly noiseBytesPerSecondMax: number;
  readonly toolsMax: number;
  readonly listItemsMax: number;
  readonly listPagesMax: number;
  readonly catalogueBytesMax: number;
  readonly catalogueTtlMs: number;
  readonly stderrBytesMax: number;
  readonly childrenMax: number;
  readonly connectionsMax: number;
  readonly socketsMax: number;
  readonly inFlightMax: number;
  readonly queueMax: number;
  readonly asksMax: number;
  readonly idleMs: number;
  readonly startTimeoutMs: number;
  readonly probeTimeoutMs: number;
  readonly stopGraceMs: number;
  readonly backOffMs: number;
  readonly backOffMaxMs: number;
}

/**
 * Whose connection it is. Connections (processes, upstream sessions) are never shared between two different keys.
 * Built by the gateway from isolation and relay: principal id, or session handle, or empty for `shared`.
 */
export interface Tenant {
  readonly key: string;
  /** Client capabilities ∩ relay, declared to a legacy upstream at `initialize`, per request to a modern one. */
  readonly capabilities: JsonObject;
  /** Protocol extensions that this request's client declared and Veto understands; modern upstreams are told. */
  readonly extensions?: JsonObject;
}

/** What an upstream offers, as last fetched. Immutable; a change makes a new one. */
export interface Catalogue {
  readonly era: 'legacy' | 'modern';
  readonly revision: string;
  readonly capabilities: JsonObject;
  readonly serverInfo: JsonObject;
  readonly instructions: string | null;
  readonly tools: readonly Definition[];
  readonly prompts: readonly Definition[];
  readonly resources: readonly Definition[];
  readonly templates: readonly Definition[];
  /** Grows with each fetch that brought a different content. */
  readonly version: number;
}

/** The gateway's ears during one forwarded call. */
export interface CallPorts {
  readonly signal: Cancellation;
  /** Absolute, on the monotonic clock. */
  readonly deadlineMs: number;
  /** True when the client wants progress; the upstream gets a token of our own. */
  readonly wantsProgress: boolean;
  /** Progress (token removed), log messages and other notifications that belong to this call. */
  notify(method: string, params: JsonObject): void;
  /** A server→client request from a legacy upstream during this call. Rejects when it may not be relayed. */
  ask(method: string, params: JsonObject, signal: Cancellation): Promise<JsonObject>;
  /** Modern `_meta` that may go upstream: log level, trace context. */
  readonly meta: JsonObject;
}

export type UpstreamAnswer =
  { readonly kind: 'result'; readonly result: JsonObject } | { readonly kind: 'error'; readonly error: RpcError };

/** Change notices of an upstream, outside any call. */
export interface Ears {
  listChanged(kind: 'tools' | 'prompts' | 'resources'): void;
  resourceUpdated(uri: string): void;
  /** `notifications/message` outside a call, and elicitation completion. */
  other(method: string, params: JsonObject): void;
}

/** One subscriber's hold on an upstream; it survives lost connections and changes of the configuration. */
export interface Subscription {
  /** Asks for `notifications/resources/updated` of these URIs from now on (the whole set, not a change). */
  setResources(uris: readonly string[]): Promise<void>;
  setLogLevel(level: string): Promise<void>;
  close(): void;
}

/** All configured upstreams with their live connections: the door of this room. */
export interface Upstreams {
  names(): readonly string[];
  settings(upstream: string): UpstreamSettings | null;
  /** The catalogue if it is at hand and fresh: what nearly every call finds, without waiting. */
  known(upstream: string, tenant: Tenant): Catalogue | null;
  /** Replaces the configuration: unchanged upstreams keep their connections, changed and absent ones lose them. */
  configure(settings: readonly UpstreamSettings[]): void;
  /** Fetched when missing, stale or announced as changed. @throws Fault when the upstream is not to be had */
  catalogue(upstream: string, tenant: Tenant): Promise<Catalogue>;
  /** Sends exactly what was judged. @throws Fault(`upstream_*`, `result_too_large`, `cancelled`) */
  forward(permit: Permit, tenant: Tenant, ports: CallPorts): Promise<UpstreamAnswer>;
  /** Change notices for one tenant. Closing the last subscription lets the connection idle out. */
  subscribe(upstream: string, tenant: Tenant, ears: Ears): Subscription;
  /** Ends connections of a tenant (revoked key, closed session). */
  release(tenant: Tenant): void;
  /** Kills and starts anew; for `veto upstreams restart`. */
  restart(upstream: string): Promise<void>;
  /** Last stderr, era, pid, state: for `veto upstreams test` and readiness. */
  status(upstream: string): UpstreamStatus;
  close(): Promise<void>;
}

/** How an upstream is doing. */
export interface UpstreamStatus {
  readonly state: 'idle' | 'connecting' | 'ready' | 'backing-off' | 'failed';
  readonly transport: string | null;
  readonly era: 'legacy' | 'modern' | null;
  readonly connections: number;
  /** Milliseconds from the start of the last connection to the server's introduction; null before the first. */
  readonly greetedMs: number | null;
  /** Process ids of live children. */
  readonly pids: readonly number[];
  readonly lastError: string | null;
  readonly stderrTail: string;
  readonly restarts: number;
  /** What the operator should know: dropped tools, cut lists, noise on a pipe. The newest last, bounded. */
  readonly notes: readonly string[];
}
