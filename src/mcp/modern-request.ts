import type { Client } from '../core/call.ts';
import type { RpcError } from '../core/exchange.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import { decodeHeaderValue, mirroredValue, nameOf, type MirroredParam } from './headers.ts';
import { RPC, type Message } from './json-rpc.ts';
import { isModernMethod, mustBeNamed } from './methods.ts';
import { isLegacyRevision, LEGACY_REVISIONS, META, MODERN_REVISION } from './revisions.ts';

type Request = Extract<Message, { kind: 'request' }>;

/** Header names in lower case with their values; a value is absent when the header is. */
export type HeaderValues = Readonly<Record<string, string | string[] | undefined>>;

/** Every revision that is spoken here, newest first, as `server/discover` and -32022 tell it. */
const SUPPORTED_REVISIONS: readonly string[] = [MODERN_REVISION, ...LEGACY_REVISIONS.toReversed()];

/** Why a request of the 2026-07-28 wire is refused before anybody judges it. */
export interface Rejected {
  readonly httpStatus: 400 | 404;
  readonly error: RpcError;
}

/** What a well-formed request says of its client. */
export interface ModernMeta {
  readonly name: string | null;
  readonly version: string | null;
  readonly capabilities: JsonObject;
  /** Whether `notifications/message` may be sent for this request (Logging). */
  readonly wantsLog: boolean;
}

/**
 * Whether a request opens on the 2026-07-28 wire (Versioning › Backward Compatibility): by its `_meta`, by the method
 * that only this wire has, or by a revision in the header that no earlier wire knows.
 */
export function isModernRequest(method: string, params: JsonObject, headerRevision: string | undefined): boolean {
  if (method === 'server/discover') return true;
  const meta = own(params, '_meta');
  if (isObject(meta) && Object.hasOwn(meta, META.protocolVersion)) return true;
  return headerRevision !== undefined && !isLegacyRevision(headerRevision);
}

/** Reads and checks the `_meta` that every request carries; the order of checks is that of the specification. */
export function readModernMeta(request: Request): ModernMeta | Rejected {
  const meta = own(request.params, '_meta');
  const fields = isObject(meta) ? meta : {};
  const capabilities = own(fields, META.clientCapabilities);
  if (typeof own(fields, META.protocolVersion) !== 'string') return missing(META.protocolVersion);
  if (!isObject(capabilities)) return missing(META.clientCapabilities);
  const info = own(fields, META.clientInfo);
  const named = isObject(info) ? info : {};
  return {
    name: textOrNull(own(named, 'name')),
    version: textOrNull(own(named, 'version')),
    capabilities,
    wantsLog: typeof own(fields, META.logLevel) === 'string',
  };
}

/** Refuses revisions and methods that are not spoken here. Comes after the headers were checked. */
export function checkModernMethod(request: Request): Rejected | null {
  const meta = own(request.params, '_meta');
  const requested = isObject(meta) ? own(meta, META.protocolVersion) : undefined;
  if (requested !== MODERN_REVISION) {
    const data = { supported: [...SUPPORTED_REVISIONS], requested: String(requested) };
    return { httpStatus: 400, error: { code: RPC.unsupportedVersion, message: 'unsupported protocol version', data } };
  }
  if (isModernMethod(request.method)) return null;
  const error = {
    code: RPC.methodNotFound,
    message: `there is no method \`${shorten(request.method)}\` in this revision`,
  };
  const hint = request.method === 'initialize' ? { data: { supported: [...SUPPORTED_REVISIONS] } } : {};
  return { httpStatus: 404, error: { ...error, ...hint } };
}

/** The headers that mirror the body (Streamable HTTP › Server Validation): present, well-formed and equal. */
export function checkModernHeaders(request: Request, headers: HeaderValues): Rejected | null {
  const meta = own(request.params, '_meta');
  const revision = isObject(meta) ? own(meta, META.protocolVersion) : undefined;
  if (trimmed(headers['mcp-protocol-version']) !== revision) return mismatch('MCP-Protocol-Version');
  if (trimmed(headers['mcp-method']) !== request.method) return mismatch('Mcp-Method');
  const name = nameOf(request.method, request.params);
  const header = headers['mcp-name'];
  if (name === null) return header !== undefined && mustBeNamed(request.method) ? mismatch('Mcp-Name') : null;
  return typeof header === 'string' && decodeHeaderValue(header) === name ? null : mismatch('Mcp-Name');
}

/** The `Mcp-Param-…` headers that the tool's schema asks for (› Server Behavior for Custom Headers). */
export function checkMirroredParams(
  params: readonly MirroredParam[],
  args: JsonObject,
  headers: HeaderValues,
): Rejected | null {
  for (const param of params) {
    const raw = headers[param.header];
    const value = mirroredValue(param, args);
    if (raw === undefined && value === null) continue;
    const text = typeof raw === 'string' ? decodeHeaderValue(raw) : null;
    if (text === null || value === null) return mismatch(param.header);
    const same = typeof value === 'number' ? isSameNumber(text, value) : text === String(value);
    if (!same || typeof value === 'object') return mismatch(param.header);
  }
  return null;
}

const DECIMAL = /^-?\d{1,16}(?:\.\d{1,16})?$/;

function isSameNumber(text: string, value: number): boolean {
  return DECIMAL.test(text) && Number(text) === value;
}

function trimmed(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value.trim() : undefined;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function missing(key: string): Rejected {
  const message = `\`params._meta\` lacks \`${key}\`, which every request of ${MODERN_REVISION} carries`;
  return { httpStatus: 400, error: { code: RPC.invalidParams, message } };
}

function mismatch(header: string): Rejected {
  const message = `the header \`${header}\` is missing, malformed or differs from the body`;
  return { httpStatus: 400, error: { code: RPC.headerMismatch, message } };
}

const NAME_SHOWN_MAX = 80;

/** A name from outside, short enough for a message. */
export function shorten(name: string): string {
  return name.length <= NAME_SHOWN_MAX ? name : `${name.slice(0, NAME_SHOWN_MAX)}…`;
}

/** The result of `server/discover`: the gateway's own revisions, whatever the upstreams speak. */
export function discovery(capabilities: JsonObject, instructions: string | null): JsonObject {
  const result: JsonObject = { supportedVersions: [...SUPPORTED_REVISIONS], capabilities };
  if (instructions !== null) result['instructions'] = instructions;
  return result;
}

/** The client of a request as the gateway is told of it. */
export function modernClient(meta: ModernMeta, address: string, transport: Client['transport']): Client {
  return {
    name: meta.name,
    version: meta.version,
    era: 'modern',
    revision: MODERN_REVISION,
    transport,
    capabilities: meta.capabilities,
    address,
    session: null,
  };
}
