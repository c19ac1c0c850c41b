import { own, type JsonObject } from '../core/json.ts';
import { META } from './revisions.ts';

/** How Veto presents itself to upstreams. */
export type ClientInfo = { readonly name: string; readonly version: string };

/**
 * `_meta` of a modern request (2026-07-28, Basic › Per-request protocol fields): what the caller may send on, and
 * ours on top.
 * @param progressToken our own token; null when nobody wants progress
 */
export function modernMeta(
  revision: string,
  clientInfo: ClientInfo,
  capabilities: JsonObject,
  meta: JsonObject,
  progressToken: number | null,
): JsonObject {
  const fields: JsonObject = { ...meta };
  fields[META.protocolVersion] = revision;
  fields[META.clientInfo] = clientInfo;
  fields[META.clientCapabilities] = capabilities;
  if (progressToken !== null) fields['progressToken'] = progressToken;
  return fields;
}

/** `_meta` of a legacy request; null when it would be empty. Reserved keys of the modern wire stay out. */
export function legacyMeta(meta: JsonObject, progressToken: number | null): JsonObject | null {
  const fields: JsonObject = {};
  let empty = true;
  for (const key of Object.keys(meta)) {
    if (key === META.logLevel || key === META.protocolVersion || key === META.clientCapabilities) continue;
    fields[key] = meta[key];
    empty = false;
  }
  if (progressToken !== null) fields['progressToken'] = progressToken;
  return empty && progressToken === null ? null : fields;
}

/** Progress as the protocol wants it passed on: with a token of the receiver, and ever increasing. */
export class ProgressFilter {
  #last = -Infinity;

  /** The params without their token; null when the step does not increase or is none. */
  pass(params: JsonObject): JsonObject | null {
    const progress = own(params, 'progress');
    if (typeof progress !== 'number' || !(progress > this.#last)) return null;
    this.#last = progress;
    const { progressToken: _, ...rest } = params;
    return rest;
  }
}
