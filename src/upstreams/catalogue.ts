import type { Definition, DefinitionKind } from '../core/definition.ts';
import { Fault } from '../core/fault.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import { mirroredParams, type MirroredParam } from '../mcp/headers.ts';
import { isAbsent, plainRequest, type Introduction } from './introduction.ts';
import type { Peer } from './peer.ts';
import type { UpstreamLimits } from './upstream.ts';

/** One kind of list: how it is fetched and what makes an entry of it. */
interface ListKind {
  readonly kind: DefinitionKind;
  readonly method: string;
  /** The member of the result that holds the entries. */
  readonly member: string;
  /** The member of an entry that names it. */
  readonly name: string;
  /** The server capability without which it is not asked for. */
  readonly capability: string;
}

const LISTS = {
  tools: { kind: 'tool', method: 'tools/list', member: 'tools', name: 'name', capability: 'tools' },
  prompts: { kind: 'prompt', method: 'prompts/list', member: 'prompts', name: 'name', capability: 'prompts' },
  resources: { kind: 'resource', method: 'resources/list', member: 'resources', name: 'uri', capability: 'resources' },
  templates: {
    kind: 'template',
    method: 'resources/templates/list',
    member: 'resourceTemplates',
    name: 'uriTemplate',
    capability: 'resources',
  },
} as const satisfies Record<string, ListKind>;

/** Everything a server offers, as fetched once. */
export interface Offer {
  readonly tools: readonly Definition[];
  readonly prompts: readonly Definition[];
  readonly resources: readonly Definition[];
  readonly templates: readonly Definition[];
  /** Per tool with marks: what of its arguments goes into headers. */
  readonly mirrored: ReadonlyMap<string, readonly MirroredParam[]>;
  /** The shortest freshness that the server gave any list, in milliseconds; null when it gave none. */
  readonly ttlMs: number | null;
}

interface Fetching {
  readonly peer: Peer;
  readonly limits: UpstreamLimits;
  readonly deadlineMs: number;
  readonly note: (note: string) => void;
  bytesLeft: number;
  ttlMs: number | null;
}

/**
 * Fetches all pages of all lists that the server has. Over a limit the rest is left out and noted; an entry that is no
 * definition, or a second one of the same name, is left out and noted. Only a failing `tools/list` fails the whole.
 * @throws Fault
 */
export async function fetchOffer(
  peer: Peer,
  introduction: Introduction,
  limits: UpstreamLimits,
  deadlineMs: number,
  note: (note: string) => void,
): Promise<Offer> {
  const fetching: Fetching = { peer, limits, deadlineMs, note, bytesLeft: limits.catalogueBytesMax, ttlMs: null };
  const list = (kind: ListKind): Promise<Definition[]> =>
    introduction.capabilities === null || own(introduction.capabilities, kind.capability) !== undefined
      ? fetchList(fetching, kind)
      : Promise.resolve([]);
  const [tools, prompts, resources, templates] = await Promise.all([
    list(LISTS.tools),
    list(LISTS.prompts),
    list(LISTS.resources),
    list(LISTS.templates),
  ]);
  const mirrored = new Map<string, readonly MirroredParam[]>();
  const valid = tools.filter((tool) => keepMirrored(tool, mirrored, note));
  return { tools: valid, prompts, resources, templates, mirrored, ttlMs: fetching.ttlMs };
}

/** Drops a tool with an invalid `x-mcp-header` (2026-07-28, Streamable HTTP › Schema Extension). */
function keepMirrored(
  tool: Definition,
  mirrored: Map<string, readonly MirroredParam[]>,
  note: (n: string) => void,
): boolean {
  const found = mirroredParams(own(tool.body, 'inputSchema'));
  if (!found.valid) {
    note(`the tool \`${tool.name.slice(0, 80)}\` was left out: ${found.why}`);
    return false;
  }
  if (found.params.length > 0) mirrored.set(tool.name, found.params);
  return true;
}

async function fetchList(fetching: Fetching, list: ListKind): Promise<Definition[]> {
  const { limits, note } = fetching;
  const itemsMax = list.kind === 'tool' ? limits.toolsMax : limits.listItemsMax;
  const found = new Map<string, Definition>();
  const cursors = new Set<string>();
  let cursor: string | null = null;
  for (let page = 1; ; page++) {
    const result = await fetchPage(fetching, list, cursor);
    if (result === null) return [...found.values()];
    takeEntries(result, list, found, itemsMax, note);
    const next = own(result, 'nextCursor');
    if (typeof next !== 'string') break;
    cursor = next;
    const why = endsEarly(
      found.size >= itemsMax,
      page >= limits.listPagesMax,
      cursors.has(next),
      fetching.bytesLeft <= 0,
    );
    if (why !== null) {
      note(`\`${list.method}\` was cut after ${found.size} entries: ${why}`);
      break;
    }
    cursors.add(next);
  }
  return [...found.values()];
}

function endsEarly(full: boolean, pages: boolean, loop: boolean, bytes: boolean): string | null {
  if (full) return 'the limit of entries is reached';
  if (pages) return 'the limit of pages is reached';
  if (loop) return 'the server gave the same cursor twice';
  return bytes ? 'the limit of bytes is reached' : null;
}

/** Null when the server has no such list, or (other than tools) cannot say. */
async function fetchPage(fetching: Fetching, list: ListKind, cursor: string | null): Promise<JsonObject | null> {
  const params: JsonObject = cursor === null ? {} : { cursor };
  const answer = await plainRequest(fetching.peer, list.method, params, fetching.deadlineMs);
  if (answer.kind === 'error') {
    if (isAbsent(answer.error)) return null;
    const why = `\`${list.method}\` failed with ${answer.error.code}: ${answer.error.message.slice(0, 200)}`;
    if (list.kind === 'tool') throw new Fault('upstream_protocol', why);
    fetching.note(why);
    return null;
  }
  const ttlMs = own(answer.result, 'ttlMs');
  if (typeof ttlMs === 'number') fetching.ttlMs = Math.min(fetching.ttlMs ?? Infinity, Math.max(0, ttlMs));
  fetching.bytesLeft -= JSON.stringify(answer.result).length;
  return answer.result;
}

function takeEntries(
  result: JsonObject,
  list: ListKind,
  found: Map<string, Definition>,
  itemsMax: number,
  note: (note: string) => void,
): void {
  const entries = own(result, list.member);
  if (!Array.isArray(entries)) {
    note(`\`${list.method}\` gave no list \`${list.member}\``);
    return;
  }
  for (const body of entries) {
    const name = isObject(body) ? own(body, list.name) : undefined;
    if (!isObject(body) || typeof name !== 'string' || name === '') note(`an entry of \`${list.method}\` has no name`);
    else if (found.has(name)) note(`\`${list.method}\` names \`${name.slice(0, 80)}\` twice; the first one counts`);
    else if (found.size >= itemsMax) {
      note(`\`${list.method}\` was cut after ${found.size} entries: the limit of entries is reached`);
      return;
    } else found.set(name, { kind: list.kind, name, body });
  }
}
