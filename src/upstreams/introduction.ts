import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { RpcError } from '../core/exchange.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import type { ClientInfo } from '../mcp/client-request.ts';
import { isModernError, RPC } from '../mcp/json-rpc.ts';
import { isLegacyRevision, LEGACY_LATEST, META, MODERN_REVISION, type Era } from '../mcp/revisions.ts';
import { legacyDialect, modernDialect } from './dialect.ts';
import type { Peer } from './peer.ts';
import { HttpRefused } from './transports/wire-faults.ts';
import type { UpstreamAnswer } from './upstream.ts';

/** What a server says of itself. */
export interface Introduction {
  readonly era: Era;
  readonly revision: string;
  /** Null when a modern server does not implement `server/discover`: then everything is tried. */
  readonly capabilities: JsonObject | null;
  readonly serverInfo: JsonObject;
  readonly instructions: string | null;
}

/** `legacy` is a guess from silence or an error until `initialize` has succeeded. */
export type Probe =
  { readonly kind: 'modern'; readonly introduction: Introduction } | { readonly kind: 'legacy'; readonly why: string };

export interface Introducer {
  readonly clock: Clock;
  readonly clientInfo: ClientInfo;
}

/** A request of our own, heard by nobody. */
export function plainRequest(
  peer: Peer,
  method: string,
  params: JsonObject,
  deadlineMs: number,
): Promise<UpstreamAnswer> {
  const { answer } = peer.send({
    method,
    params,
    meta: {},
    capabilities: peer.declared,
    deadlineMs,
    signal: null,
    ear: null,
    mirrored: [],
  });
  return answer;
}

/**
 * Asks for the era with a modern request (2026-07-28, Versioning › Backward Compatibility). An error that only modern
 * servers send settles it; 401, 403, 429 and 5xx say nothing about it and are thrown.
 * @throws Fault
 */
export async function discover(peer: Peer, ports: Introducer, deadlineMs: number): Promise<Probe> {
  peer.dialect = modernDialect(MODERN_REVISION, ports.clientInfo);
  peer.wire.agree(MODERN_REVISION);
  try {
    let answer = await plainRequest(peer, 'server/discover', {}, deadlineMs);
    // Refused although it lists our revision: servers behind one address may differ while they are replaced.
    if (answer.kind === 'error' && listed(answer.error).includes(MODERN_REVISION)) {
      answer = await plainRequest(peer, 'server/discover', {}, deadlineMs);
    }
    return answer.kind === 'error' ? judgeError(answer.error) : judgeResult(answer.result);
  } catch (error) {
    if (error instanceof HttpRefused && isEvidence(error.status)) return { kind: 'legacy', why: error.message };
    throw error;
  }
}

function isEvidence(status: number): boolean {
  return status >= 400 && status <= 499 && status !== 401 && status !== 403 && status !== 407 && status !== 429;
}

function judgeError(error: RpcError): Probe {
  if (!isModernError(error.code)) return { kind: 'legacy', why: `\`server/discover\` failed with ${error.code}` };
  return byVersions(listed(error), error.message, null);
}

/** The revisions that an "unsupported version" error lists. */
function listed(error: RpcError): readonly unknown[] {
  if (error.code !== RPC.unsupportedVersion || !isObject(error.data)) return [];
  const supported = own(error.data, 'supported');
  return Array.isArray(supported) ? supported : [];
}

function judgeResult(result: JsonObject): Probe {
  const supported = own(result, 'supportedVersions');
  if (!Array.isArray(supported)) return { kind: 'legacy', why: '`server/discover` gave no `supportedVersions`' };
  return byVersions(supported, 'no common version', result);
}

/** A server that lists a legacy revision, and none of ours that is modern, is to be spoken to in that one. */
function byVersions(supported: readonly unknown[], message: string, result: JsonObject | null): Probe {
  if (result !== null && supported.includes(MODERN_REVISION))
    return { kind: 'modern', introduction: introduced(result) };
  if (supported.some(isLegacyRevision)) return { kind: 'legacy', why: 'it lists legacy revisions only' };
  const list = supported.slice(0, 8).map(String).join(', ').slice(0, 120);
  throw new Fault(
    'upstream_protocol',
    `the server is modern but speaks no revision of ours (${message}; it lists: ${list})`,
  );
}

function introduced(result: JsonObject): Introduction {
  const meta = own(result, '_meta');
  const info = isObject(meta) ? own(meta, META.serverInfo) : undefined;
  return { era: 'modern', revision: MODERN_REVISION, ...described(result), serverInfo: isObject(info) ? info : {} };
}

function described(result: JsonObject): Pick<Introduction, 'capabilities' | 'instructions'> {
  const capabilities = own(result, 'capabilities');
  const instructions = own(result, 'instructions');
  return {
    capabilities: isObject(capabilities) ? capabilities : {},
    instructions: typeof instructions === 'string' ? instructions : null,
  };
}

/** For a modern server by configuration that has no `server/discover`. */
export const UNKNOWN_MODERN: Introduction = {
  era: 'modern',
  revision: MODERN_REVISION,
  capabilities: null,
  serverInfo: {},
  instructions: null,
};

/** Thrown when a server refuses `initialize` with an error that only modern servers send. */
export class EraContradicted extends Fault {
  constructor(message: string) {
    super('upstream_protocol', message);
  }
}

/**
 * Opens a legacy session and settles the revision: the newest that both speak (2025-11-25, Lifecycle).
 * @throws Fault; EraContradicted
 */
export async function initialize(
  peer: Peer,
  ports: Introducer,
  capabilities: JsonObject,
  deadlineMs: number,
): Promise<Introduction> {
  peer.dialect = legacyDialect(LEGACY_LATEST);
  peer.declared = capabilities;
  peer.wire.agree(null);
  const params = { protocolVersion: LEGACY_LATEST, capabilities, clientInfo: { ...ports.clientInfo } };
  const answer = await plainRequest(peer, 'initialize', params, deadlineMs);
  if (answer.kind === 'error') {
    const { code, message } = answer.error;
    const text = `\`initialize\` was refused with ${code}: ${message.slice(0, 200)}`;
    throw isModernError(code) ? new EraContradicted(text) : new Fault('upstream_protocol', text);
  }
  const revision = own(answer.result, 'protocolVersion');
  if (!isLegacyRevision(revision)) {
    const named = typeof revision === 'string' ? revision.slice(0, 40) : typeof revision;
    throw new Fault(
      'upstream_protocol',
      `the server answered \`initialize\` with the revision \`${named}\`, which is unknown`,
    );
  }
  peer.dialect = legacyDialect(revision);
  peer.wire.agree(revision);
  await peer.wire.post(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
  const info = own(answer.result, 'serverInfo');
  return { era: 'legacy', revision, ...described(answer.result), serverInfo: isObject(info) ? info : {} };
}

/** Error codes after which a method counts as absent. */
export function isAbsent(error: RpcError): boolean {
  return error.code === RPC.methodNotFound;
}
