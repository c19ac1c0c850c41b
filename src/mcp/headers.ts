import { isObject, own, type JsonObject, type JsonValue } from '../core/json.ts';

/** Which member of the params `Mcp-Name` mirrors (2026-07-28, Streamable HTTP › Standard Request Headers; SEP-2663). */
const NAMED_BY: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** The value that `Mcp-Name` has to carry for this message; null when the method takes none. */
export function nameOf(method: string, params: JsonObject): string | null {
  const key = Object.hasOwn(NAMED_BY, method) ? NAMED_BY[method] : undefined;
  const value = key === undefined ? undefined : own(params, key);
  return typeof value === 'string' ? value : null;
}

const PREFIX = '=?base64?';
const SUFFIX = '?=';
/** Visible ASCII with blanks and tabs inside only. */
const PLAIN = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/;

/** A header value for any text: as it is where that is safe, else base64 between markers (› Value Encoding). */
export function encodeHeaderValue(text: string): string {
  const safe = PLAIN.test(text) && !(text.startsWith(PREFIX) && text.endsWith(SUFFIX));
  return safe ? text : `${PREFIX}${Buffer.from(text, 'utf8').toString('base64')}${SUFFIX}`;
}

/** The text that a header value carries; null when it is malformed. Outer blanks do not count (RFC 9110, 5.5). */
export function decodeHeaderValue(raw: string): string | null {
  const value = raw.replace(/^[\t ]+|[\t ]+$/g, '');
  if (!PLAIN.test(value)) return null;
  if (!value.startsWith(PREFIX) || !value.endsWith(SUFFIX) || value.length < PREFIX.length + SUFFIX.length)
    return value;
  const encoded = value.slice(PREFIX.length, -SUFFIX.length);
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) return null;
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : null;
}

/** One argument that a tool wants mirrored into `Mcp-Param-…`. */
export interface MirroredParam {
  /** In lower case: `mcp-param-region`. */
  readonly header: string;
  /** Property names from the arguments down to the value. */
  readonly path: readonly string[];
  readonly type: 'string' | 'integer' | 'boolean';
}

export type MirroredParams =
  { readonly valid: true; readonly params: readonly MirroredParam[] } | { readonly valid: false; readonly why: string };

const NONE: MirroredParams = { valid: true, params: [] };
const MARK = 'x-mcp-header';
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Members whose value is data, where the mark means nothing. */
const DATA = new Set(['const', 'default', 'enum', 'example', 'examples', MARK]);
/** Members whose keys are names, not keywords. */
const NAMES = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const SCHEMA_DEPTH_MAX = 64;

/**
 * Finds the `x-mcp-header` marks of a tool's input schema and checks them (› Schema Extension): a token, unique without
 * regard to case, on a string, integer or boolean that only `properties` lead to.
 */
export function mirroredParams(inputSchema: JsonValue | undefined): MirroredParams {
  if (!isObject(inputSchema)) return NONE;
  const params: MirroredParam[] = [];
  const why = visit(inputSchema, [], true, 0, params);
  if (why !== null) return { valid: false, why };
  return params.length === 0 ? NONE : { valid: true, params };
}

function visit(node: JsonValue, path: string[], open: boolean, depth: number, found: MirroredParam[]): string | null {
  if (depth > SCHEMA_DEPTH_MAX) return `the input schema nests deeper than ${SCHEMA_DEPTH_MAX} levels`;
  if (Array.isArray(node)) return first(node, (item) => visit(item, path, false, depth + 1, found));
  if (!isObject(node)) return null;
  if (Object.hasOwn(node, MARK)) {
    const why = readMark(node, path, open, found);
    if (why !== null) return `${why} at \`${path.join('.')}\``;
  }
  return first(Object.keys(node), (keyword) => {
    const value = node[keyword];
    if (value === undefined || DATA.has(keyword)) return null;
    if (!NAMES.has(keyword) || !isObject(value)) return visit(value, path, false, depth + 1, found);
    const stays = open && keyword === 'properties';
    return first(Object.keys(value), (name) => visit(value[name] ?? null, [...path, name], stays, depth + 1, found));
  });
}

function first<T>(items: readonly T[], check: (item: T) => string | null): string | null {
  for (const item of items) {
    const why = check(item);
    if (why !== null) return why;
  }
  return null;
}

function readMark(node: JsonObject, path: readonly string[], open: boolean, found: MirroredParam[]): string | null {
  const mark = own(node, MARK);
  const type = own(node, 'type');
  if (typeof mark !== 'string' || !TOKEN.test(mark)) return '`x-mcp-header` is not an HTTP token';
  if (!open || path.length === 0) return '`x-mcp-header` stands where not only `properties` lead';
  if (type !== 'string' && type !== 'integer' && type !== 'boolean') {
    return '`x-mcp-header` is only for a string, an integer or a boolean';
  }
  const header = `mcp-param-${mark.toLowerCase()}`;
  if (found.some((other) => other.header === header)) return `the header \`Mcp-Param-${mark}\` is named twice`;
  found.push({ header, path, type });
  return null;
}

/** The argument at the path of a mirrored parameter; null when there is none, or `null`: then no header is sent. */
export function mirroredValue(param: MirroredParam, args: JsonObject): JsonValue {
  let value: JsonValue = args;
  for (const key of param.path) {
    const next: JsonValue | undefined = isObject(value) ? own(value, key) : undefined;
    if (next === undefined) return null;
    value = next;
  }
  return value;
}

/** The header value of an argument (› Value Encoding); null when it has none to send. */
export function mirroredText(value: JsonValue): string | null {
  if (typeof value === 'string') return encodeHeaderValue(value);
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  return null;
}
