import type { Definition, PinState } from './definition.ts';
import type { JsonObject } from './json.ts';
import type { Caller } from './principal.ts';

/** What a method acts on. `none` for methods without a target (`logging/setLevel`, `ping`). */
export type Target =
  | { readonly kind: 'tool'; readonly name: string }
  | { readonly kind: 'prompt'; readonly name: string }
  | { readonly kind: 'resource'; readonly uri: string }
  /** `tool`: whose call became the task; empty in the client's naming. */
  | { readonly kind: 'task'; readonly id: string; readonly tool: string }
  | { readonly kind: 'none' };

/** What is known of the client. Name and version are its own claim and never identity. */
export interface Client {
  readonly name: string | null;
  readonly version: string | null;
  readonly era: 'legacy' | 'modern';
  /** Protocol revision spoken on this request, such as `2025-11-25`. */
  readonly revision: string;
  readonly transport: 'streamable-http' | 'sse' | 'stdio';
  /** Declared capabilities: of the session (legacy) or of this very request (modern). */
  readonly capabilities: JsonObject;
  /** IP address of the peer, or `local` for stdio. */
  readonly address: string;
  /** Public handle of the legacy session; null on stateless wires. Not the secret session id. */
  readonly session: string | null;
}

/** A request as it came in, parsed strictly. */
export interface Received {
  readonly id: string;
  readonly gateway: string;
  readonly method: string;
  readonly target: Target;
  /** Arguments of a tool or prompt; the whole params without `_meta` for other methods. */
  readonly arguments: JsonObject;
  readonly argumentsDigest: string;
  readonly client: Client;
  readonly receivedAtMs: number;
}

/** A request whose caller was recognised. */
export interface Authenticated extends Received {
  readonly caller: Caller;
}

/** A call whose upstream and definition are known. */
export interface Resolved extends Authenticated {
  /** Name of the upstream in the configuration. */
  readonly upstream: string;
  /** The target under the upstream's own name, which policy matches. */
  readonly upstreamTarget: Target;
  /** The pinned definition that is served; null where MCP has none (resource URI from a template, tasks). */
  readonly definition: Definition | null;
  readonly fingerprint: string | null;
  readonly pinState: PinState;
}
