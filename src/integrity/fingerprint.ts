import { canonicalJson, digest, sha256 } from '../core/canonical-json.ts';
import type { JsonObject } from '../core/json.ts';
import type { PinnedKind } from './ports.ts';

/** Digests by identity of the definition's body: bodies are never changed after they arrived. */
const wholeByBody = new WeakMap<JsonObject, Map<string, string>>();

/**
 * The digest over everything a definition says, in RFC 8785 form: name, title, description, schemas, annotations,
 * icons, `_meta`, execution hints and any field that a later revision adds. Key order and blanks do not count.
 * Computed once per body object; later calls are a lookup.
 *
 * @returns SHA-256, 64 lower-case hexadecimal digits
 */
export function fingerprint(kind: PinnedKind, name: string, body: JsonObject): string {
  let known = wholeByBody.get(body);
  if (!known) wholeByBody.set(body, (known = new Map<string, string>()));
  const key = `${kind}\n${name}`;
  let whole = known.get(key);
  if (whole === undefined) {
    whole = sha256(`${JSON.stringify(kind)}${JSON.stringify(name)}${canonicalJson(body)}`);
    known.set(key, whole);
  }
  return whole;
}

/**
 * One digest per top-level field, for a person who wants to see which part moved. Not cached: asked only by
 * `veto pins diff` and the control plane.
 */
export function fieldFingerprints(body: JsonObject): Readonly<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const field of Object.keys(body).sort()) {
    const value = body[field];
    if (value !== undefined) digests[field] = digest(value);
  }
  return digests;
}
